"""Recorded series: what a file of Binance's public archive holds, and nothing else."""

import csv
import gzip
import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from .candles import Numbers, rolled
from .intervals import LENGTHS

MICROSECONDS_FROM = 10**14  # larger times are µs: ms would be the year 5138
DECIMALS = 8


class Recorded:
    """The candles of one file; read when first asked for."""

    origin = "recorded"

    def __init__(self, path: Path, interval: str) -> None:
        self.path = path
        self.interval = interval

    @cached_property
    def _lines(self) -> tuple[list[int], list[str]]:
        """The openings (ms) and the candles as JSON texts, ascending."""
        lines = dict(_lines(self.path))
        times = sorted(lines)
        return times, [lines[at] for at in times]

    def span(self, now: int) -> tuple[int, int]:
        """Return the first and the last opening, but none that is not closed yet.

        The numbers that a candle had while it was open were not recorded.
        """
        times, _ = self._lines
        closed = bisect_right(times, now - LENGTHS[self.interval])
        return (times[0], times[closed - 1]) if closed else (0, -1)

    def rows(
        self, start: int, end: int, now: int, limit: int, newest: bool
    ) -> list[str]:
        """Return candles as JSON texts, ascending, as they were recorded."""
        times, texts = self._lines
        first = bisect_left(times, start)
        last = bisect_right(times, min(end, self.span(now)[1]))
        if newest:
            return texts[max(first, last - limit) : last]
        return texts[first : min(last, first + limit)]

    def whole(self, start: int, end: int, now: int) -> Numbers | None:
        """Return all candles that open in [start, end) as one."""
        rows = self.rows(start, end - 1, now, len(self._lines[0]), newest=False)
        return rolled([_numbers(json.loads(row)) for row in rows])

    def text(self, opened_at: int, numbers: Numbers, closed_at: int) -> str:
        """Return a candle as JSON text."""
        *prices, volume, quotes, trades, taken, taken_quotes = numbers
        texts = [_decimal(part) for part in (*prices, volume)]
        taken_texts = [_decimal(part) for part in (taken, taken_quotes)]
        return _json(opened_at, texts, closed_at, _decimal(quotes), trades, taken_texts)


def find(folder: Path) -> dict[str, Recorded]:
    """Return the recorded series of a folder by symbol, the finest of each."""
    found: dict[str, Recorded] = {}
    for interval in ("1h", "1m"):
        for path in sorted(folder.glob(f"*-{interval}.csv*")):
            if path.name.endswith((".csv", ".csv.gz")):
                found[path.name.split("-")[0]] = Recorded(path, interval)
    return found


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        for line in csv.reader(file):
            if not line or not line[0].isdigit():
                continue
            first, *numbers, closed, quotes, trades, taken, taken_quotes = line[:11]
            opened_at = _milliseconds(first)
            yield (
                opened_at,
                _json(
                    opened_at,
                    [_eight(text) for text in numbers],
                    _milliseconds(closed),
                    _eight(quotes),
                    int(trades),
                    [_eight(taken), _eight(taken_quotes)],
                ),
            )


def _json(
    opened_at: int,
    numbers: list[str],
    closed_at: int,
    quotes: str,
    trades: int,
    taken: list[str],
) -> str:
    row = [opened_at, *numbers, closed_at, quotes, trades, *taken, "0"]
    return json.dumps(row, separators=(",", ":"))


def _milliseconds(text: str) -> int:
    return int(text) // 1000 if int(text) >= MICROSECONDS_FROM else int(text)


def _eight(text: str) -> str:
    """Return a decimal as Binance writes it; as it stands if it has 8 places."""
    return text if text[-DECIMALS - 1 : -DECIMALS] == "." else f"{Decimal(text):.8f}"


def _numbers(row: list) -> Numbers:
    """Return the nine numbers of a row in units of the eighth decimal."""
    texts = (*row[1:6], row[7], row[9], row[10])
    units = [int(Decimal(text).scaleb(DECIMALS)) for text in texts]
    return (*units[:6], row[8], *units[6:])


def _decimal(units: int) -> str:
    whole, part = divmod(units, 10**DECIMALS)
    return f"{whole}.{part:08d}"
