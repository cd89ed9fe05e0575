"""Numbers and times as people read them."""

from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

NUMERIC, FLOATS = 1700, (700, 701)
NUMBERS = (20, 21, 23, NUMERIC, *FLOATS)
"""The types of Postgres that are numbers: integers of three lengths, and these."""
DIGITS = 6
NOTHING = "–"
SPANS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def form(value: object, kind: int = 0) -> str:
    """Return a value of a column in people's form; `kind` is its type in Postgres."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return time(value)
    if isinstance(value, timedelta):
        return duration(value)
    if kind == NUMERIC or kind in FLOATS or isinstance(value, int):
        return number(str(value))
    return str(value)


def number(text: str | None) -> str:
    """Return a number of six digits, or of all those before its point.

    Thousands are parted by commas, and nothing is written as a power of ten:
    0.0000347, 1,234.57, 98,765,432.
    """
    try:
        value = Decimal(text or "")
    except InvalidOperation:
        return NOTHING
    if not value.is_finite():
        return text or NOTHING
    places = max(DIGITS - 1 - value.adjusted(), 0) if value else 0
    shown = f"{value:,.{places}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def time(value: datetime) -> str:
    """Return a time, with its zone."""
    return f"{value:%Y-%m-%d %H:%M:%S} UTC".replace(":00 UTC", " UTC")


def duration(value: timedelta) -> str:
    """Return a duration in the largest unit of which it has two: 26 hours."""
    seconds = max(int(value.total_seconds()), 0)
    unit, size = next((one for one in SPANS if seconds >= 2 * one[1]), SPANS[-1])
    count = seconds // size
    return f"{count:,} {unit}{'' if count == 1 else 's'}"
