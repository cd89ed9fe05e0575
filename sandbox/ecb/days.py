"""The days that the ECB's stand-in publishes: recorded ones, or generated ones."""

import gzip
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from sandbox.clock import DAY, HOUR
from sandbox.rates_generated import per_euro

PUBLISHED_AT = 15 * HOUR  # 16:00 CET
FIRST = date(2019, 1, 2)
CURRENCIES = (
    *("USD", "JPY", "BGN", "CZK", "DKK", "GBP", "HUF", "PLN", "RON", "SEK", "CHF"),
    *("ISK", "NOK", "RUB", "TRY", "AUD", "BRL", "CAD", "CNY", "HKD", "IDR", "ILS"),
    *("INR", "KRW", "MXN", "MYR", "NZD", "PHP", "SGD", "THB", "ZAR"),
)
NO_MORE_SINCE = {"RUB": "2022-03-02"}
FIXED_HOLIDAYS = ((1, 1), (5, 1), (12, 25), (12, 26))
GOOD_FRIDAY, EASTER_MONDAY = timedelta(days=-2), timedelta(days=1)
Line = list[str]


class Generated:
    """Banking days since FIRST, some of their rates changed or left out on order."""

    origin = "generated"

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.reset()

    def reset(self) -> None:
        """Forget what was changed and left out."""
        self.changed: dict[tuple[str, str], str] = {}
        self.left_out: set[str] = set()

    def until(self, at: int) -> list[Line]:
        """Return the heading and the days until a time, newest first."""
        last = datetime.fromtimestamp(at / 1000, UTC).date()
        days = [FIRST + timedelta(days=n) for n in range((last - FIRST).days + 1)]
        lines = [
            [f"{day}", *(self._rate(code, f"{day}") for code in CURRENCIES)]
            for day in reversed(days)
            if is_banking_day(day)
        ]
        return [["Date", *CURRENCIES], *lines]

    def _rate(self, currency: str, day: str) -> str:
        if (day, currency) in self.changed:
            return self.changed[day, currency]
        is_out = currency in self.left_out or day >= NO_MORE_SINCE.get(currency, "9")
        return "N/A" if is_out else _generated(self.seed, currency, day)


class Recorded:
    """The days of one file, as they stand there."""

    origin = "recorded"

    def __init__(self, path: Path) -> None:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as file:
            lines = [line.rstrip("\r\n").removesuffix(",").split(",") for line in file]
        self.heading, *self.days = lines

    def reset(self) -> None:
        """Change nothing, since nothing of a recording can be changed."""

    def until(self, at: int) -> list[Line]:
        """Return the heading and the days until a time, newest first."""
        return [self.heading, *(day for day in self.days if milliseconds(day[0]) <= at)]


@lru_cache(maxsize=400_000)
def _generated(seed: int, currency: str, day: str) -> str:
    rate = per_euro(seed, currency, milliseconds(day) + PUBLISHED_AT)
    return f"{rate:.{4 if rate < 10 else 3 if rate < 100 else 2}f}"


def is_banking_day(day: date) -> bool:
    """Return whether the euro's payment system is open."""
    distance = day - easter(day.year)
    return (
        day.weekday() < 5
        and (day.month, day.day) not in FIXED_HOLIDAYS
        and distance not in (GOOD_FRIDAY, EASTER_MONDAY)
    )


@lru_cache
def easter(year: int) -> date:
    """Return Easter Sunday, by the Meeus/Jones/Butcher rule."""
    golden, century, part = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (8 * century + 13) // 25 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (part // 4) - moon - part % 4) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=20_000)
def milliseconds(day: str) -> int:
    """Return the midnight of an ISO date as epoch ms."""
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY
