"""`python -m orchestration backfill`: a span landed and built, chunk by chunk.

While a chunk is built the next one lands. What has landed is in dlt's state, what
has been built in the ledger: after a kill the same command goes on where it was.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import psycopg2
from dlt.pipeline.exceptions import PipelineStepFailed
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

import warehouse
from ingestion.ingest import check_past, ingest
from ingestion.report import Report
from ingestion.sources import SYSTEMS
from ingestion.window import Window, backfill
from orchestration.builder import CHUNK, REST, Builder, BuildError


def asked(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Window:
    """Return the span that a command asks for; end as argparse does if it is none."""
    if options.system not in SYSTEMS:
        parser.error(f"no system {options.system!r}: there are {', '.join(SYSTEMS)}")
    try:
        window = backfill(options.start, options.end)
        check_past(options.system, window)
    except ValueError as error:
        parser.error(str(error))
    return window


def run(console: Console, system: str, window: Window) -> int:
    """Land and build a span; 0 if all of it went well."""
    warehouse.activate()
    console.print(f"Writing to {warehouse.target()}")
    again = (
        f"python -m orchestration backfill {system} "
        f"--from {window.start:%Y-%m-%dT%H:%M:%S} --to {window.end:%Y-%m-%dT%H:%M:%S}"
    )
    try:
        report = _land_and_build(console, system, window)
    except (BuildError, PipelineStepFailed, psycopg2.Error) as error:
        what = "build" if isinstance(error, BuildError) else "landing"
        reason = " ".join(str(error).split())
        console.print(
            f"{system}: the {what} of a chunk failed: {reason}\n"
            f"What has landed is not asked again. Repeat: {again}",
            markup=False,
        )
        return 1
    if report.bad or report.unset:
        console.print(f"Not all landed. Repeat: {again}", markup=False)
        return 1
    return 0


def _land_and_build(console: Console, system: str, window: Window) -> Report:
    """Land chunk by chunk, build each while the next lands, test all that reads it."""
    started = monotonic()
    with Builder(system) as builder:
        with _bar(console, system) as show:

            def build(report: Report) -> None:
                show(report)
                builder.begin(CHUNK)

            report = ingest(system, window, build, is_kept=True)
            builder.wait()
        report.seconds = monotonic() - started
        console.print(f"Landed and built {report.sentence()}", markup=False)
        if report.warning:
            console.print(report.warning, markup=False)
        started = monotonic()
        with console.status("Building all that reads it, and testing"):
            builder.begin(REST)
            tests = builder.wait()
        seconds = monotonic() - started
        console.print(f"Built all that reads it; {tests} in {seconds:.1f} s")
    if not report.bad and not report.unset:
        ingest(system, window)  # which asks nothing, and says that it is over
    return report


@contextmanager
def _bar(console: Console, system: str) -> Iterator:
    """Return what shows a report: a bar on a terminal, nothing elsewhere."""
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(system, total=1)
        yield lambda report: progress.update(
            task, completed=report.share, description=report.sentence()
        )
