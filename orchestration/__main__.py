"""`make run` and `make stop`: the job `refresh` once, told to a person."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

import warehouse
from orchestration import upstreams

WIDE = 120
NEXT = """
Next, from here:
  {python} -m warehouse psql --role reader
  {python} -m warehouse psql --role reader -f dbt_project/analyses/five_questions.sql
  {bin}/dbt docs generate && {bin}/dbt docs serve --host 127.0.0.1
  {bin}/dagster dev -m orchestration.definitions
  {python} -m ingestion binance --from 2024-01-01 --to 2024-02-01 && {bin}/dbt build
  make stop"""


def main() -> int:
    """Run the command: 0 only if all of it worked."""
    parser = argparse.ArgumentParser("python -m orchestration", description=__doc__)
    parser.add_argument("command", choices=["run", "stop"])
    command = parser.parse_args().command
    try:
        return run() if command == "run" else stop()
    except warehouse.WarehouseError as error:
        Console(stderr=True).print(error, markup=False)
        return 1


def run() -> int:
    """Start what is needed, run the job, tell what it did; 0 if all went well."""
    is_plain = not sys.stdout.isatty()
    console = Console(
        file=sys.stdout,
        highlight=False,
        soft_wrap=True,
        width=WIDE if is_plain else None,
    )
    warehouse.start()
    url = upstreams.start()
    warehouse.activate()
    console.print(f"Writing to {warehouse.target()}")
    console.print(f"Asking {f'the stand-ins at {url}' if url else 'the real APIs'}")
    with console.status("Loading dlt, dbt and Dagster"):
        from orchestration.tables import tables
        from orchestration.telling import refresh, show_recorded
    origins = upstreams.series(url) if url else {}
    show_recorded(console, origins)
    is_well = refresh(console, origins)
    for table in tables(origins):
        console.print(table)
    bin_folder = Path(sys.executable).parent.relative_to(warehouse.ROOT)
    console.print(NEXT.format(bin=bin_folder, python=bin_folder / "python"))
    return 0 if is_well else 1


def stop() -> int:
    """Stop what `run` left running."""
    upstreams.stop()
    warehouse.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
