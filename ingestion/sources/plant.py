"""Readings of a plant's wind turbines, each turbine at an address of its own.

`GET <base URL>/<turbine>/data` gives all rows from `start_timestamp`, inclusive, to
`end_timestamp`, exclusive, in no promised order and in one answer, however long the
span: a day a page keeps it short. With `columns` a row is the timestamp and those
columns, without them it is wrapped as `{"Data": {...}}`. Columns that it does not know
are left out; only such ones are refused, with 400 and a `detail`.

A time without an offset is UTC, or of the zone that a setting gives the turbine. A page
is of the periods that begin in its span: where a stamp names a period's end, the plant
is asked for stamps so much later.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from math import isnan

import dlt
import pyarrow as pa

from ingestion import http, keys
from ingestion.gaps import Gap
from ingestion.keys import Page
from ingestion.landing import PAGE, as_page
from ingestion.plant_stamps import Stamps, by_turbine
from ingestion.retractions import Claim
from ingestion.run import Run
from ingestion.source import Source
from ingestion.window import Window, days, midnight

TURBINES = ("T01",)
COLUMNS = ("wind_speed", "power", "ambient_temperature")
FIRST_DAYS = 2
TAIL_DAYS = 2
TURBINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
REFUSALS = (*http.REFUSALS, 422)
# beyond it staging rejects a value
SMALLEST, LARGEST = 1e-300, 1e100
MART = "marts.fct_turbine_readings_1m"
STORED = """
select signal, read_at
from marts.fct_turbine_readings_1m
where
    turbine_id = %(key)s
    and signal = any(%(series)s)
    and read_at >= %(start)s
    and read_at < %(end)s
"""


@dlt.resource
def plant__readings(
    run: Run,
    turbines: Sequence[str],
    base_url: str,
    columns: Sequence[str],
    first: datetime,
    tail: timedelta,
    stamps_of: Callable[[str], Stamps],
) -> Iterator[pa.Table]:
    """Yield a chunk of pages of readings, each turbine from its own cursor.

    Each run asks the last `tail` again, whole days, since readings come late and get
    revised. A backfill goes over the run's window instead, to the second.
    """
    spans = keys.spans(run, turbines, first, tail)
    if not run.window:
        spans = {
            turbine: (midnight(start), end.replace(second=0, microsecond=0))
            for turbine, (start, end) in spans.items()
        }
    yield from keys.read(
        run,
        spans,
        lambda turbine, asked: readings(
            base_url,
            turbine,
            columns,
            asked,
            (run.missing or {}).get(turbine, ()),
            stamps_of,
        ),
    )


def readings(
    base_url: str,
    turbine: str,
    columns: Sequence[str],
    asked: Window,
    missing: Sequence[Gap] = (),
    stamps_of: Callable[[str], Stamps] = lambda _: Stamps(),
) -> Iterator[Page]:
    """Yield the pages of a turbine's readings in a span, a UTC day each, oldest first.

    Of what was `missing`, each page of a day that is over says what the plant lacks.

    Raises:
        RefusedError: the plant will not answer this, or we will not ask it.
        FailedError: it did not answer now, or with something else.

    """
    _refuse_odd_names(turbine, columns)
    stamps = stamps_of(turbine)
    for day in days(asked):
        answer = http.get(
            f"{base_url.rstrip('/')}/{turbine}/data",
            {
                "start_timestamp": _iso(day.start + stamps.delay),
                "end_timestamp": _iso(day.end + stamps.delay),
                "columns": [*columns],
            },
        )
        rows = rows_of(answer)
        known_at = answer.known_at
        is_over = midnight(day.start) + timedelta(days=1) + stamps.delay <= known_at
        yield Page(
            row=as_page(
                {
                    "turbine": turbine,
                    "start": _iso(day.start),
                    "end": _iso(day.end),
                    "columns": [*columns],
                    **stamps.request,
                },
                answer,
            ),
            records=len(rows),
            reached=day.end,
            is_last=day.end == asked.end,
            gaps=lacking(day, rows, missing, stamps) if is_over else (),
            claims=claims(turbine, columns, day, rows, stamps, known_at),
            dedup_key=_dedup_key(columns, day, rows, stamps, known_at),
        )


def _dedup_key(
    columns: Sequence[str],
    day: Window,
    rows: Sequence[object],
    stamps: Stamps,
    known_at: datetime,
) -> str:
    """Return what tells a page apart beyond its body.

    That is whether the day is over, and of how many readings it is not yet time. An end
    that moves says nothing more, as long as no other reading comes.
    """
    known_to = known_at - stamps.delay
    times = stamps.times([_stamp(row) for row in rows], day)
    counts = [
        sum(time is not None and time > end for time in times)
        for end in (known_to, day.end)
    ]
    is_over = midnight(day.start) + timedelta(days=1) <= known_to
    asked = {"columns": [*columns], **stamps.request}
    return f"{_iso(day.start)} {json.dumps(asked)} {is_over} {counts}"


def claims(
    turbine: str,
    columns: Sequence[str],
    day: Window,
    rows: Sequence[object],
    stamps: Stamps,
    known_at: datetime,
) -> tuple[Claim, ...]:
    """Return what a page claims of a day: of those signals that its rows have.

    Without rows these are all that were asked; where a row has no time it is nothing.
    """
    times = stamps.times([_stamp(row) for row in rows], day)
    end = min(day.end, known_at - stamps.delay)
    if not all(times) or day.start >= end:
        return ()
    series: dict[str, set[datetime]] = {} if rows else {name: set() for name in columns}
    for row, time in zip(rows, times, strict=True):
        for signal in _reading(row).keys() - {"timestamp", "id"}:
            series.setdefault(signal, set()).add(time)
    return (Claim(MART, STORED, turbine, day.start, end, series),)


def lacking(
    day: Window, rows: Sequence[object], missing: Sequence[Gap], stamps: Stamps
) -> tuple[Window, ...]:
    """Return the spans of a day that a complete answer has nothing more in.

    Without readings that staging can use that is the day, else those slots of gaps that
    have too few of them.
    """
    stamped = stamps.times([_stamp(row) for row in rows], day)
    times = {
        time
        for row, time in zip(rows, stamped, strict=True)
        if time and _is_usable(row)
    }
    if not times:
        return (day,)
    found: list[Window] = []
    for gap in missing:
        start, end = max(gap.window.start, day.start), min(gap.window.end, day.end)
        while start < end:
            slot = Window(start, min(start + gap.slot, end))
            if sum(slot.start <= time < slot.end for time in times) < gap.slot_count:
                if found and found[-1].end == slot.start:
                    slot = Window(found.pop().start, slot.end)
                found.append(slot)
            start += gap.slot
    return tuple(found)


def are_asked_together(span: Window) -> bool:
    """Whether the gaps in a span are one ask: within a UTC day, which is a page."""
    return span.end <= midnight(span.start) + timedelta(days=1)


def rows_of(answer: http.Answer) -> list[object]:
    """Return the rows of an answer, which may hold NaN and Infinity as bare words.

    Raises:
        RefusedError, FailedError: the answer is no list.

    """
    try:
        # Python refuses whole numbers of thousands of digits
        body = json.loads(answer.body, parse_int=float)
    except (ValueError, RecursionError):
        body = None
    if answer.status == 200 and isinstance(body, list):
        return body
    detail = body.get("detail") if isinstance(body, dict) else None
    said = f"HTTP {answer.status}: {detail}"
    if answer.status in REFUSALS:
        raise http.RefusedError(said)
    raise http.FailedError(f"no list of readings ({said})")


def _is_usable(row: object) -> bool:
    """Whether staging can use a signal of a row; a missing value is one."""
    signals = _reading(row)
    return isinstance(signals, dict) and any(
        _is_number(value)
        for signal, value in signals.items()
        if signal not in ("timestamp", "id") and len(signal) <= keys.MOST_CHARACTERS
    )


def _is_number(value: object) -> bool:
    try:
        number = 0.0 if value is None else abs(float(str(value)))
        return number == 0 or SMALLEST <= number < LARGEST or isnan(number)
    except ValueError:
        return False


def _reading(row: object) -> object:
    is_wrapped = isinstance(row, dict) and isinstance(row.get("Data"), dict)
    return row["Data"] if is_wrapped else row


def _stamp(row: object) -> object:
    row = _reading(row)
    return row.get("timestamp") if isinstance(row, dict) else None


def _refuse_odd_names(turbine: str, columns: Sequence[str]) -> None:
    """Refuse what would ask another address, or more than columns."""
    if not TURBINE.fullmatch(turbine):
        raise http.RefusedError("not asked: a turbine's id is letters, digits, _ and -")
    for column in columns:
        if not COLUMN.fullmatch(column):
            raise http.RefusedError(f"not asked: {column!r} can't be a column's name")


def _iso(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


@dlt.source(name="plant", max_table_nesting=0)
def source(
    run: Run,
    turbines: Sequence[str] = TURBINES,
    base_url: str | None = None,
    columns: Sequence[str] = COLUMNS,
    first_days: int = FIRST_DAYS,
    tail_days: int = TAIL_DAYS,
    zones: str | None = None,
    sampling_seconds: str | None = None,
    stamps: str | None = None,
) -> Iterator[dlt.sources.DltResource]:
    """Return the resources; `SOURCES__PLANT__*` sets what is not given.

    The last three are JSON objects of a value a turbine.
    """
    settings = by_turbine(zones, sampling_seconds, stamps)
    yield plant__readings(
        run,
        turbines if run.has(base_url=base_url) else (),
        base_url or "",
        columns,
        first=midnight(run.now) - timedelta(days=first_days),
        tail=timedelta(days=tail_days),
        stamps_of=lambda turbine: Stamps.of(turbine, *settings),
    )


SOURCE = Source(
    tables={"plant__readings": PAGE},
    records="readings",
    resources=source,
    are_asked_together=are_asked_together,
    page_span=timedelta(days=1),
    request=("turbine", "start", "end"),
)
