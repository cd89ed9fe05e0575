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
    lived: tuple[datetime, datetime] | None = None,
) -> list[Gap]:
    """Return the gaps of a series that has so many records in each slot of a width.

    A slot wants `records`; only those count in which the source `is_open`. The series
    goes from its first slot to its last, or from the first record to the end of the
    last, where `lived` says both.
    """
    found: list[Gap] = []
    if not there:
        return found
    slot, last = min(there), max(there)
    begun, ended = lived or (slot, last + width)
    while slot <= last:
        end = slot + width
        part = (min(end, ended) - max(slot, begun)) / width
        missing = round(part * records) - there.get(slot, 0)
        if missing > 0 and is_open(slot):
            of_source = any(start <= slot and end <= stop for start, stop in lacking)
            if found and found[-1][1] == slot and found[-1][3] == of_source:
                start, _, before, _ = found.pop()
                found.append((start, end, before + missing, of_source))
            else:
                found.append((slot, end, missing, of_source))
        slot = end
    return found


def counted(times: Iterable[datetime], width: timedelta) -> dict[datetime, int]:
    """Return how many times lie in each slot of a width that divides the day."""
    found: dict[datetime, int] = {}
    for time in times:
        midnight = time.replace(hour=0, minute=0, second=0, microsecond=0)
        slot = midnight + (time - midnight) // width * width
        found[slot] = found.get(slot, 0) + 1
    return found
