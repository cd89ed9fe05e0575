"""`python -m warehouse`: start, stop and reach the warehouse."""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import warehouse
from warehouse import binaries, ledger, settings
from warehouse.urls import variables_of

NOT_RUNNING = 3


def start(_: argparse.Namespace) -> int:
    """Start the warehouse and say where it is."""
    warehouse.start()
    print(f"Running: {warehouse.target()}")
    return 0


def stop(_: argparse.Namespace) -> int:
    """Stop the embedded server."""
    warehouse.stop()
    print(f"Stopped: the embedded server of {warehouse.warehouse_dir()}")
    return 0


def status(_: argparse.Namespace) -> int:
    """Say whether the warehouse runs."""
    running = warehouse.status()
    print(f"{'Running' if running else 'Not running'}: {warehouse.target()}")
    return 0 if running else NOT_RUNNING


def reset(options: argparse.Namespace) -> int:
    """Delete the embedded server's data, after a question."""
    if not options.yes:
        print(f"This deletes all data of {warehouse.target()}", file=sys.stderr)
        if not sys.stdin.isatty() or input("Type yes to go on: ").strip() != "yes":
            print("Nothing was deleted: say yes, or pass --yes.", file=sys.stderr)
            return 1
    warehouse.reset()
    print(f"Deleted: the warehouse in {warehouse.warehouse_dir()}")
    return 0


def url(options: argparse.Namespace) -> int:
    """Print one line: the role's URL."""
    print(warehouse.url(options.role))
    return 0


def psql(options: argparse.Namespace) -> int:
    """Become psql, with the role's login in its environment."""
    values = {**warehouse.environment(), **variables_of(warehouse.url(options.role))}
    program = str(binaries.installed() / "psql")
    if values["WAREHOUSE"] == "server":  # the bundled one has no TLS
        program = shutil.which("psql") or program
    sys.stdout.flush()
    os.execve(program, [program, *options.rest], values)  # noqa: S606 - no shell wanted


def rebuild(options: argparse.Namespace) -> int:
    """Have the next build of a model read again, all or a span."""
    print(ledger.rebuild(options.model, options.start, options.end))
    print(f"Now build it: dbt build --select {options.model}+")
    return 0


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def parser() -> argparse.ArgumentParser:
    """Return the commands and their options."""
    top = argparse.ArgumentParser(
        prog="python -m warehouse",
        description="The warehouse's database. It is embedded, beneath WAREHOUSE_DIR "
        "(default .warehouse), unless WAREHOUSE=server.",
        allow_abbrev=False,
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def add(run, text: str) -> argparse.ArgumentParser:  # noqa: ANN001 - a command above
        command = commands.add_parser(
            run.__name__, help=text, description=text, allow_abbrev=False
        )
        command.set_defaults(run=run)
        return command

    add(start, "Start the database if it doesn't run, and write its env block.")
    add(stop, "Stop the embedded server of WAREHOUSE_DIR, whatever PG* says.")
    add(status, f"Say whether it runs: exit 0, or {NOT_RUNNING} if it doesn't.")
    deletion = add(reset, "Stop the embedded server and delete its data.")
    deletion.add_argument("--yes", action="store_true", help="don't ask")
    address = add(url, "Print the URL of a role, on one line.")
    shell = add(psql, "Open psql as a role; further arguments are psql's own.")
    for command in (address, shell):
        command.add_argument(
            "--role",
            default="transformer",
            choices=[*settings.ROLES, "admin"],
            help="default transformer, which reads raw and owns the rest; BI tools "
            "want reader; admin is the embedded server's superuser",
        )
    again = add(rebuild, "Have a model's next build read again what it has read.")
    again.add_argument("model", help="a dbt model, such as fct_candles_1h")
    again.add_argument("--from", dest="start", type=_time, help="ISO time, inclusive")
    again.add_argument("--to", dest="end", type=_time, help="ISO time, exclusive")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors are one sentence, exit 1."""
    commands = parser()
    options, options.rest = commands.parse_known_args(arguments)
    if options.rest and options.run is not psql:
        commands.error(f"unrecognized arguments: {' '.join(options.rest)}")
    try:
        if options.run not in (stop, reset):  # these two follow WAREHOUSE_DIR alone
            warehouse.activate()
        return options.run(options)
    except warehouse.WarehouseError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error}: make the place writable and free its disk.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
