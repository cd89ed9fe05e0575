"""`python -m ingestion SYSTEM`: land what is new, or a span again."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from datetime import datetime

import psycopg2
from dlt.pipeline.exceptions import PipelineStepFailed
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

import warehouse
from ingestion.ingest import (
    check_past,
    check_tables,
    ingest,
    may_have_gaps,
    plan,
    run_of,
)
from ingestion.report import Report
from ingestion.sources import SYSTEMS
from ingestion.window import Window, backfill, parse_time
from warehouse.errors import DISK_FULL, is_disk_full

LONGEST_WITHOUT_YES = 1_000_000
"""Minutes of gaps."""
logger = logging.getLogger(__name__)
console = Console(soft_wrap=True, highlight=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command: 0 if all went well, 1 if a key failed, 2 for a wrong call."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.columns and options.system != "plant":
        parser.error(f"{options.system} has no --columns to choose from")
    if options.gaps and (options.start or options.end):
        parser.error("--gaps asks for what is missing, whenever it is of: no --from")
    if options.query_limit and options.system != "ethereum":
        parser.error(f"{options.system} has no queries to limit by --query-limit")
    try:
        window = _window(options.start, options.end)
        check_past(options.system, window)
        check_tables(options.system, options.only)
    except ValueError as error:
        parser.error(str(error))
    try:
        warehouse.activate()
        return _run(options, window)
    except warehouse.WarehouseError as error:
        print(error, file=sys.stderr)
        return 1


def _run(options: argparse.Namespace, window: Window | None) -> int:
    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "WARNING"),
        filename=os.environ.get("LOG_FILE") or None,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    console.print(f"Writing to {warehouse.target()}")
    if options.gaps and not may_have_gaps(options.system):
        console.print(
            f"{options.system}: no gaps to ask for, since it can't be asked for a span "
            "of its past"
        )
        return 0
    if options.gaps and not options.dry_run and not options.yes:
        found = run_of(options.system, None, True).report.estimate
        if found.minutes > LONGEST_WITHOUT_YES:
            print(
                f"{options.system}: {found.sentence()}. Over a million minutes are "
                "asked for with --yes only; --dry-run says which.",
                file=sys.stderr,
            )
            return 2
    settings = {
        name: value
        for name in ("columns", "only", "query_limit")
        if (value := getattr(options, name))
    }
    run = plan if options.dry_run else _ingest
    try:
        report = run(options.system, window, only_gaps=options.gaps, **settings)
    except (PipelineStepFailed, psycopg2.Error, OSError) as error:
        if is_disk_full(error):
            console.print(DISK_FULL)
        elif isinstance(error, OSError):
            raise
        logger.exception("%s failed", options.system)
        console.print(
            f"{options.system}: {_why(error)}\n"
            "Nothing is lost: the next run loads what this one left behind.",
            markup=False,
        )
        return 1
    if report.warning:
        console.print(report.warning, markup=False)
    console.print(report.sentence())
    return 1 if report.bad or report.unset else 0


def _why(error: PipelineStepFailed | psycopg2.Error | OSError) -> str:
    if isinstance(error, OSError):
        return str(error)
    if isinstance(error, psycopg2.Error):
        reason = " ".join(str(error).split()) or type(error).__name__
        return f"the database did not go on ({reason})"
    reason = str(error.exception).strip().splitlines()[-1]
    return f"dlt could not {error.step}: {reason}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ingestion",
        description="Land what is new in schema raw; with --from, a span again.",
        epilog="Exit 0: all went well. 1: a key failed; the others landed. 2: usage.",
    )
    parser.add_argument("system", choices=SYSTEMS)
    for name, dest, text in (
        ("--from", "start", "backfill from this ISO date or time (UTC), inclusive"),
        (
            "--to",
            "end",
            "backfill to this ISO time, exclusive (default and latest: this hour)",
        ),
    ):
        parser.add_argument(name, dest=dest, metavar="T", type=parse_time, help=text)
    parser.add_argument(
        "--columns",
        type=lambda text: text.split(","),
        metavar="A,B",
        help="the signals to ask of a plant (default: its setting)",
    )
    parser.add_argument(
        "--only",
        type=lambda text: text.split(","),
        default=[],
        metavar="A,B",
        help="these tables alone: of ethereum token_transfers, tokens; "
        "of loans borrowers, loans, schedules, payments",
    )
    parser.add_argument(
        "--gaps",
        action="store_true",
        help="ask only for what marts.rpt_gaps says is missing, and not at the source",
    )
    parser.add_argument(
        "--query-limit",
        type=_count,
        metavar="N",
        help="for a trial: so many rows of each query of ethereum, which count nowhere",
    )
    parser.add_argument(
        "--yes",
        action="store_true",
        help="ask for gaps of more than a million minutes too",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only say what would be asked"
    )
    return parser


def _count(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows")
    return int(text)


def _window(start: datetime | None, end: datetime | None) -> Window | None:
    if start:
        return backfill(start, end)
    if end:
        raise ValueError("--to needs --from")
    return None


def _ingest(
    system: str, window: Window | None, *, only_gaps: bool, **settings: object
) -> Report:
    """Ingest with a bar on a terminal, a line a chunk elsewhere."""
    if not console.is_terminal or not window:
        return ingest(system, window, _print_chunk, only_gaps=only_gaps, **settings)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(system, total=1)

        def show(report: Report) -> None:
            progress.update(task, completed=report.share, description=report.sentence())

        return ingest(system, window, show, **settings)


def _print_chunk(report: Report) -> None:
    if not report.is_done:
        console.print(report.sentence())


if __name__ == "__main__":
    raise SystemExit(main())
