"""What a turbine has: readings, a minute each, by column."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from sandbox.clock import MINUTE


class Reading(NamedTuple):
    """A row: when its minute begins (epoch ms), its id, its columns."""

    at: int
    id: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Form:
    """How a turbine stamps: by which clock, each how many seconds, at which end."""

    zone: str = "UTC"
    seconds: int = 60
    stamp: str = "start"

    def __post_init__(self) -> None:
        ZoneInfo(self.zone)

    @property
    def delay(self) -> int:
        """How many ms after its period began a reading is stamped."""
        return self.seconds * 1000 if self.stamp == "end" else 0

    def has(self, reading: Reading, now: int) -> bool:
        """Whether a minute's reading is one that it takes, its period being over."""
        length = self.seconds * 1000
        return length == MINUTE or (
            reading.at % length == 0 and reading.at + length <= now
        )

    def stamped(self, at: int) -> str:
        """Return what a naive clock says of a period that began at epoch ms."""
        moment = datetime.fromtimestamp((at + self.delay) / 1000, UTC)
        local = moment.astimezone(ZoneInfo(self.zone))
        return local.replace(tzinfo=None).isoformat()


class Turbine(Protocol):
    """A series of readings; a minute's is there once the minute is over."""

    origin: str
    form: Form
    columns: Sequence[str]

    def readings(self, start: int, end: int, now: int) -> list[Reading]:
        """Return the readings of `[start, end)` in the order of the answer."""

    def reading(self, reading_id: int, now: int) -> Reading | None:
        """Return the reading of an id, or None."""

    def span(self, now: int) -> tuple[int, int]:
        """Return when the first and the last reading are from."""
