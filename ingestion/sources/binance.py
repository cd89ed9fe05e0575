"""Binance spot klines: candles of one minute by symbol, 1,000 a page, oldest first.

`GET /api/v3/klines` picks candles by open time, both ends inclusive, and asks no key.
The exchange counts weight by the minute and address, says in a header how much is
used, and bans who goes on after a 429. After an outage it published candles that open
off the minute: each counts for the minute that it opens in.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from time import sleep
from typing import Annotated

import msgspec

from ingestion import http
from ingestion.keys import Page
from ingestion.landing import as_page
from ingestion.minutes import (
    MINUTE,
    MOST_CHARACTERS,
    MOST_TRADES,
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

BASE_URL = "https://data-api.binance.vision"
SYMBOLS = ("BTCUSDT", "ETHUSDT", "XRPUSDT")
FIRST_DAYS = 30
PAGE_ROWS = 1000
MICROSECONDS_FROM = 10**14
WEIGHT_A_MINUTE = 6000
WEIGHT = re.compile(r"[0-9]{1,9}")
SETTLES_IN = timedelta(hours=1)
# below it staging may reject a number
TINY = 1e-29
Price = Annotated[float, msgspec.Meta(gt=TINY, lt=1e19)]
Amount = Annotated[float, msgspec.Meta(ge=0, lt=1e19)]


class Kline(msgspec.Struct, array_like=True, gc=False):
    """A candle that staging can use, if its low and high hold; times in ms or µs.

    Its numbers are well within the bounds: at them a float is not exact.
    """

    opened_at: int
    open_price: Price
    high_price: Price
    low_price: Price
    close_price: Price
    base_volume: Amount
    closed_at: int
    quote_volume: Amount
    trade_count: Annotated[int, msgspec.Meta(ge=0, lt=MOST_TRADES)]
    taker_buy_base_volume: Amount
    taker_buy_quote_volume: Amount


# not strict: the numbers are texts
KLINES = msgspec.json.Decoder(list[Kline], strict=False)


def klines(base_url: str, symbol: str, asked: Window) -> Iterator[Page]:
    """Yield the pages of a symbol's klines that open in a span, oldest first.

    Raises:
        RefusedError: the exchange will not serve this symbol, or us.
        FailedError: it did not serve it now, or with something else.

    """
    start, last = in_ms(asked.start), in_ms(asked.end) - 1
    while start <= last:
        request = {
            "symbol": symbol,
            "interval": "1m",
            "startTime": start,
            "endTime": last,
            "limit": PAGE_ROWS,
        }
        answer = http.get(f"{base_url}/api/v3/klines", request)
        candles = candles_of(answer)
        known = [candle for candle in candles if candle[0] is not None]
        opens = [opened_at for opened_at, _ in known if start <= opened_at <= last]
        reached = minute_of(max(opens)) + MINUTE if opens else start
        is_short = len(candles) < PAGE_ROWS
        known_at = answer.known_at
        settled = min(last + 1, in_ms(known_at - SETTLES_IN))
        usable = sorted({minute_of(at) for at, is_usable in known if is_usable})
        is_timed = len(opens) == len(candles)
        closed = min(last + 1, minute_of(in_ms(known_at)))
        covered = (-minute_of(-start), closed if is_short else reached)
        yield Page(
            row=as_page(request, answer),
            records=len(candles),
            reached=time_of(reached),
            is_last=is_short or reached > last,
            gaps=(
                spans_without(start, usable, settled if is_short else reached)
                if len(opens) == len(known)
                else ()
            ),
            claims=claims("binance", symbol, covered, opens) if is_timed else (),
            dedup_key=dedup_key(start, last, [at for at, _ in known], known_at),
        )
        if is_short:
            return
        if reached <= start:
            raise http.FailedError(
                f"pagination did not advance from {time_of(start)} on"
            )
        start = reached
        _spare_the_limit(answer)


def candles_of(answer: http.Answer) -> list[tuple[int | None, bool]]:
    """Return when each candle opens, in ms, and whether staging can use it.

    The time is None of one that has none.

    Raises:
        RefusedError, FailedError: the answer is no list of rows.

    """
    try:
        # of a number with an exponent msgspec makes one that staging does not read
        if answer.status == 200 and _is_plain(answer.body):
            klines = KLINES.decode(answer.body)
            if not any(map(_is_tiny, klines)):
                return [_judged(kline) for kline in klines]
    except msgspec.MsgspecError:
        pass  # not all of them are good
    return FORM.candles_of(answer)


def _is_plain(body: str) -> bool:
    """Whether a body has no exponent, and no number that is too long for staging."""
    return "e" not in body.lower() and max(map(len, body.split('"'))) <= MOST_CHARACTERS


def _is_tiny(kline: Kline) -> bool:
    """Whether a volume may be below the bounds."""
    return (
        0 < kline.base_volume < TINY
        or 0 < kline.quote_volume < TINY
        or 0 < kline.taker_buy_base_volume < TINY
        or 0 < kline.taker_buy_quote_volume < TINY
    )


def _judged(kline: Kline) -> tuple[int, bool]:
    return _scaled(kline.opened_at), (
        kline.low_price <= kline.open_price <= kline.high_price
        and kline.low_price <= kline.close_price <= kline.high_price
    )


def _spare_the_limit(answer: http.Answer) -> None:
    used = answer.headers.get("X-MBX-USED-WEIGHT-1M", "")
    if WEIGHT.fullmatch(used) and int(used) > 0.9 * WEIGHT_A_MINUTE:
        sleep(61 - answer.known_at.second)


def _scaled(time: int) -> int:
    return time // 1000 if time >= MICROSECONDS_FROM else time


FORM = Form(
    time=re.compile(r"[0-9]{13,16}"),
    in_ms=_scaled,
    numbers=(1, 2, 3, 4, 5, 7, 9, 10),
    counts=(8,),
    error_text=lambda error: f", code {error.get('code')}: {error.get('msg')}",
)
SOURCE = exchange(
    "binance__klines",
    klines,
    base_url=BASE_URL,
    symbols=SYMBOLS,
    first_days=FIRST_DAYS,
    page_minutes=PAGE_ROWS,
)
