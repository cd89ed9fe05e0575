"""Spans of time, start inclusive, end exclusive, always UTC."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from ingestion import clock


@dataclass(frozen=True)
class Window:
    """The span `[start, end)`."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"the span {self} is empty: it must end after its start")

    def __str__(self) -> str:
        return f"[{self.start:%Y-%m-%dT%H:%M:%SZ}, {self.end:%Y-%m-%dT%H:%M:%SZ})"

    @classmethod
    def between(cls, start: str, end: str) -> Self:
        """Return the span between two ISO dates or times; naive ones are UTC."""
        return cls(parse_time(start), parse_time(end))


def backfill(start: datetime, end: datetime | None) -> Window:
    """Return the span of a backfill: to this hour at most, which is its end by default.

    A full hour, so that the same command after a kill names the same span. Raises
    ValueError if it is empty.
    """
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    return Window(start, min(end or hour, hour))


def parse_time(text: str) -> datetime:
    """Return the instant, UTC, of an ISO date or time; raise ValueError for others."""
    time = datetime.fromisoformat(text)
    try:
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text} is no time of the years 1 to 9999 in UTC") from error


def midnight(time: datetime) -> datetime:
    """Return the start of a time's day."""
    return time.replace(hour=0, minute=0, second=0, microsecond=0)


def days(asked: Window) -> Iterator[Window]:
    """Yield the parts of a span that lie in one UTC day each."""
    start = asked.start
    while start < asked.end:
        end = min(midnight(start) + timedelta(days=1), asked.end)
        yield Window(start, end)
        start = end
