"""Readings as a plant's turbines send them, and pages of them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
START = datetime(2024, 5, 20, tzinfo=UTC)
FETCHED = START + 30 * DAY
TABLE = "plant__readings"


@dataclass(frozen=True)
class Page:
    """An answer: the turbine and the span asked, its body, and when it came.

    `part` is the part of the span that this page of it was asked for, if not all.
    """

    key: str
    start: datetime
    end: datetime
    payload: str
    fetched_at: datetime
    answered_at: datetime | None = None
    part: tuple[datetime, datetime] | None = None

    @property
    def request(self) -> str:
        """Return what was asked, in the canonical form."""
        edges = self.part or (self.start, self.end)
        start, end = (f"{time:%Y-%m-%dT%H:%M:%SZ}" for time in edges)
        return (
            f'{{"columns":["wind_speed"],"end":"{end}",'
            f'"start":"{start}","turbine":"{self.key}"}}'
        )


def page(
    rows: Sequence[object] | str,
    turbine: str = "T01",
    fetched_at: datetime = FETCHED,
    start: datetime = START,
) -> Page:
    """Return the page of a day with these rows, or with this text."""
    text = rows if isinstance(rows, str) else json.dumps(rows, separators=(",", ":"))
    return Page(turbine, start, start + DAY, text, fetched_at)


def runs(
    rows: Sequence[dict[str, object]], fetched_at: datetime = FETCHED
) -> list[Page]:
    """Return the pages of a day that were asked for just these rows, in their order."""
    times = sorted(datetime.fromisoformat(row["timestamp"]) for row in rows)
    bounds: list[list[datetime]] = []
    for time in times:
        if bounds and time <= bounds[-1][1]:
            bounds[-1][1] = time + MINUTE
        else:
            bounds.append([time, time + MINUTE])
    found = []
    for edges in bounds:
        start, end = (time.isoformat() for time in edges)
        told = json.dumps([row for row in rows if start <= row["timestamp"] < end])
        part = tuple(time.replace(tzinfo=UTC) for time in edges)
        day = part[0].replace(hour=0, minute=0, second=0)
        found.append(Page("T01", day, day + DAY, told, fetched_at, part=part))
    return found


def row(time: datetime, **values: object) -> dict[str, object]:
    """Return a row with a naive timestamp."""
    return {"timestamp": time.replace(tzinfo=None).isoformat(), **values}


def rows(
    count: int,
    start: datetime = START,
    value: Callable[[int], object] | None = None,
    revision: int = 0,
) -> list[dict[str, object]]:
    """Return a row of wind speed for each of so many minutes; at random by default."""
    made = []
    for place in range(count):
        chance = Random(f"{start + place * MINUTE} {revision}")  # noqa: S311 - no secret
        speed = round(chance.uniform(0, 25), 3) if value is None else value(place)
        made.append(row(start + place * MINUTE, wind_speed=speed))
    return made
