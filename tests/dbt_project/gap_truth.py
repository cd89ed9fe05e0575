"""What is missing of series, slot by slot, without dbt and SQL."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta

DAY = timedelta(days=1)
Gap = tuple[datetime, datetime, int, bool]
"""From when, to when, how many records are missing, and whether at the source too."""


def gaps(
    there: Mapping[datetime, int],
    width: timedelta,
    records: int = 1,
    lacking: Collection[tuple[datetime, datetime]] = (),
    is_open: Callable[[datetime], bool] = lambda _: True,
) -> list[Gap]:
    """Give the gaps of a series that has so many records in each slot of a width.

    A slot wants `records`; only those count in which the source `is_open`. The series
    goes from its first full slot to its last.
    """
    full = [slot for slot, count in there.items() if count >= records]
    found: list[Gap] = []
    if not full:
        return found
    slot = min(full)
    while slot < max(full):
        missing = records - there.get(slot, 0)
        if missing > 0 and is_open(slot):
            end = slot + width
            of_source = any(start <= slot and end <= stop for start, stop in lacking)
            if found and found[-1][1] == slot and found[-1][3] == of_source:
                start, _, before, _ = found.pop()
                found.append((start, end, before + missing, of_source))
            else:
                found.append((slot, end, missing, of_source))
        slot += width
    return found


def counted(times: Iterable[datetime], width: timedelta) -> dict[datetime, int]:
    """Give how many times lie in each slot of a width that divides the day."""
    found: dict[datetime, int] = {}
    for time in times:
        midnight = time.replace(hour=0, minute=0, second=0, microsecond=0)
        slot = midnight + (time - midnight) // width * width
        found[slot] = found.get(slot, 0) + 1
    return found
