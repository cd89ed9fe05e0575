"""The time a stand-in believes it is."""

import re
import time
from datetime import UTC, datetime

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def instant(value: str | int) -> int:
    """Return epoch ms from ISO 8601 (naive is UTC) or epoch ms; else ValueError."""
    if isinstance(value, int) or re.fullmatch(r"-?\d+", value):
        return int(value)
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def iso(at: int) -> str:
    """Return epoch ms as ISO 8601 in UTC."""
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Clock:
    """The real time, or one instant for as long as `frozen_at` (epoch ms) is set."""

    def __init__(self, frozen_at: int | None = None) -> None:
        self.initial = self.frozen_at = frozen_at

    def now(self) -> int:
        """Return epoch ms."""
        if self.frozen_at is None:
            return time.time_ns() // 1_000_000
        return self.frozen_at

    def reset(self) -> None:
        """Go back to the time of the start."""
        self.frozen_at = self.initial
