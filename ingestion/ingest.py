"""A run of one system: chunk by chunk, under its lock, until nothing is left to ask."""

from collections.abc import Callable
from importlib import import_module
from time import monotonic
from types import ModuleType

import pyarrow as pa

from ingestion import landing
from ingestion.report import Report
from ingestion.window import Window

SYSTEMS = ("binance", "loans")


def ingest(
    system: str,
    window: Window | None = None,
    on_chunk: Callable[[Report], None] = lambda _: None,
    **settings: object,
) -> Report:
    """Land what is new, or what a backfill's window holds, and say what became of it.

    Each chunk is a dlt run of its own, so that memory does not grow with the window
    and a killed run is asked at most one chunk again. `settings` go to the system's
    source, before those of the environment.
    """
    report = Report(system, window, module_of(system).RECORDS)
    started = monotonic()
    with landing.turn(system) as connection:
        landing.make_tables(connection, raw_tables())
        pipeline = landing.pipeline(system)
        while True:
            landing.land(pipeline, module_of(system).source(report, **settings))
            report.seconds = monotonic() - started
            on_chunk(report)
            if report.is_done:
                return report


def tables_of(system: str) -> dict[str, pa.Schema]:
    """Give the raw tables of a system's pages, by name."""
    return module_of(system).TABLES


def raw_tables() -> dict[str, pa.Schema]:
    """Give the raw tables of all systems, which dbt reads even before they fill."""
    tables = {"fetches": landing.FETCH}
    for system in SYSTEMS:
        tables |= tables_of(system)
    return tables


def module_of(system: str) -> ModuleType:
    """Give the module that knows a system."""
    return import_module(f"ingestion.{system}")


def plan(system: str, window: Window | None = None, **settings: object) -> Report:
    """Give what a run would ask of each key, by dlt's state; ask and write nothing."""
    report = Report(system, window, module_of(system).RECORDS, is_dry=True)
    landing.pipeline(system).activate()
    list(module_of(system).source(report, **settings))
    return report
