"""Candles whatever their origin: the roll-up, and the rows that a question gets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .intervals import LENGTHS, following, opening

# Open, high, low, close, volume, quote volume, trades, taker base, taker quote:
# whole numbers in the series' own smallest units, so that sums are exact.
Numbers = tuple[int, int, int, int, int, int, int, int, int]


@dataclass(frozen=True)
class Question:
    """What a request for klines asks; times in epoch ms, both ends inclusive."""

    symbol: str
    interval: str
    start: int | None = None
    end: int | None = None
    limit: int = 500
    shift: int = 0

    @property
    def newest(self) -> bool:
        """Whether the newest candles are wanted: only so without a start."""
        return self.start is None


class Series(Protocol):
    """The candles of one symbol at the finest interval there is."""

    origin: str
    interval: str

    def span(self, now: int) -> tuple[int, int]:
        """Return the first and the last opening that are known at `now`."""

    def rows(
        self, start: int, end: int, now: int, limit: int, newest: bool
    ) -> list[str]:
        """Return candles as JSON texts, ascending, at the finest interval."""

    def whole(self, start: int, end: int, now: int) -> Numbers | None:
        """Return all that opens in [start, end) as one candle."""

    def text(self, opened_at: int, numbers: Numbers, closed_at: int) -> str:
        """Return a candle as JSON text."""


def rolled(parts: Sequence[Numbers]) -> Numbers | None:
    """Return consecutive candles as one, or None for none."""
    if not parts:
        return None
    opens, highs, lows, closes, *sums = zip(*parts, strict=True)
    return (opens[0], max(highs), min(lows), closes[-1], *map(sum, sums))


def answer(series: Series, asked: Question, now: int) -> list[str]:
    """Return the rows that `asked` gets at `now`, ascending."""
    step = LENGTHS[series.interval]
    if LENGTHS[asked.interval] % step or asked.shift % step:
        return []
    first, last = series.span(now)
    start = max(asked.start or 0, opening(first, asked.interval, asked.shift))
    end = last if asked.end is None else min(asked.end, last)
    if start > end:
        return []
    if asked.interval == series.interval:
        return series.rows(start, end, now, asked.limit, asked.newest)
    return _rolled_rows(series, asked, (start, end), now)


def _rolled_rows(
    series: Series, asked: Question, bounds: tuple[int, int], now: int
) -> list[str]:
    start, end = bounds
    scale = asked.interval, asked.shift
    opened_at = opening(end if asked.newest else start, *scale)
    if opened_at < start:
        opened_at = following(opened_at, *scale)
    found: list[str] = []
    while start <= opened_at <= end and len(found) < asked.limit:
        next_at = following(opened_at, *scale)
        numbers = series.whole(opened_at, next_at, now)
        if numbers:
            found.append(series.text(opened_at, numbers, next_at - 1))
        opened_at = opening(opened_at - 1, *scale) if asked.newest else next_at
    return found[::-1] if asked.newest else found
