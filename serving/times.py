"""Times and days as they are asked: ISO 8601, naive is UTC."""

import re
from datetime import UTC, date, datetime

from serving.refusals import unfit

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def instant(name: str, text: str | None) -> datetime | None:
    """Return a time in UTC; a day is its start. Raises a 422 for what is none."""
    if text is None or not text.strip():
        return None
    # a plus that was not quoted comes as a blank
    written = re.sub(r" (\d{2}:?\d{2})$", r"+\1", text.strip())
    try:
        asked = datetime.fromisoformat(written)
        return (asked if asked.tzinfo else asked.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise unfit(
            f"{name} {text!r} is no time: write it like 2024-01-31T12:00:00Z."
        ) from None


def day(name: str, text: str | None) -> date | None:
    """Return a day; raises a 422 for what is none."""
    if text is None or not text.strip():
        return None
    try:
        if not DAY.fullmatch(text.strip()):
            raise ValueError
        return date.fromisoformat(text.strip())
    except ValueError:
        raise unfit(f"{name} {text!r} is no day: write it like 2024-01-31.") from None


def milliseconds(time: datetime) -> str:
    """Return a time as ISO 8601 with milliseconds."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now() -> datetime:
    """Return the clock's time, UTC."""
    return datetime.now(UTC)
