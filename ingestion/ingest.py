"""A run of one system: chunk by chunk, under its lock, until nothing is left to ask."""

from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, signature
from time import monotonic

import dlt
import pyarrow as pa
from dlt.sources import DltSource
from psycopg2.extensions import connection

from ingestion import gaps, landing, notes, origins, retention, sources
from ingestion.report import Report
from ingestion.run import Run
from ingestion.settings import setting
from ingestion.window import Window
from warehouse import locks


def ingest(
    system: str,
    window: Window | None = None,
    on_chunk: Callable[[Report], None] = lambda _: None,
    *,
    only_gaps: bool = False,
    only: Sequence[str] = (),
    is_kept: bool = False,
    **settings: object,
) -> Report:
    """Land what is new, or what a backfill's window holds, and say what became of it.

    Each chunk is a dlt run of its own, so that memory does not grow with the window
    and a killed run is asked at most one chunk again. With `only_gaps` nothing is asked
    but what `marts.rpt_gaps` says is missing; with `only` nothing but these tables of
    the system, and the others' cursors stay. A backfill that `is_kept` asks nothing
    again that has landed, until the same without it has run. `settings` go to the
    system's source, before those of the environment.

    Raises:
        ValueError: a window, of a system that only serves current data; no such table.

    """
    check_tables(system, only)
    run = run_of(system, window, only_gaps)
    run.is_kept = is_kept
    report = run.report
    if report.has_no_gaps:
        return report
    started = monotonic()
    with landing.lock(system) as held:
        make_tables(held)
        landing.follow_the_database(held, system)
        pipeline = landing.pipeline(system)
        report.loads += finish(held, pipeline)
        landing.take_up(held, pipeline)
        while True:
            report.loads += landing.land(
                pipeline, source_of(run, settings, only), notes.source_of(run)
            )
            notes.leave(held, run)
            report.seconds = monotonic() - started
            if report.pages or report.unchanged:
                origins.note(held, system, report.origin, report.skew)
            on_chunk(report)
            if report.is_done:
                break
        tables = list(tables_of(system))
        # what was left out by `only` is as lost as before
        if not only and report.is_well() and (window or not may_have_gaps(system)):
            retention.accept_losses(
                [*tables, notes.table_of(system)], window.start if window else None
            )
        retention.prune(system, tables, retention_days(system))
        return report


def make_tables(held: connection) -> None:
    """Make the raw tables of all systems that are missing."""
    tables = raw_tables()
    is_shared = not landing.missing_tables(held, [notes.SHARED])
    if is_shared or landing.missing_tables(held, [*tables, *origins.TABLES]):
        with locks.making(held):
            landing.make_tables(held, tables)
            origins.make(held)
            notes.carry_over(held, sources.SYSTEMS)


def finish(held: connection, pipeline: dlt.Pipeline) -> list[str]:
    """Load what a killed run left behind; return the loads' ids."""
    if not notes.are_left_behind(pipeline.pipeline_name):
        loads = landing.land_what_is_left(pipeline)
    else:
        with locks.making(held):
            notes.make_shared(held)
            loads = landing.land_what_is_left(pipeline)
            notes.carry_over(held, sources.SYSTEMS)
    notes.forget_shared(pipeline)
    return loads


def retention_days(system: str) -> int:
    """Return for how many days a system's raw pages are kept, 0 for all time."""
    default = sources.source_of(system).retention_days
    return setting(f"SOURCES__{system}__RETENTION_DAYS".upper(), default)


def check_past(system: str, window: Window | None) -> None:
    """Raise ValueError for a window of a system that only serves current data."""
    if window and sources.source_of(system).is_only_now:
        raise ValueError(f"{system} only serves current data; --from is not supported")


def check_tables(system: str, only: Sequence[str]) -> None:
    """Raise ValueError if a system lacks one of these tables, or has a single one."""
    known = [table.removeprefix(f"{system}__") for table in tables_of(system)]
    if only and len(known) == 1:
        raise ValueError(
            f"{system} has one table, and no others to leave out by --only"
        )
    for name in only:
        if name not in known:
            raise ValueError(
                f"{system} has no table {name!r} for --only: it has {', '.join(known)}"
            )


def tables_of(system: str) -> dict[str, pa.Schema]:
    """Return the raw tables of a system's pages, by name."""
    return dict(sources.source_of(system).tables)


def raw_tables() -> dict[str, pa.Schema]:
    """Return the raw tables of all systems, which dbt reads even before they fill."""
    return {
        table: schema
        for system in sources.SYSTEMS
        for table, schema in {
            **tables_of(system),
            notes.table_of(system): landing.FETCH,
        }.items()
    }


def source_of(
    run: Run, settings: Mapping[str, object], only: Sequence[str] = ()
) -> DltSource:
    """Return a system's source, set by `settings`, else by `SOURCES__<SYSTEM>__<NAME>`.

    It has the tables in `only`, or all. Without an address of its own a system is asked
    below `SOURCES__STAND_INS`, if that is set.

    It gets all that it can be set by, its own defaults too: for what it does not get,
    dlt would also take a shell's own API_KEY or COLUMNS, and would keep what it looked
    up in its trace, secrets too.
    """
    source = sources.source_of(run.system).resources
    defaults = {
        name: parameter.default
        for name, parameter in signature(source).parameters.items()
        if parameter.default is not Parameter.empty
    }
    stand_ins = setting("SOURCES__STAND_INS", None)
    if stand_ins and "base_url" in defaults:
        defaults["base_url"] = f"{stand_ins.rstrip('/')}/{run.system}"
    values = {
        name: setting(f"SOURCES__{run.system}__{name}".upper(), default)
        for name, default in defaults.items()
    }
    values |= settings
    run.report.origin = origins.origin_of(values)
    made = source(run, **values)
    names = [f"{run.system}__{name}" for name in only]
    return made.with_resources(*names) if names else made


def run_of(system: str, window: Window | None, only_gaps: bool) -> Run:
    """Return a run that begins; raise ValueError as `check_past` does."""
    check_past(system, window)
    source = sources.source_of(system)
    run = Run(Report(system, source.records, window), window)
    if only_gaps:
        run.missing = gaps.missing(system)
        run.asks = {
            key: gaps.asks(found, source.are_asked_together)
            for key, found in run.missing.items()
        }
        run.report.has_no_gaps = not run.missing
        run.report.estimate = gaps.estimate(
            system, run.missing, run.asks, source.page_span
        )
    return run


def may_have_gaps(system: str) -> bool:
    """Whether spans of a system's past can be missing, and asked for by themselves."""
    return sources.source_of(system).are_asked_together is not None


def plan(
    system: str,
    window: Window | None = None,
    *,
    only_gaps: bool = False,
    only: Sequence[str] = (),
    **settings: object,
) -> Report:
    """Return what a run would ask of each key, by dlt's state; write nothing."""
    check_tables(system, only)
    run = run_of(system, window, only_gaps)
    run.is_dry = True
    landing.pipeline(system).activate()
    list(source_of(run, settings, only))
    run.report.planned = run.plan()
    return run.report
