"""XE mid rates of one base currency against several, all in one request.

`convert_from` has the rates of now, `historic_rate` those of a day, and
`historic_rate/period` one a currency and day, `per_page` days a page. Each wants an
account (HTTP Basic), and each rate that it returns counts against the month's quota.
A currency that XE does not know is left out without a word, and an error may come
with HTTP 200.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import dlt
import pyarrow as pa

from ingestion import http, keys
from ingestion.keys import Page
from ingestion.landing import PAGE, as_page
from ingestion.rates import claim
from ingestion.retractions import Claim
from ingestion.run import Run
from ingestion.source import Source
from ingestion.states import REJECTED, newest_of
from ingestion.window import Window, days, midnight, parse_time

BASE_URL = "https://xecdapi.xe.com/v1"
BASE = "USD"
CURRENCIES = ("NGN", "GHS", "KES", "UGX", "MAD", "XOF", "EGP")
CODE = re.compile(r"[A-Z]{3}")
# the page that the oldest client of XE's own allows; a newer one says 500
PAGE_DAYS = 100
ENDPOINT = "request::jsonb - array['start_timestamp', 'end_timestamp', 'date', 'page']"
ALMOST_A_DAY = timedelta(days=1) - timedelta(microseconds=1)
# bad credentials, and no rate of such a currency or day
REFUSED_CODES = (1, 7)

Points = dict[str, list[datetime]]


@dlt.resource
def xe__rates(
    run: Run,
    currencies: Sequence[str],
    base: str,
    base_url: str,
    api_id: str | None,
    api_key: str | None,
) -> Iterator[pa.Table]:
    """Yield the page of now's rates, or the pages of the run's window.

    The key is the base currency. Each asked currency that is not in the answer is a
    failed key of its own, and a code that is none is a refused one. A gap's key is both
    currencies, since each rate costs.
    """
    if not run.has(api_id=api_id, api_key=api_key):
        return
    wrong = [code for code in (base, *currencies) if not CODE.fullmatch(code)]
    wanted = tuple(code for code in currencies if code not in wrong)
    names = wrong if base in wrong or not wanted else [base, *wrong]
    spans = {name: span(name, run) for name in names if run.is_open(name)}

    def pages_of(name: str, asked: Window) -> Iterator[Page]:
        if name in wrong:
            raise http.RefusedError("a currency's code is three capital letters")
        if run.is_for_gaps:
            pair = Api(base_url, (api_id, api_key), name[:3], (name[3:],))
            yield from pair.gap(asked)
            return
        api = Api(base_url, (api_id, api_key), base, wanted)
        if run.window:
            yield from api.past(asked)
        else:
            yield api.now(asked)

    yield from keys.read(run, spans, pages_of)


def span(name: str, run: Run) -> tuple[datetime, datetime]:
    """Return from when to when a key is to be asked."""
    reached = keys.cursor(name, run)
    if run.window:
        return reached or run.window.start, run.window.end
    now = run.now
    return min(reached or midnight(now), now - timedelta(seconds=1)), now


class Api:
    """XE's API, as one account asks it for some currencies of one base."""

    def __init__(
        self, base_url: str, account: tuple[str, str], base: str, wanted: Sequence[str]
    ) -> None:
        self.base_url = base_url
        self.account = account
        self.asked_for = {"from": base, "to": ",".join(wanted), "amount": 1}
        self.wanted = wanted

    def now(self, asked: Window) -> Page:
        """Return the page of now's rates, which is of a span up to XE's own now."""
        row, points = self._ask("convert_from")
        known_at = row["answered_at"] or row["fetched_at"]
        page = page_of(row, points, known_at, self._missing(points))
        start = min(asked.start, known_at - timedelta(seconds=1))
        return replace(page, asked=Window(start, known_at))

    def past(self, asked: Window) -> Iterator[Page]:
        """Yield the pages of a span: of one day, or of days, oldest first.

        As long as a currency is missing, the span is to be asked again.

        Raises:
            RefusedError, FailedError: see `points_of`; or pagination did not advance.

        """
        last = asked.end - timedelta(minutes=1)
        if last.date() <= asked.start.date():
            row, points = self._ask("historic_rate", date=f"{asked.start:%Y-%m-%d}")
            missing = self._missing(points)
            again = asked.start if missing else asked.end
            yield page_of(row, points, again, missing)
            return
        known, reached = set(), asked.start
        for number in count(1):
            row, points = self._ask(
                "historic_rate/period",
                start_timestamp=f"{asked.start:%Y-%m-%dT%H:%M}",
                end_timestamp=f"{last:%Y-%m-%dT%H:%M}",
                interval="daily",
                per_page=PAGE_DAYS,
                page=number,
            )
            is_last = max(map(len, points.values()), default=0) < PAGE_DAYS
            # by a time that was not asked for no cursor may move
            newest = max(
                (day for days in points.values() for day in days if day < asked.end),
                default=None,
            )
            if not is_last and (newest is None or newest < reached):
                raise http.FailedError(f"pagination did not advance on page {number}")
            reached = asked.end if is_last else newest + timedelta(minutes=1)
            # a last page may be empty, since the one before it was full
            missing = self._missing(points) if points or number == 1 else set()
            again = asked.start if missing | known else reached
            page = page_of(row, points, again, missing - known, is_last)
            yield replace(page, claims=claims(row, asked, number))
            known |= missing
            if is_last:
                return

    def gap(self, asked: Window) -> Iterator[Page]:
        """Yield the pages of days that are missing, and which of them XE lacks too."""
        for start in range(0, (asked.end - asked.start).days, PAGE_DAYS):
            part = Window(
                asked.start + timedelta(days=start),
                min(asked.start + timedelta(days=start + PAGE_DAYS), asked.end),
            )
            row, points = self._ask(
                "historic_rate/period",
                start_timestamp=f"{part.start:%Y-%m-%dT%H:%M}",
                end_timestamp=f"{part.end - timedelta(minutes=1):%Y-%m-%dT%H:%M}",
                interval="daily",
                per_page=PAGE_DAYS,
                page=1,
            )
            known = usable_days(row["payload"])
            lacking = [day for day in days(part) if day.start.date() not in known]
            page = page_of(row, points, part.end, (), part.end == asked.end)
            yield replace(page, gaps=tuple(lacking), claims=claims(row, part))

    def _ask(self, endpoint: str, **parameters: object) -> tuple[dict, Points]:
        parameters = {**self.asked_for, **parameters}
        answer = http.get(
            f"{self.base_url}/{endpoint}.json", parameters, auth=self.account
        )
        row = as_page({"endpoint": endpoint, **parameters}, answer)
        return row, points_of(answer)

    def _missing(self, points: Points) -> set[str]:
        return set(self.wanted) - points.keys()


def are_asked_together(span: Window) -> bool:
    """Whether the gaps in a span are one ask: no, for each rate between them costs."""
    return False


def page_of(
    row: dict[str, object],
    points: Points,
    reached: datetime,
    missing: Collection[str],
    is_last: bool = True,
) -> Page:
    """Return the page of an answer, with the currencies that are not in it."""
    return Page(
        row=row,
        records=sum(map(len, points.values())),
        reached=reached,
        is_last=is_last,
        unanswered=tuple(sorted(missing)),
    )


def points_of(answer: http.Answer) -> Points:
    """Return the times of the rates in an answer, by currency.

    Raises:
        RefusedError: XE will not answer us, or this.
        FailedError: it did not answer now, or with something else.

    """
    body = _parsed(answer.body)
    to = body.get("to")
    if answer.status == 200 and "code" not in body and isinstance(to, list | dict):
        return dict(_times(body, to))
    said = (
        f"HTTP {answer.status}, code {body.get('code')}: "
        f"{str(body.get('message'))[:200]}"
    )
    if answer.status in http.REFUSALS or body.get("code") in REFUSED_CODES:
        raise http.RefusedError(said)
    raise http.FailedError(f"no rates ({said})")


def claims(row: Mapping[str, Any], asked: Window, number: int = 1) -> tuple[Claim, ...]:
    """Return what a page of days is a complete answer for, of the currencies it has.

    That are whole days that are over, up to the last one of a full page.
    """
    body = _parsed(row["payload"])
    known_at = row["answered_at"] or row["fetched_at"]
    to = body["to"] if isinstance(body["to"], dict) else {}
    spans: dict[tuple[datetime, datetime], dict[str, set[datetime]]] = {}
    for currency, rates in to.items():
        listed = rates if isinstance(rates, list) else [rates]
        there = {midnight(time) for rate in listed for time in _time(rate)}
        if not there or not all(map(_time, listed)):
            continue
        start = min(there) if number > 1 else midnight(asked.start + ALMOST_A_DAY)
        end = midnight(asked.end)
        if len(listed) >= PAGE_DAYS:
            end = min(max(there), known_at) + timedelta(days=1)
        end = min(end, midnight(known_at))
        if start < end:
            spans.setdefault((start, end), {})[currency] = there
    return tuple(
        claim("xe", str(body.get("from")), *span, series)
        for span, series in spans.items()
    )


def usable_days(payload: str) -> set[date]:
    """Return the days of an answer of days that have a rate which staging can use."""
    body = _parsed(payload)
    series = body["to"].values() if isinstance(body["to"], dict) else ()
    return {
        time.date()
        for rates in series
        for rate in (rates if isinstance(rates, list) else ())
        if isinstance(rate, dict) and _is_usable(rate.get("mid"), body.get("amount"))
        for time in _time(rate)
    }


def _is_usable(mid: object, amount: object) -> bool:
    are_numbers = all(type(number) in (int, float) for number in (mid, amount))
    return are_numbers and 1e-15 <= mid < 1e15 and 1e-9 <= amount < 1e12


def _parsed(body: str) -> Mapping[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _times(
    body: Mapping[str, Any], to: list | dict
) -> Iterator[tuple[str, list[datetime]]]:
    if isinstance(to, dict):
        for currency, rates in to.items():
            if isinstance(rates, list) and rates:
                yield currency, [time for rate in rates for time in _time(rate)]
        return
    for rate in to:
        if isinstance(rate, dict) and isinstance(rate.get("quotecurrency"), str):
            yield rate["quotecurrency"], _time(body)


def _time(holder: object) -> list[datetime]:
    text = holder.get("timestamp") if isinstance(holder, dict) else None
    try:
        return [parse_time(text)]
    except (TypeError, ValueError):
        return []


@dlt.source(name="xe", max_table_nesting=0)
def source(
    run: Run,
    currencies: Sequence[str] = CURRENCIES,
    base: str = BASE,
    base_url: str = BASE_URL,
    api_id: dlt.TSecretStrValue = None,
    api_key: dlt.TSecretStrValue = None,
) -> Iterator[dlt.sources.DltResource]:
    """Return the resources; `SOURCES__XE__*` sets what is not given."""
    yield xe__rates(run, currencies, base, base_url, api_id, api_key)


SOURCE = Source(
    tables={"xe__rates": PAGE},
    records="rates",
    resources=source,
    are_asked_together=are_asked_together,
    page_span=timedelta(days=PAGE_DAYS),
    # of each question the newest answer; of the rates of now it is the list
    states={"xe__rates": (newest_of(ENDPOINT), REJECTED)},
)
