"""`make run`, `stop`, `break`, `upgrade`, and backfills, in words for a person."""

import argparse
import os
import sys
from pathlib import Path

from rich.console import Console

import warehouse
from ingestion.window import parse_time
from orchestration import first_day, upstreams
from orchestration.background import SERVING
from orchestration.threads import ONE_THREAD, loading

WIDE = 120
NEXT = """
Next, from here:
  {python} -m warehouse psql --role reader
  {python} -m warehouse psql --role reader -f dbt_project/analyses/five_questions.sql
  {bin}/dbt docs generate && {bin}/dbt docs serve --host 127.0.0.1
  {bin}/dagster dev -m orchestration.definitions  (or its successor: dg dev)
  {python} -m orchestration backfill binance --from 2024-01-01 --to 2024-02-01
  make stop"""

BOARDS = """
Boards: {url}/boards"""


def main() -> int:
    """Run the command: 0 only if all of it worked."""
    parser = argparse.ArgumentParser("python -m orchestration", description=__doc__)
    commands = {"run": run, "stop": stop, "break": show_a_repair, "upgrade": upgrade}
    added = parser.add_subparsers(dest="command", required=True)
    for command in commands:
        added.add_parser(command)
    _add_backfill(added.add_parser("backfill", help="land and build a span again"))
    options = parser.parse_args()
    try:
        if options.command == "backfill":
            from orchestration import backfill

            window = backfill.asked(parser, options)
            return backfill.run(printer(), options.system, window)
        return commands[options.command]()
    except warehouse.WarehouseError as error:
        Console(stderr=True).print(error, markup=False)
        return 1


def _add_backfill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("system", metavar="SYSTEM")
    for name, dest, text in (
        ("--from", "start", "from this ISO date or time (UTC), inclusive"),
        ("--to", "end", "to this time, exclusive (default and latest: this hour)"),
    ):
        parser.add_argument(
            name,
            dest=dest,
            metavar="T",
            type=parse_time,
            required=dest == "start",
            help=text,
        )


def run() -> int:
    """Start what is needed, run the job, print what it did; 0 if all went well."""
    os.environ.update(ONE_THREAD)
    console = printer()
    warehouse.start()
    url = upstreams.start()
    warehouse.activate()
    console.print(f"Writing to {warehouse.target()}")
    console.print(f"Asking {f'the stand-ins at {url}' if url else 'the real APIs'}")
    console.print(f"Serving the marts at {_serve()}")
    with console.status("Loading dlt, dbt and Dagster"), loading():
        first_day.settle()  # before the definitions, which read it
        from orchestration import upgrades
        from orchestration.console import refresh, show_recorded
        from orchestration.tables import tables
    origins = upstreams.series(url) if url else {}
    show_recorded(console, origins)
    if upgrades.is_due():
        console.print("Carrying the tables over to this release")
        if not upgrades.upgrade():
            return 1
    outcome = refresh(console, origins)
    if outcome.is_well:
        upgrades.mark()
    if not outcome.is_built:
        console.print("Not all was built: the marts may hold what earlier builds left.")
        console.print(BOARDS.format(url=SERVING.url()))
        return 1
    for table in tables(origins, outcome.troubles, console.width):
        console.print(table, markup=False)
    bin_folder = Path(sys.executable).parent.relative_to(warehouse.ROOT)
    console.print(NEXT.format(bin=bin_folder, python=bin_folder / "python"))
    console.print(BOARDS.format(url=SERVING.url()))
    return 0 if outcome.is_well else 1


def _serve() -> str:
    """Start the service; return its address, and why it is not the usual one."""
    url = SERVING.start()
    is_usual = url.endswith(f":{SERVING.port}")
    return url if is_usual else f"{url} (port {SERVING.port} is taken)"


def printer() -> Console:
    """Return what prints for a person, or plain lines where there is no terminal."""
    is_plain = not sys.stdout.isatty()
    return Console(
        file=sys.stdout,
        highlight=False,
        soft_wrap=True,
        width=WIDE if is_plain else None,
    )


def show_a_repair() -> int:
    """Show a fault, what is said of it, and the repair; 0 if all came right again."""
    from orchestration.demo import tour

    console = printer()
    is_mended = tour(console)
    console.print(
        "\nMended: nothing is missing, nothing is in quarantine."
        if is_mended
        else "\nNot mended: see above."
    )
    return 0 if is_mended else 1


def upgrade() -> int:
    """Carry an earlier release's tables over; 0 if the build went well."""
    warehouse.start()
    warehouse.activate()
    from orchestration import upgrades

    return 0 if upgrades.upgrade() else 1


def stop() -> int:
    """Stop what `run` left running."""
    SERVING.stop()
    upstreams.stop()
    warehouse.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
