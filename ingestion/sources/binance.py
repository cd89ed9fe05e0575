"""Binance spot klines: candles of one minute by symbol, 1,000 a page, oldest first.

`GET /api/v3/klines` picks candles by open time, both ends inclusive, and asks no key.
The exchange counts weight by the minute and address, says in a header how much is
used, and bans who goes on after a 429. After an outage it published candles that open
off the minute: each counts for the minute that it opens in.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from time import sleep
from typing import Annotated

import dlt
import msgspec
import pyarrow as pa

from ingestion import http, keys
from ingestion.keys import Page
from ingestion.landing import PAGE, as_page
from ingestion.retractions import Claim
from ingestion.run import Run
from ingestion.source import Source
from ingestion.window import Window, midnight

BASE_URL = "https://data-api.binance.vision"
SYMBOLS = ("BTCUSDT", "ETHUSDT", "XRPUSDT")
FIRST_DAYS = 30
TAIL_MINUTES = 10
PAGE_ROWS = 1000
MINUTE = 60_000
MICROSECONDS_FROM = 10**14
WEIGHT_A_MINUTE = 6000
WEIGHT = re.compile(r"[0-9]{1,9}")
SETTLES_IN = timedelta(hours=1)
# beyond them staging rejects a number
LEAST, MOST, MOST_TRADES = Decimal("1e-30"), Decimal("1e20"), 10**12
MART = "marts.fct_candles_1m"
STORED = """
select symbol, opened_at
from marts.fct_candles_1m
where
    symbol = %(key)s
    and opened_at >= %(start)s
    and opened_at < %(end)s
"""


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
NUMBER_COLUMNS = (1, 2, 3, 4, 5, 7, 9, 10, 8)
NUMBER = re.compile(r"[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]{1,3})?")
MOST_CHARACTERS = 400
TIME = re.compile(r"[0-9]{13,16}")


@dataclass(frozen=True)
class Minutes:
    """Minutes that candles open in, in ms, since few are ever looked for."""

    opens: frozenset[int]

    def __contains__(self, time: datetime) -> bool:
        """Whether a candle opens in the minute that begins then."""
        return _milliseconds(time) in self.opens


@dlt.resource
def binance__klines(
    run: Run,
    symbols: Sequence[str],
    base_url: str,
    first: datetime,
    tail: timedelta,
) -> Iterator[pa.Table]:
    """Yield a chunk of pages of 1-minute klines, each symbol from its own cursor.

    Each run asks the last `tail` again, since candles get revised. A backfill goes
    over the run's window instead and moves no cursor.
    """
    yield from keys.read(
        run,
        keys.spans(run, symbols, first, tail),
        lambda symbol, asked: klines(base_url, symbol, asked),
    )


def klines(base_url: str, symbol: str, asked: Window) -> Iterator[Page]:
    """Yield the pages of a symbol's klines that open in a span, oldest first.

    Raises:
        RefusedError: the exchange will not serve this symbol, or us.
        FailedError: it did not serve it now, or with something else.

    """
    start, last = _milliseconds(asked.start), _milliseconds(asked.end) - 1
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
        reached = _minute(max(opens)) + MINUTE if opens else start
        is_short = len(candles) < PAGE_ROWS
        known_at = answer.known_at
        settled = min(last + 1, _milliseconds(known_at - SETTLES_IN))
        usable = sorted({_minute(at) for at, is_usable in known if is_usable})
        is_timed = len(opens) == len(candles)
        closed = min(last + 1, _minute(_milliseconds(known_at)))
        covered = (-_minute(-start), closed if is_short else reached)
        yield Page(
            row=as_page(request, answer),
            records=len(candles),
            reached=_time(reached),
            is_last=is_short or reached > last,
            gaps=(
                gaps(start, usable, settled if is_short else reached)
                if len(opens) == len(known)
                else ()
            ),
            claims=_claims(symbol, covered, opens) if is_timed else (),
            dedup_key=_dedup_key(start, last, [at for at, _ in known], known_at),
        )
        if is_short:
            return
        if reached <= start:
            raise http.FailedError(f"pagination did not advance from {_time(start)} on")
        start = reached
        _spare_the_limit(answer)


def _dedup_key(start: int, last: int, opens: Sequence[int], known_at: datetime) -> str:
    """Return what tells a page apart beyond its body.

    That is how many of its candles have closed, are of a time to come, or of another
    span. An end that moves says nothing more, as long as no other candle comes.
    """
    now = known_at.timestamp() * 1000
    closed = sum(opened_at + MINUTE <= now for opened_at in opens)
    early = sum(opened_at > now for opened_at in opens)
    strange = sum(not start <= opened_at <= last for opened_at in opens)
    return f"{start}: {closed} closed, {early} to come, {strange} not asked for"


def _claims(
    symbol: str, covered: tuple[int, int], opens: Sequence[int]
) -> tuple[Claim, ...]:
    """Return what a page claims of the minutes in a span, in ms: all, if it has any."""
    start, end = covered
    minutes = Minutes(frozenset(map(_minute, opens)))
    claim = Claim(MART, STORED, symbol, _time(start), _time(end), {symbol: minutes})
    return (claim,) if start < end else ()


def are_asked_together(span: Window) -> bool:
    """Whether the gaps in a span are one ask: where a page holds all of it."""
    return span.end - span.start <= PAGE_ROWS * timedelta(milliseconds=MINUTE)


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
    body = _parsed(answer.body)
    if answer.status == 200 and isinstance(body, list):
        return [(_opened_at(row), _is_usable(row)) for row in body]
    error = body if isinstance(body, dict) else {}
    said = f"HTTP {answer.status}, code {error.get('code')}: {error.get('msg')}"
    if answer.status in http.REFUSALS:
        raise http.RefusedError(said)
    raise http.FailedError(f"no list of candles ({said})")


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
    return _in_ms(kline.opened_at), (
        kline.low_price <= kline.open_price <= kline.high_price
        and kline.low_price <= kline.close_price <= kline.high_price
    )


def _parsed(body: str) -> object:
    try:
        # as they are written: an int has no thousands of digits, a float no 1e-400
        return json.loads(body, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None


def _opened_at(row: object) -> int | None:
    """Return when a candle opens, in ms; by another time no cursor may move."""
    is_timed = isinstance(row, list) and row and TIME.fullmatch(str(row[0]))
    return _in_ms(int(row[0])) if is_timed else None


def _is_usable(row: object) -> bool:
    """Whether staging can use a candle, by the rules that it has there."""
    if _opened_at(row) is None or len(row) < 11:
        return False
    texts = [str(row[place]) for place in NUMBER_COLUMNS]
    if not all(len(t) <= MOST_CHARACTERS and NUMBER.fullmatch(t) for t in texts):
        return False
    opened, high, low, closed, *volumes, trade_count = map(Decimal, texts)
    if any(number and not LEAST <= number < MOST for number in (low, high, *volumes)):
        return False
    return (
        0 < low <= min(opened, closed)
        and high >= max(opened, closed)
        and min(volumes) >= 0
        and 0 <= trade_count < MOST_TRADES
        and trade_count % 1 == 0
    )


def gaps(start: int, minutes: Sequence[int], end: int) -> tuple[Window, ...]:
    """Return the spans of whole minutes in `[start, end)` that are none of `minutes`.

    All three are in epoch milliseconds. A complete answer has no candle there that can
    be used, so the exchange does not have it.
    """
    edges = [-_minute(-start) - MINUTE, *minutes, _minute(end)]
    return tuple(
        Window(_time(before + MINUTE), _time(after))
        for before, after in pairwise(edges)
        if after - before > MINUTE
    )


def _spare_the_limit(answer: http.Answer) -> None:
    used = answer.headers.get("X-MBX-USED-WEIGHT-1M", "")
    if WEIGHT.fullmatch(used) and int(used) > 0.9 * WEIGHT_A_MINUTE:
        sleep(61 - answer.known_at.second)


def _in_ms(time: int) -> int:
    return time // 1000 if time >= MICROSECONDS_FROM else time


def _minute(milliseconds: int) -> int:
    return milliseconds // MINUTE * MINUTE


def _milliseconds(time: datetime) -> int:
    return round(time.timestamp() * 1000)


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


@dlt.source(name="binance", max_table_nesting=0)
def source(
    run: Run,
    symbols: Sequence[str] = SYMBOLS,
    base_url: str = BASE_URL,
    first_days: int = FIRST_DAYS,
    tail_minutes: int = TAIL_MINUTES,
) -> Iterator[dlt.sources.DltResource]:
    """Return the resources; `SOURCES__BINANCE__*` sets what is not given."""
    today = midnight(run.now)
    yield binance__klines(
        run,
        symbols,
        base_url,
        first=today - timedelta(days=first_days),
        tail=timedelta(minutes=tail_minutes),
    )


SOURCE = Source(
    tables={"binance__klines": PAGE},
    records="candles",
    resources=source,
    are_asked_together=are_asked_together,
    page_span=timedelta(minutes=PAGE_ROWS),
)
