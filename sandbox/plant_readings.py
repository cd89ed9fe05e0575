"""What a turbine has: readings, a minute each, by column."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

MINUTE = 60_000


class Reading(NamedTuple):
    """A row: when its minute begins (epoch ms), its id, its columns."""

    at: int
    id: int
    values: dict[str, Any]


class Turbine(Protocol):
    """A series of readings; a minute's is there once the minute is over."""

    origin: str
    columns: Sequence[str]

    def readings(self, start: int, end: int, now: int) -> list[Reading]:
        """Return the readings of `[start, end)` in the order of the answer."""

    def reading(self, reading_id: int, now: int) -> Reading | None:
        """Return the reading of an id, or None."""

    def span(self, now: int) -> tuple[int, int]:
        """Return when the first and the last reading are from."""
