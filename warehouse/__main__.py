"""`python -m warehouse`: start, stop, reach and keep the warehouse."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import warehouse
from warehouse import commands, settings

NOT_ACTIVATED = (commands.stop, commands.reset, commands.doctor)
"""The first two follow only WAREHOUSE_DIR; the last looks at what is exported."""


def parser() -> argparse.ArgumentParser:
    """Return the commands and their options."""
    top = argparse.ArgumentParser(
        prog="python -m warehouse",
        description="The warehouse's database. It is embedded, beneath WAREHOUSE_DIR "
        "(default .warehouse), unless WAREHOUSE=server.",
        allow_abbrev=False,
    )
    words = top.add_subparsers(required=True, metavar="COMMAND")

    def add(run, text: str) -> argparse.ArgumentParser:  # noqa: ANN001 - a command
        command = words.add_parser(
            run.__name__, help=text, description=text, allow_abbrev=False
        )
        command.set_defaults(run=run)
        return command

    add(commands.start, "Start the database if need be, and write its env block.")
    add(commands.stop, "Stop the embedded server of WAREHOUSE_DIR, whatever PG* says.")
    add(
        commands.status,
        f"Say whether it runs: exit 0, or {commands.NOT_RUNNING} if it doesn't.",
    )
    deletion = add(commands.reset, "Stop the embedded server and delete its data.")
    address = add(commands.url, "Print the URL of a role, on one line.")
    shell = add(commands.psql, "Open psql as a role; further arguments are psql's own.")
    for command in (address, shell):
        command.add_argument(
            "--role",
            default="transformer",
            choices=[*settings.LOGINS, "admin"],
            help="default transformer, which reads raw and owns the rest; BI tools "
            "want reader; admin is the embedded server's superuser",
        )
    again = add(
        commands.rebuild,
        "Have a model's next build read again what it has read. After a change of its "
        "formula leave out the span: then rows that it no longer makes go, too.",
    )
    again.add_argument("model", help="a dbt model, such as fct_candles_1h")
    again.add_argument("--from", dest="start", type=_time, help="ISO time, inclusive")
    again.add_argument("--to", dest="end", type=_time, help="ISO time, exclusive")
    another = add(
        commands.retry, "Have loads that were set aside read again, of a model or all."
    )
    another.add_argument("model", nargs="?", help="a dbt model, such as stg_xe__rates")
    waiting = add(
        commands.pending,
        "Name the models, functions and tests that have something to do, and why.",
    )
    waiting.add_argument(
        "--vars",
        type=_variables,
        default={},
        help="dbt's variables, as YAML, such as '{loans_as_of: 2023-06-30}'",
    )
    own = add(
        commands.develop,
        "Make and grant schemas of a developer's own, by the administrator.",
    )
    own.add_argument("name", help="what goes before each schema's name, such as alice")
    own.add_argument("--drop", action="store_true", help="drop them with all in them")
    writing = add(
        commands.export,
        "Write the marts that moved since their last export as Iceberg tables.",
    )
    writing.add_argument(
        "--mart", nargs="+", default=[], help="these alone, such as fct_candles_1h"
    )
    writing.add_argument(
        "--to", help="a folder or an s3:// address; default WAREHOUSE_DIR/iceberg"
    )
    writing.add_argument(
        "--anew", action="store_true", help="begin again, whatever was exported"
    )
    saving = add(commands.backup, "Write all data to a file, as of one moment.")
    return_way = add(
        commands.restore,
        "Replace all data by a backup's, and dlt's local state with them.",
    )
    for command in (saving, return_way):
        command.add_argument("file", type=commands.path_of, metavar="FILE")
    for command in (deletion, return_way):
        command.add_argument("--yes", action="store_true", help="don't ask")
    add(
        commands.doctor,
        "Say what is wrong with the warehouse and what to type: exit 0 if nothing is.",
    )
    return top


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _variables(text: str) -> dict[str, object]:
    import yaml

    found = yaml.safe_load(text)
    if not isinstance(found, dict):
        raise argparse.ArgumentTypeError(f"{text} is not a mapping of names to values")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors are one sentence, exit 1."""
    words = parser()
    options, options.rest = words.parse_known_args(arguments)
    if options.rest and options.run is not commands.psql:
        words.error(f"unrecognized arguments: {' '.join(options.rest)}")
    try:
        if options.run not in NOT_ACTIVATED:
            warehouse.activate()
        return options.run(options)
    except warehouse.WarehouseError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error}: make the folder writable and free its disk.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
