"""The first day that is a partition: the one setting that definitions read.

A new warehouse remembers one when it starts, one of an earlier release at `make run`.
"""

from datetime import UTC, date, datetime

import warehouse

EARLIEST = "2024-05-20"
"""The first day where none is known: the first that the stand-ins' plant has."""


def first_day() -> date:
    """Return the first day that is a partition; raise WarehouseError if it is none."""
    name = warehouse.FIRST_DAY
    text = warehouse.environment().get(name) or EARLIEST
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day > datetime.now(UTC).date():
        raise warehouse.WarehouseError(
            f"{name} is {text}: write a day up to today, like {EARLIEST}."
        )
    return day


def settle() -> None:
    """Let a warehouse that knows no first day remember the first that landed, if any.

    Once, so that the days which are partitions stay the same.
    """
    if warehouse.environment().get(warehouse.FIRST_DAY):
        return
    from ingestion import landed, sources  # slow to import, and seldom needed

    systems = filter(landed.is_by_day, sources.SYSTEMS)
    known = [day for day in map(landed.first_day, systems) if day]
    if known:
        warehouse.remember(**{warehouse.FIRST_DAY: str(min(known))})
