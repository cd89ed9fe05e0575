"""Generated turbines: wind, power and temperature as functions of the minute."""

from functools import lru_cache
from math import cos, pi, sin
from random import Random

from sandbox.clock import MINUTE, instant

from .orders import Orders
from .readings import Form, Reading

FIRST = instant("2024-05-20T00:00Z")
DAY_MINUTES = 1440
YEAR_MINUTES = 365.25 * DAY_MINUTES
WINDS = ((3.1, 11 * 60), (2.4, 4.3 * 60), (0.9, 53))
"""How many m/s the wind swings by, and in how many minutes by a radian."""
CUT_IN, RATED, CUT_OUT = 3.0, 12.0, 25.0
RATED_POWER = 2050.0


class Generated:
    """A turbine that nobody recorded, from 2024-05-20 on, without an end."""

    origin = "generated"
    columns = ("wind_speed", "power", "ambient_temperature", "wind_direction")

    def __init__(self, name: str) -> None:
        self.orders = Orders()
        self.form = Form()
        self.name = name
        chance = Random(name)  # noqa: S311 - no secret
        self.phases = [chance.uniform(0, 2 * pi) for _ in WINDS]
        self._day = lru_cache(maxsize=64)(self._day_of)

    def readings(self, start: int, end: int, now: int) -> list[Reading]:
        """Return the readings of `[start, end)`, as the orders have them."""
        first = max(-(-(start - FIRST) // MINUTE), 0)
        last = min(-(-(end - FIRST) // MINUTE), (now - FIRST) // MINUTE)
        return self.orders.obeyed(
            [self._reading(place) for place in range(first, last)]
        )

    def reading(self, reading_id: int, now: int) -> Reading | None:
        """Return the reading of an id: the number of its minute, from 1."""
        at = FIRST + (reading_id - 1) * MINUTE
        return next(iter(self.readings(at, at + 1, now)), None)

    def span(self, now: int) -> tuple[int, int]:
        """Return the first minute and the last that is over."""
        return FIRST, (now // MINUTE - 1) * MINUTE

    def _reading(self, place: int) -> Reading:
        day, minute = divmod(place, DAY_MINUTES)
        values = dict(zip(self.columns, self._day(day)[minute], strict=True))
        return Reading(FIRST + place * MINUTE, place + 1, values)

    def _day_of(self, day: int) -> list[tuple[float, ...]]:
        chance = Random(f"{self.name}/{day}")  # noqa: S311 - no secret
        veer = Random(f"{self.name}/{day}/veer")  # noqa: S311 - no secret
        rows = []
        for minute in range(day * DAY_MINUTES, (day + 1) * DAY_MINUTES):
            wind = max(self._wind(minute) + chance.gauss(0, 0.35), 0)
            power = _power(wind) + chance.gauss(0, 4)
            temperature = _temperature(minute) + chance.gauss(0, 0.12)
            direction = self._direction(minute) + veer.gauss(0, 6)
            rows.append(
                (
                    *(round(wind, 2), round(power, 1), round(temperature, 2)),
                    round(direction % 360, 1) % 360,
                )
            )
        return rows

    def _direction(self, minute: int) -> float:
        """Return degrees, mostly from the west and at times by way of north."""
        return 285 + 55 * sin(minute / 462 + self.phases[0]) + 35 * sin(minute / 190)

    def _wind(self, minute: int) -> float:
        return 7.2 + sum(
            swing * sin(minute / length + phase)
            for (swing, length), phase in zip(WINDS, self.phases, strict=True)
        )


def _power(wind: float) -> float:
    """Return kW; standing still, a turbine uses some itself."""
    if wind < CUT_IN or wind > CUT_OUT:
        return -12.0
    share = (wind**3 - CUT_IN**3) / (RATED**3 - CUT_IN**3)
    return RATED_POWER * min(share, 1.0)


def _temperature(minute: int) -> float:
    """Return °C: coldest on a January morning, by UTC."""
    season = cos(2 * pi * (minute / YEAR_MINUTES + 0.34))
    hour = cos(2 * pi * (minute / DAY_MINUTES - 0.2))
    return 11 - 9 * season - 4.5 * hour
