"""Klines as Binance sends them, made up minute by minute, and pages of them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONDAY = datetime(2024, 3, 4, tzinfo=UTC)
SYMBOLS = ("BTCUSDT", "ETHUSDT")
BUILT_UNTIL = MONDAY + DAY + 2 * HOUR
CANDLES = "+fct_candles_1w stg_binance__klines__rejected"
FETCHED = MONDAY + 60 * DAY


@dataclass(frozen=True)
class Page:
    """An answer: the symbol asked for, its body, and when it came."""

    symbol: str
    start: datetime
    end: datetime
    payload: str
    fetched_at: datetime
    answered_at: datetime | None = None

    @property
    def key(self) -> str:
        """Return what the page is filed under."""
        return self.symbol

    @property
    def request(self) -> str:
        """Return what was asked, in the canonical form."""
        start, end = (int(time.timestamp() * 1000) for time in (self.start, self.end))
        return (
            f'{{"endTime":{end - 1},"interval":"1m","limit":1000,'
            f'"startTime":{start},"symbol":"{self.symbol}"}}'
        )


def every_minute(start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the minutes of `[start, end)`."""
    for place in range(int((end - start) / MINUTE)):
        yield start + place * MINUTE


def kline(symbol: str, opened_at: datetime, revision: int = 0) -> list:
    """Return a minute's 12 elements; every hour has ten minutes without trades."""
    chance = Random(f"{symbol} {opened_at} {revision}")  # noqa: S311 - no secret
    low, *between, high = sorted(chance.randrange(1, 10**13) for _ in range(4))
    traded = 0 if 20 <= opened_at.minute < 30 else 1
    volumes = [traded * chance.randrange(10**14) for _ in range(4)]
    base, quote, taker_base, taker_quote = (f"{part / 10**8:.8f}" for part in volumes)
    opening, closing = chance.sample(between, 2)
    milliseconds = int(opened_at.timestamp() * 1000)
    return [
        milliseconds,
        *(f"{price / 10**8:.8f}" for price in (opening, high, low, closing)),
        base,
        milliseconds + 59_999,
        quote,
        traded * chance.randrange(10**6),
        taker_base,
        taker_quote,
        "0",
    ]


def page(
    rows: Sequence[object] | str,
    start: datetime,
    end: datetime,
    symbol: str = "BTCUSDT",
    fetched_at: datetime = FETCHED,
) -> Page:
    """Return the page of a span with these rows, or with this text."""
    text = rows if isinstance(rows, str) else json.dumps(rows, separators=(",", ":"))
    return Page(symbol, start, end, text, fetched_at)


def pages(
    symbol: str,
    start: datetime,
    end: datetime,
    *,
    without: Iterable[datetime] = (),
    revision: int = 0,
    fetched_at: datetime = FETCHED,
) -> list[Page]:
    """Return the pages of a span, 1,000 minutes each."""
    left_out = set(without)
    made = []
    while start < end:
        until = min(start + 1000 * MINUTE, end)
        rows = [
            kline(symbol, opened_at, revision)
            for opened_at in every_minute(start, until)
            if opened_at not in left_out
        ]
        made.append(page(rows, start, until, symbol, fetched_at))
        start = until
    return made
