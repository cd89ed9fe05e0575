"""What is missing of a system's series by `marts.rpt_gaps`, and how to ask for it."""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import warehouse
from ingestion.window import Window

HAS_GAPS = "select to_regclass('marts.rpt_gaps')"
# what the source does not have either is not asked again
MISSING = """
select
    series_key,
    gap_from,
    gap_to,
    slot_seconds,
    slot_count,
    missing_count
from marts.rpt_gaps
where
    system = %s
    and not is_source_gap
order by 1, 2
"""


# a page's seconds of late, by the clock, its share of what was asked with it
TOOK = """
select sum(late.seconds) / nullif(sum(late.pages), 0)
from (
    select
        seconds,
        pages
    from marts.fct_loads
    where system = %s and pages > 0
    order by loaded_at desc
    limit 100
) as late
"""
HAS_LOADS = "select to_regclass('marts.fct_loads')"


@dataclass(frozen=True)
class Gap:
    """A missing span, made of slots that so many records fill; how many it lacks."""

    window: Window
    slot: timedelta
    slot_count: int
    missing_count: int = 0


Missing = Mapping[str, Sequence[Gap]]
"""The gaps of each key, oldest first."""


def missing(system: str) -> Missing:
    """Return a system's gaps that its source may fill, as of the last dbt build."""
    with closing(warehouse.connect("reader")) as held, held.cursor() as cursor:
        cursor.execute(HAS_GAPS)
        if cursor.fetchone()[0] is None:
            raise warehouse.WarehouseError(
                "Nothing is known of gaps yet: marts.rpt_gaps comes with dbt build."
            )
        cursor.execute(MISSING, (system,))
        found: dict[str, list[Gap]] = {}
        for key, start, end, seconds, *counts in cursor.fetchall():
            gap = Gap(window_of(start, end), timedelta(seconds=seconds), *counts)
            found.setdefault(key, []).append(gap)
        return found


@dataclass(frozen=True)
class Estimate:
    """What asking for gaps takes: pages, and the seconds that such many took lately.

    `seconds` is None where nothing was ever asked that took any.
    """

    records: int
    pages: int
    minutes: float
    seconds: float | None

    def sentence(self) -> str:
        """Say it, and where it comes from."""
        missing = f"{self.records:,} records are missing, {self.pages:,} pages to ask"
        if self.seconds is None:
            return f"{missing}, and how long that takes is not known yet"
        return (
            f"{missing}, about {_span(self.seconds)} by what its last loads took a page"
        )


def _span(seconds: float) -> str:
    """Return a length of time in seconds, minutes or hours, for a person."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.1f} {unit}"
    return f"{max(seconds, 1):.0f} s"


def estimate(
    system: str,
    missing: Missing,
    asks: Mapping[str, Sequence[Window]],
    page_span: timedelta | None,
) -> Estimate:
    """Return what asking takes; a page is of `page_span`, or else of an ask."""
    lengths = [ask.end - ask.start for spans in asks.values() for ask in spans]
    pages = sum(math.ceil(length / page_span) if page_span else 1 for length in lengths)
    with closing(warehouse.connect("reader")) as held, held.cursor() as cursor:
        cursor.execute(HAS_LOADS)
        seconds = None
        if cursor.fetchone()[0] is not None:
            cursor.execute(TOOK, (system,))
            (seconds,) = cursor.fetchone()
    return Estimate(
        sum(gap.missing_count for found in missing.values() for gap in found),
        pages,
        sum(lengths, timedelta()) / timedelta(minutes=1),
        None if seconds is None else pages * seconds,
    )


def window_of(start: datetime, end: datetime) -> Window:
    """Return the span between two instants, in UTC."""
    return Window(*(time.astimezone(UTC) for time in (start, end)))


def asks(
    gaps: Sequence[Gap], are_asked_together: Callable[[Window], bool]
) -> list[Window]:
    """Return the spans to ask: a gap each, or those between whose ends one ask goes."""
    asked: list[Window] = []
    for gap in gaps:
        together = Window(asked[-1].start, gap.window.end) if asked else None
        if together and are_asked_together(together):
            asked[-1] = together
        else:
            asked.append(gap.window)
    return asked
