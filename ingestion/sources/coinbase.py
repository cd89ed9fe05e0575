"""Coinbase Exchange candles: of one minute by product, 300 a page, newest first.

`GET /products/<id>/candles` picks candles by open time, both ends inclusive, and asks
no key. More minutes at once are refused; without one of the ends the newest come. Some
may open before the start, and the last may be open still. A minute without trades has
no candle: a complete answer says of each closed minute that it lacks that it had none.
About ten requests a second are answered, by the address.
"""

import re
from collections.abc import Iterator
from urllib.parse import quote

from ingestion import http
from ingestion.keys import Page
from ingestion.landing import as_page
from ingestion.minutes import (
    MINUTE,
    Form,
    claims,
    dedup_key,
    exchange,
    in_ms,
    minute_of,
    spans_without,
    time_of,
)
from ingestion.window import Window

BASE_URL = "https://api.exchange.coinbase.com"
SYMBOLS = ("BTC-USD", "ETH-USD")
FIRST_DAYS = 7
PAGE_MINUTES = 300
PACE = http.Pace(0.125)
candles_of = Form(
    time=re.compile(r"[0-9]{9,10}"),
    in_ms=lambda seconds: seconds * 1000,
    numbers=(3, 2, 1, 4, 5),
    error_text=lambda error: f": {error.get('message')}",
).candles_of


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
        PACE.wait()
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
    closed = min(until + MINUTE, minute_of(in_ms(answer.known_at)))
    known = sorted({minute_of(at) for at in opens if start <= at < closed})
    is_timed = len(opens) == len(found)
    beyond_body = dedup_key(start, until, opens, answer.known_at)
    return Page(
        row=as_page({"symbol": symbol, **asked}, answer),
        records=len(found),
        reached=time_of(max(start, closed)),
        is_last=closed <= until,
        gaps=tuple(
            Window(time_of(minute), time_of(minute + MINUTE))
            for minute in known
            if minute not in usable
        ),
        quiet=spans_without(start, known, closed) if is_timed else (),
        claims=claims("coinbase", symbol, (start, closed), opens) if is_timed else (),
        dedup_key=f"{beyond_body}, to {closed}",
    )


def _iso(milliseconds: int) -> str:
    return f"{time_of(milliseconds):%Y-%m-%dT%H:%M:%SZ}"


SOURCE = exchange(
    "coinbase__candles",
    candles,
    base_url=BASE_URL,
    symbols=SYMBOLS,
    first_days=FIRST_DAYS,
    page_minutes=PAGE_MINUTES,
)
