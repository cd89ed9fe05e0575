"""What XE's stand-in knows of rates: recorded answers, or generated ones."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sandbox.clock import DAY, HOUR
from sandbox.rates_generated import PEGS, USUAL, per_euro

Rates = dict[str, float]
FIRST = 816_480_000_000  # 1995-11-16, XE's first day


class Generated:
    """Rates of every generated currency, some left out or changed on order."""

    origin = "generated"
    currencies = tuple(sorted({**PEGS, **USUAL}))

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.reset()

    def reset(self) -> None:
        """Forget what was left out and changed."""
        self.left_out: set[str] = set()
        self.factors: dict[str, Decimal] = {}

    def span(self, now: int) -> tuple[int, int]:
        """Return the first and the last time that there are rates of."""
        return FIRST, now // HOUR * HOUR

    def at(self, base: str, at: int) -> tuple[int, Rates]:
        """Return the time of the rates at a time, and the rates of a base."""
        known = set(self.currencies) - self.left_out
        if base not in known or at < FIRST:
            return at, {}
        euros = per_euro(self.seed, base, at)
        return at, {
            code: _number(
                per_euro(self.seed, code, at) / euros * self.factors.get(code, 1)
            )
            for code in known
        }

    def days(self, base: str, start: int, end: int) -> Iterator[tuple[int, Rates]]:
        """Yield the noon of each day in a span, and its rates."""
        noon = max(start, FIRST) // DAY * DAY + DAY // 2
        while noon <= end:
            if noon >= start:
                yield self.at(base, noon)
            noon += DAY


class Recorded:
    """The answers in a folder, one file a time, each as it came."""

    origin = "recorded"

    def __init__(self, files: Sequence[Path]) -> None:
        self.bodies = {_time(path.stem): path.read_text() for path in sorted(files)}
        every = [self._read(at) for at in self.bodies]
        self.currencies = tuple(sorted({code for _, rates in every for code in rates}))

    def reset(self) -> None:
        """Change nothing, since nothing of a recording can be changed."""

    def span(self, now: int) -> tuple[int, int]:
        """Return the first and the last time that there are rates of."""
        known = [at for at in self.bodies if at <= now]
        return (known[0], known[-1]) if known else (0, -1)

    def body(self, now: int) -> str | None:
        """Return the newest answer, untouched."""
        known = [body for at, body in self.bodies.items() if at <= now]
        return known[-1] if known else None

    def at(self, base: str, at: int) -> tuple[int, Rates]:
        """Return the time and the rates of the day's newest answer until a time."""
        known = [each for each in self.bodies if at // DAY * DAY <= each <= at]
        found, rates = self._read(known[-1]) if known else (None, {})
        return at, rates if found == base else {}

    def days(self, base: str, start: int, end: int) -> Iterator[tuple[int, Rates]]:
        """Yield the time and the rates of each answer in a span."""
        for at in self.bodies:
            found, rates = self._read(at)
            if start <= at <= end and found == base:
                yield at, rates

    def _read(self, at: int) -> tuple[str, Rates]:
        body: dict[str, Any] = json.loads(self.bodies[at])
        return body["from"], {
            rate["quotecurrency"]: _number(
                Decimal(str(rate["mid"])) / Decimal(str(body["amount"]))
            )
            for rate in body["to"]
        }


def find(folder: Path, seed: int) -> Generated | Recorded:
    """Return the recorded rates of a folder, or else generated ones."""
    files = list(folder.glob("*.json"))
    return Recorded(files) if files else Generated(seed)


def shuffled(codes: Sequence[str], at: int) -> list[str]:
    """Return codes in the order of a moment, since XE promises none."""
    return sorted(codes, key=lambda code: blake2b(f"{code}{at}".encode()).digest())


def _number(rate: Decimal) -> float:
    return float(round(rate, 10))


def _time(stem: str) -> int:
    moment = datetime.strptime(stem, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)
