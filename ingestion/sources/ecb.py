"""Euro reference rates of the European Central Bank: zipped CSV, no account.

`eurofxref.zip` holds the newest banking day, `eurofxref-hist.zip` every day since
1999, newest first. A column a currency, in units per euro, `N/A` where there is none.
A day comes at about 16:00 CET.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import pairwise
from zipfile import ZipFile

import dlt
import pyarrow as pa

from ingestion import http, keys, notes
from ingestion.bounds import Bounds
from ingestion.keys import Page
from ingestion.landing import PAGE, as_page
from ingestion.rates import claim
from ingestion.retractions import Claim
from ingestion.run import Run
from ingestion.source import Source
from ingestion.states import REJECTED, newest_of
from ingestion.window import Window, days, parse_time

BASE_URL = "https://www.ecb.europa.eu/stats/eurofxref"
BASE = "EUR"
FIRST = datetime(1999, 1, 4, tzinfo=UTC)
NEWEST = "eurofxref.zip"
HISTORY = "eurofxref-hist.zip"
# two days may have been published within a longer one, and the newest file has one
LONGEST_BREAK = timedelta(hours=25)
DAY = timedelta(days=1)
MOST_CHARACTERS = 400
LEAST, MOST = Decimal("1e-15"), Decimal("1e15")
RATE = re.compile(r"[0-9]+([.][0-9]+)?")
SATURDAY = 5


@dlt.resource
def ecb__rates(run: Run, base_url: str) -> Iterator[pa.Table]:
    """Yield the page of the newest day, or of the whole history.

    It is the history for a backfill, whatever its window, on the first run, and where
    the newest comes after a break in which a day may have been missed.
    """
    spans = {}
    known_to = FIRST
    if run.is_open(BASE):
        reached = keys.cursor(BASE, run)
        if run.window:
            spans[BASE] = (reached or run.window.start, run.window.end)
        else:
            now = run.now
            spans[BASE] = (min(reached or FIRST, now - timedelta(seconds=1)), now)
            if reached:
                known_to = max(reached, notes.unchanged_to(run.system, BASE))

    def pages_of(_: str, asked: Window) -> Iterator[Page]:
        is_past = run.window or run.is_for_gaps or known_to == FIRST
        page = page_of(base_url, HISTORY if is_past else NEWEST, asked)
        if not is_past and page.known_at - known_to > LONGEST_BREAK:
            page = page_of(base_url, HISTORY, asked)
        yield page

    yield from keys.read(run, spans, pages_of)


def page_of(base_url: str, file: str, asked: Window) -> Page:
    """Return the page of a file.

    Raises:
        RefusedError: the bank will not give it to us.
        FailedError: it did not give it now, or gave something else.

    """
    answer = http.get(f"{base_url}/{file}", {}, decode=unzipped)
    heading, *lines = lines_of(answer)
    return Page(
        row=as_page({"file": file}, answer),
        records=sum(map(_count, lines)),
        reached=asked.end,
        is_last=True,
        gaps=tuple(lacking(usable(heading, lines), asked)) if file == HISTORY else (),
        claims=claims(heading, lines, answer.known_at),
        dedup_key=f"{file}, {len(future(lines, answer))} of days to come",
    )


def lines_of(answer: http.Answer) -> list[str]:
    """Return the lines of a file, that of the headings first.

    Raises:
        RefusedError: the bank will not give it to us.
        FailedError: the answer is no file of rates.

    """
    if answer.status in http.REFUSALS:
        raise http.RefusedError(f"HTTP {answer.status}")
    lines = [line.rstrip(", ") for line in answer.body.splitlines()] or [""]
    if answer.status != 200 or lines[0].split(",")[0].strip() != "Date":
        raise http.FailedError(f"no file of rates (HTTP {answer.status})")
    return lines


def future(lines: Sequence[str], answer: http.Answer) -> list[datetime]:
    """Return the days of lines that had not come when a file was answered."""
    return [day for line in lines for day in _date(line) if day > answer.known_at]


def claims(heading: str, lines: Sequence[str], known_at: datetime) -> tuple[Claim, ...]:
    """Return what a file is a complete answer for: from day to day all that it has.

    A currency without a rate is not in it; where a line can't be read it is nothing.
    Nothing is of the future.
    """
    codes = [code.strip() for code in heading.split(",")[1:]]
    series: dict[str, set[datetime]] = {code: set() for code in codes}
    dates = []
    for line in filter(None, lines):
        _, *rates = line.split(",")
        dates += _date(line)
        if not _date(line) or len(rates) != len(codes):
            return ()
        for code, rate in zip(codes, rates, strict=True):
            if rate.strip() != "N/A":
                series[code].add(dates[-1])
    series = {code: days for code, days in series.items() if days}
    if not series or min(dates) > known_at:
        return ()
    end = min(max(dates), known_at) + DAY
    return (claim("ecb", BASE, min(dates), end, series),)


def usable(heading: str, lines: Sequence[str]) -> list[str]:
    """Return the lines that staging can use: a rate in as many fields as there are."""
    fields = heading.count(",")
    return [line for line in lines if line.count(",") == fields and _count(line)]


def lacking(lines: Sequence[str], asked: Window) -> Iterator[Window]:
    """Yield the spans, asked for, of weekdays that the whole history has no line of.

    These are the holidays of the banks; its lines have whole days.
    """
    dates = sorted({date for line in lines for date in _date(line)})
    for before, after in pairwise(dates):
        span = Window(before + DAY, after) if before + DAY < after else None
        if (
            span
            and span.start < asked.end
            and span.end > asked.start
            and any(day.start.weekday() < SATURDAY for day in days(span))
        ):
            yield span


def are_asked_together(span: Window) -> bool:
    """Whether the gaps in a span are one ask: yes, since a file has the history."""
    return True


def unzipped(content: bytes) -> str:
    """Return the text of a zip's one file; raise ValueError if it is no such zip.

    Raises:
        FailedError: the file is larger than an answer may be.

    """
    bounds = Bounds.set()
    try:
        with ZipFile(BytesIO(content)) as archive:
            (name,) = archive.namelist()
            with archive.open(name) as file:
                text = file.read(bounds.most_bytes + 1)
    # a broken zip raises one of a dozen, of several modules
    except Exception as error:
        raise ValueError("no zip of one file") from error
    if len(text) > bounds.most_bytes:
        raise http.FailedError(bounds.too_large("a zip"))
    return text.decode("utf-8-sig")


def _date(line: str) -> list[datetime]:
    text = line.split(",")[0].strip()
    for read in (parse_time, _date_in_words):
        try:
            return [read(text)]
        except ValueError:
            continue
    return []


def _date_in_words(text: str) -> datetime:
    """Return the day as the newest file names it."""
    return datetime.strptime(text, "%d %B %Y").replace(tzinfo=UTC)


def _count(line: str) -> int:
    _, *rates = line.split(",")
    return sum(_is_usable(rate.strip()) for rate in rates)


def _is_usable(rate: str) -> bool:
    is_number = len(rate) <= MOST_CHARACTERS and RATE.fullmatch(rate)
    return bool(is_number) and LEAST <= Decimal(rate) < MOST


@dlt.source(name="ecb", max_table_nesting=0)
def source(run: Run, base_url: str = BASE_URL) -> Iterator[dlt.sources.DltResource]:
    """Return the resources; `SOURCES__ECB__BASE_URL` sets what is not given."""
    yield ecb__rates(run, base_url)


SOURCE = Source(
    tables={"ecb__rates": PAGE},
    records="rates",
    resources=source,
    are_asked_together=are_asked_together,
    # the whole history and the newest day, and what a change of the list may let in
    states={"ecb__rates": (newest_of("request"), REJECTED)},
)
