"""What the module of a system must give."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pyarrow as pa
from dlt.sources import DltSource

from ingestion.window import Window


@dataclass(frozen=True)
class Source:
    """What is particular to a system, as `SOURCE` of `ingestion/sources/<system>.py`.

    `tables` are its raw tables of pages, `<system>__<things>`, with their columns, and
    `records` is what a run calls what is in them. `resources` is dlt's source: it takes
    the `Run`, and settings by the names of its other parameters.

    Of its past: `is_only_now` if it serves none. `are_asked_together` says whether the
    gaps in a span are one ask; without it there are none to ask for. `page_span`, the
    longest span of a page, tells what such a run takes. One that is asked by days says
    in `request` what a page's request calls its key, start and end.

    Pages are kept for `retention_days` unless a setting says otherwise, 0 for all time.
    `states` has, of each table that is a state, queries of the loads that stay.
    """

    tables: Mapping[str, pa.Schema]
    records: str
    resources: Callable[..., DltSource]
    is_only_now: bool = False
    are_asked_together: Callable[[Window], bool] | None = None
    page_span: timedelta | None = None
    request: tuple[str, str, str] | None = None
    retention_days: int = 0
    states: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
