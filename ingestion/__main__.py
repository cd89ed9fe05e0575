"""`python -m ingestion SYSTEM`: land what is new, or a span again."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

import warehouse
from ingestion.ingest import SYSTEMS, ingest
from ingestion.report import Report
from ingestion.window import Window, parse_time


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command: 0 if all went well, 1 if a key failed, 2 for a wrong call."""
    options = _options(arguments)
    warehouse.activate()
    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "WARNING"),
        filename=os.environ.get("LOG_FILE") or None,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    print(f"Writing to {warehouse.target()}")  # noqa: T201
    report = _with_progress(options.system, options.window)
    print(report.sentence())
    return 1 if report.bad else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m ingestion",
        description="Land what is new in schema raw; with --from, a span again.",
        epilog="Exit 0: all went well. 1: a key failed; the others landed. 2: usage.",
    )
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("--from", dest="start", metavar="T", type=parse_time,
                        help="backfill from this ISO time (UTC), inclusive")
    parser.add_argument("--to", dest="end", metavar="T", type=parse_time,
                        help="backfill up to this ISO time, exclusive (default: now)")
    parser.add_argument("--dry-run", action="store_true",
                        help="say what would be asked, and ask nothing")
    options = parser.parse_args(arguments)
    options.window = None
    if options.end and not options.start:
        parser.error("--to needs --from")
    if options.start:
        now = datetime.now(UTC)
        try:
            options.window = Window(options.start, min(options.end or now, now))
        except ValueError as error:
            parser.error(str(error))
    return options
