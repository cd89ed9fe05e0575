"""Coinbase Exchange candles: of one minute by product, 300 a page, newest first.

`GET /products/<id>/candles` picks candles by open time, both ends inclusive, and asks
no key. More minutes at once are refused; without one of the ends the newest come. Some
may open before the start, and the last may be open still. A minute without trades has
no candle: a complete answer says of each closed minute that it lacks that it had none.
About ten requests a second are answered, by the address.
"""

import re
from collections.abc import Iterator, Sequence
from threading import Lock
from time import monotonic, sleep
from urllib.parse import quote

from ingestion import http
from ingestion.keys import Page
from ingestion.landing import as_page
from ingestion.minutes import (
    MINUTE,
    are_usable,
    claims,
    dedup_key,
    exchange,
    in_ms,
    minute_of,
    numbers_of,
    rows_of,
    spans_without,
    time_of,
)
from ingestion.window import Window

BASE_URL = "https://api.exchange.coinbase.com"
SYMBOLS = ("BTC-USD", "ETH-USD")
FIRST_DAYS = 7
PAGE_MINUTES = 300
SECONDS_APART = 0.125
TIME = re.compile(r"[0-9]{9,10}")
_pace, _asked_at = Lock(), [0.0]


def candles(base_url: str, symbol: str, asked: Window) -> Iterator[Page]:
    """Yield the pages of a product's candles that open in a span, oldest first.

    Raises:
        RefusedError: the exchange will not serve this product, or us.
        FailedError: it did not serve it now, or with something else.

    """
    start, last = -minute_of(-in_ms(asked.start)), minute_of(in_ms(asked.end) - 1)
    while start <= last:
        until = min(start + (PAGE_MINUTES - 1) * MINUTE, last)
        span = {"start": _iso(start), "end": _iso(until), "granularity": 60}
        _wait_for_turn()
        address = f"{base_url}/products/{quote(symbol, safe='')}/candles"
        page = _page(symbol, (start, until), span, http.get(address, span))
        yield page
        start = until + MINUTE
        if page.is_last:
            return


def _page(
    symbol: str, span: tuple[int, int], asked: dict[str, object], answer: http.Answer
) -> Page:
    """Return an answer as a page: complete for the minutes that had closed by then."""
    start, until = span
    found = candles_of(answer)
    opens = [opened_at for opened_at, _ in found if opened_at is not None]
    usable = {minute_of(at) for at, is_usable in found if is_usable}
    known = sorted({minute_of(at) for at in opens if start <= at < until + MINUTE})
    closed = min(until + MINUTE, minute_of(in_ms(answer.known_at)))
    is_timed = len(opens) == len(found)
    told = dedup_key(start, until, opens, answer.known_at)
    return Page(
        row=as_page({"symbol": symbol, **asked}, answer),
        records=len(found),
        reached=time_of(max(start, closed)),
        is_last=closed <= until,
        gaps=tuple(
            Window(time_of(minute), time_of(minute + MINUTE))
            for minute in known
            if minute not in usable and minute < closed
        ),
        quiet=spans_without(start, _before(known, closed), closed) if is_timed else (),
        claims=claims("coinbase", symbol, (start, closed), opens) if is_timed else (),
        dedup_key=f"{told}, to {closed}",
    )


def candles_of(answer: http.Answer) -> list[tuple[int | None, bool]]:
    """Return when each candle opens, in ms, and whether staging can use it.

    The time is None of one that has none.

    Raises:
        RefusedError, FailedError: the answer is no list of rows.

    """
    rows = rows_of(answer, lambda error: f": {error.get('message')}")
    return [(_opened_at(row), _is_usable(row)) for row in rows]


def _opened_at(row: object) -> int | None:
    is_timed = isinstance(row, list) and row and TIME.fullmatch(str(row[0]))
    return int(row[0]) * 1000 if is_timed else None


def _is_usable(row: object) -> bool:
    if _opened_at(row) is None or len(row) < 6:
        return False
    numbers = numbers_of(row, range(1, 6))
    if numbers is None:
        return False
    low, high, opened, closed, volume = numbers
    return are_usable(opened, high, low, closed, volume)


def _before(minutes: Sequence[int], end: int) -> list[int]:
    return [minute for minute in minutes if minute < end]


def _iso(milliseconds: int) -> str:
    return f"{time_of(milliseconds):%Y-%m-%dT%H:%M:%SZ}"


def _wait_for_turn() -> None:
    """Wait until so long after what any key asked before, that all are answered."""
    with _pace:
        turn = max(monotonic(), _asked_at[0] + SECONDS_APART)
        _asked_at[0] = turn
    sleep(max(turn - monotonic(), 0))


SOURCE = exchange(
    "coinbase__candles",
    candles,
    base_url=BASE_URL,
    symbols=SYMBOLS,
    first_days=FIRST_DAYS,
    page_minutes=PAGE_MINUTES,
)
