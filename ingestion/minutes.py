"""Minutes of candles, in ms since 1970: what the modules of exchanges share."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import dlt
import pyarrow as pa

from ingestion import http, keys
from ingestion.keys import Page
from ingestion.landing import PAGE
from ingestion.retractions import Claim
from ingestion.run import Run
from ingestion.source import Source
from ingestion.window import Window, midnight

MINUTE = 60_000
TAIL_MINUTES = 10
NUMBER = re.compile(r"[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]{1,3})?")
MOST_CHARACTERS = 400
# beyond them staging rejects a number
LEAST, MOST = Decimal("1e-30"), Decimal("1e20")
MOST_TRADES = 10**12
MART = "marts.fct_candles_1m"
STORED = """
select symbol, opened_at
from marts.fct_candles_1m
where
    exchange = '{}'
    and symbol = %(key)s
    and opened_at >= %(start)s
    and opened_at < %(end)s
"""


@dataclass(frozen=True)
class Minutes:
    """Minutes that candles open in, in ms, since few are ever looked for."""

    opens: frozenset[int]

    def __contains__(self, time: datetime) -> bool:
        """Whether a candle opens in the minute that begins then."""
        return in_ms(time) in self.opens


@dataclass(frozen=True)
class Form:
    """How an exchange writes candles: as lists, each of which begins with its time.

    `time` is how that is written, and `in_ms` makes epoch milliseconds of it. `numbers`
    are the places of open, high, low and close price and of volumes, `counts` those of
    whole numbers. `error_text` makes a text of the object that it sends with a refusal.
    """

    time: re.Pattern
    in_ms: Callable[[int], int]
    numbers: Sequence[int]
    error_text: Callable[[Mapping[str, object]], str]
    counts: Sequence[int] = ()

    def candles_of(self, answer: http.Answer) -> list[tuple[int | None, bool]]:
        """Return when each candle opens, in ms, and whether staging can use it.

        The time is None of one that has none.

        Raises:
            RefusedError, FailedError: the answer is no list.

        """
        try:
            # an int would have thousands of digits, a float no 1e-400
            body = json.loads(answer.body, parse_int=str, parse_float=str)
        except (ValueError, RecursionError):
            body = None
        if answer.status == 200 and isinstance(body, list):
            return [(self._opened_at(row), self._is_usable(row)) for row in body]
        error = self.error_text(body if isinstance(body, dict) else {})
        said = f"HTTP {answer.status}{error}"
        if answer.status in http.REFUSALS:
            raise http.RefusedError(said)
        raise http.FailedError(f"no list of candles ({said})")

    def _opened_at(self, row: object) -> int | None:
        """Return when a candle opens, in ms; by another time no cursor may move."""
        is_timed = isinstance(row, list) and row and self.time.fullmatch(str(row[0]))
        return self.in_ms(int(row[0])) if is_timed else None

    def _is_usable(self, row: object) -> bool:
        """Whether staging can use a candle, by the rules that it has there."""
        places = (*self.numbers, *self.counts)
        if self._opened_at(row) is None or len(row) <= max(places):
            return False
        texts = [str(row[place]) for place in places]
        if not all(len(t) <= MOST_CHARACTERS and NUMBER.fullmatch(t) for t in texts):
            return False
        numbers = [*map(Decimal, texts)]
        prices, counts = numbers[: len(self.numbers)], numbers[len(self.numbers) :]
        return _are_usable(*prices) and all(
            0 <= count < MOST_TRADES and count % 1 == 0 for count in counts
        )


def exchange(
    table: str,
    pages_of: Callable[[str, str, Window], Iterator[Page]],
    *,
    base_url: str,
    symbols: Sequence[str],
    first_days: int,
    page_minutes: int,
) -> Source:
    """Return what is particular to an exchange, with the defaults of its settings.

    `pages_of` yields the pages of minutes from a base URL, for a symbol and a span.
    Each symbol has its own cursor, and each run asks the last minutes again, since
    candles get revised. A backfill goes over the run's window instead and moves no
    cursor.
    """
    system = table.split("__")[0]

    @dlt.source(name=system, section=system, max_table_nesting=0)
    def source(
        run: Run,
        symbols: Sequence[str] = symbols,
        base_url: str = base_url,
        first_days: int = first_days,
        tail_minutes: int = TAIL_MINUTES,
    ) -> Iterator[dlt.sources.DltResource]:
        first = midnight(run.now) - timedelta(days=first_days)
        tail = timedelta(minutes=tail_minutes)

        @dlt.resource(name=table)
        def minutes() -> Iterator[pa.Table]:
            yield from keys.read(
                run,
                keys.spans(run, symbols, first, tail),
                lambda symbol, asked: pages_of(base_url, symbol, asked),
            )

        yield minutes

    span = timedelta(minutes=page_minutes)
    return Source(
        tables={table: PAGE},
        records="candles",
        resources=source,
        are_asked_together=lambda asked: asked.end - asked.start <= span,
        page_span=span,
    )


def claims(
    exchange: str, symbol: str, covered: tuple[int, int], opens: Iterable[int]
) -> tuple[Claim, ...]:
    """Return what a page claims of the minutes in a span, in ms: all, if it has any."""
    start, end = covered
    minutes = Minutes(frozenset(map(minute_of, opens)))
    span = time_of(start), time_of(end)
    claim = Claim(MART, STORED.format(exchange), symbol, *span, {symbol: minutes})
    return (claim,) if start < end else ()


def dedup_key(start: int, last: int, opens: Sequence[int], known_at: datetime) -> str:
    """Return what tells a page apart beyond its body.

    That is how many of its candles have closed, are of a time to come, or of another
    span. An end that moves says nothing more, as long as no other candle comes.
    """
    now = known_at.timestamp() * 1000
    closed = sum(opened_at + MINUTE <= now for opened_at in opens)
    early = sum(opened_at > now for opened_at in opens)
    strange = sum(not start <= opened_at <= last for opened_at in opens)
    return f"{start}: {closed} closed, {early} to come, {strange} not asked for"


def spans_without(start: int, minutes: Sequence[int], end: int) -> tuple[Window, ...]:
    """Return the spans of whole minutes in `[start, end)` that are none of `minutes`.

    All three are in epoch milliseconds, the minutes in order.
    """
    edges = [-minute_of(-start) - MINUTE, *minutes, minute_of(end)]
    return tuple(
        Window(time_of(before + MINUTE), time_of(after))
        for before, after in pairwise(edges)
        if after - before > MINUTE
    )


def _are_usable(
    opened: Decimal, high: Decimal, low: Decimal, closed: Decimal, *volumes: Decimal
) -> bool:
    """Whether staging can use a candle's numbers, by the rules that it has there."""
    if any(number and not LEAST <= number < MOST for number in (low, high, *volumes)):
        return False
    return (
        0 < low <= min(opened, closed)
        and high >= max(opened, closed)
        and min(volumes) >= 0
    )


def minute_of(milliseconds: int) -> int:
    """Return the minute that a time is in."""
    return milliseconds // MINUTE * MINUTE


def in_ms(time: datetime) -> int:
    """Return a time in epoch milliseconds."""
    return round(time.timestamp() * 1000)


def time_of(milliseconds: int) -> datetime:
    """Return the time of epoch milliseconds."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
