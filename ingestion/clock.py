"""The source's time: up to when it can be asked, and how far our clock is from it."""

from datetime import UTC, datetime, timedelta

MINUTE = timedelta(minutes=1)
"""So far apart may two clocks be that are right."""
MOST_UNITS = 2


class NotYetError(Exception):
    """Nothing of what was asked had come by the source's clock."""


def is_ahead(time: datetime, known_at: datetime) -> bool:
    """Whether a time is one to come, by the time up to which a source has answered."""
    return time - known_at > MINUTE


def notable(skew: timedelta) -> timedelta:
    """Return how far our clock is ahead, none where that may be chance."""
    return skew if abs(skew) > MINUTE else timedelta()


def warning(system: str, skew: timedelta) -> str | None:
    """Say by how much the clocks differ, None where they do not."""
    if not notable(skew):
        return None
    way = "ahead of" if skew > timedelta() else "behind"
    return (
        f"{system}: this host's clock is {length(abs(skew))} {way} the source's, which "
        "is believed: set the clock right"
    )


def length(span: timedelta) -> str:
    """Return a length of time by its two largest units."""
    minutes = round(span / MINUTE)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [
        f"{number} {unit}{'s' * (number != 1)}"
        for number, unit in ((days, "day"), (hours, "hour"), (minutes, "minute"))
        if number
    ]
    return " and ".join(parts[:MOST_UNITS])


def now() -> datetime:
    """Return our clock."""
    return datetime.now(UTC)
