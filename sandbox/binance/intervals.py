"""Binance's intervals: where a candle opens and where the next one does."""

from datetime import UTC, datetime

from sandbox.clock import DAY, HOUR, MINUTE

WEEK = 7 * DAY
FIRST_MONDAY = 4 * DAY  # 1970-01-05

LENGTHS = {
    "1m": MINUTE,
    "3m": 3 * MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": HOUR,
    "2h": 2 * HOUR,
    "4h": 4 * HOUR,
    "6h": 6 * HOUR,
    "8h": 8 * HOUR,
    "12h": 12 * HOUR,
    "1d": DAY,
    "3d": 3 * DAY,
    "1w": WEEK,
    "1M": 31 * DAY,  # at most; `opening` knows the calendar
}


def opening(at: int, interval: str, shift: int = 0) -> int:
    """Return the opening (epoch ms) of the candle that holds `at`, `shift` ms east."""
    local = at + shift
    if interval == "1M":
        date = datetime.fromtimestamp(local // 1000, UTC)
        first = datetime(date.year, date.month, 1, tzinfo=UTC)
        return int(first.timestamp()) * 1000 - shift
    origin = FIRST_MONDAY if interval == "1w" else 0
    return at - (local - origin) % LENGTHS[interval]


def following(opened_at: int, interval: str, shift: int = 0) -> int:
    """Return the opening of the candle after the one that opens at `opened_at`."""
    return opening(opened_at + LENGTHS[interval], interval, shift)
