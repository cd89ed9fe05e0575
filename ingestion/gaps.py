"""What is missing of a system's series by `marts.rpt_gaps`, and how to ask for it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import warehouse
from ingestion.window import Window

STANDS = "select to_regclass('marts.rpt_gaps')"
# what the source does not have either is not asked again
MISSING = """
select
    series_key,
    gap_from,
    gap_to,
    slot_seconds,
    slot_count
from marts.rpt_gaps
where
    system = %s
    and not is_source_gap
order by 1, 2
"""


@dataclass(frozen=True)
class Gap:
    """A missing span, made of slots that so many records fill."""

    window: Window
    slot: timedelta
    slot_count: int


Missing = Mapping[str, Sequence[Gap]]
"""The gaps of each key, oldest first."""


def missing(system: str) -> Missing:
    """Give the gaps of a system that its source may fill, as of the last dbt build."""
    with closing(warehouse.connect("reader")) as held, held.cursor() as cursor:
        cursor.execute(STANDS)
        if cursor.fetchone()[0] is None:
            raise warehouse.WarehouseError(
                "Nothing is known of gaps yet: marts.rpt_gaps comes with dbt build."
            )
        cursor.execute(MISSING, (system,))
        found: dict[str, list[Gap]] = {}
        for key, start, end, seconds, count in cursor.fetchall():
            gap = Gap(window_of(start, end), timedelta(seconds=seconds), count)
            found.setdefault(key, []).append(gap)
        return found


def window_of(start: datetime, end: datetime) -> Window:
    """Give the span between two instants, in UTC."""
    return Window(*(time.astimezone(UTC) for time in (start, end)))


def asks(
    gaps: Sequence[Gap], are_asked_together: Callable[[Window], bool]
) -> list[Window]:
    """Give the spans to ask: a gap each, or those between whose ends one ask goes."""
    asked: list[Window] = []
    for gap in gaps:
        together = Window(asked[-1].start, gap.window.end) if asked else None
        if together and are_asked_together(together):
            asked[-1] = together
        else:
            asked.append(gap.window)
    return asked
