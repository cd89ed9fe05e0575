"""Rows as text that is the same for whoever read them, if they are the same rows."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal


def digest(rows: Iterable[tuple]) -> list:
    """Return how many rows there are, and a checksum that is of no order."""
    lines = sorted("\x1f".join(map(printed, row)) for row in rows)
    return [len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()]


def printed(value: object) -> str:
    """Return a value's text: of numbers all digits and no more, of times UTC."""
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        zoned = value if value.tzinfo else value.replace(tzinfo=UTC)
        return zoned.astimezone(UTC).isoformat()
    return repr(value) if isinstance(value, float) else str(value)
