"""What the commands of `python -m warehouse` do; each returns the exit status."""

import argparse
import os
import sys
from pathlib import Path

import warehouse
from warehouse import ledger
from warehouse.backup import archives, backups, restores
from warehouse.doctor import examine
from warehouse.postgres import clients, developers

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
    if not _is_agreed(options, "deletes all data of", "Nothing was deleted"):
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
    values = clients.login(options.role)
    program = clients.shell()
    sys.stdout.flush()
    os.execve(program, [program, *options.rest], values)  # noqa: S606 - no shell wanted


def rebuild(options: argparse.Namespace) -> int:
    """Have the next build of a model read again, all or a span."""
    said, models = ledger.rebuild(options.model, options.start, options.end)
    print(said)
    print(f"Now build it: dbt build --select {' '.join(f'{name}+' for name in models)}")
    return 0


def retry(options: argparse.Namespace) -> int:
    """Let the next build try again the loads that models failed for."""
    found = ledger.retry(options.model)
    for model, load in found:
        print(f"{model}: to read the load {load} again")
    models = " ".join(f"{model}+" for model in sorted({model for model, _ in found}))
    build = f"Now build it: dbt build --select {models}"
    print(build if found else "No load is set aside.")
    return 0


def pending(options: argparse.Namespace) -> int:
    """Name what a build has to do, a line each."""
    from warehouse.pending import pending as asked  # reads dbt's manifest

    found = asked(variables=options.vars)
    for each in found:
        print(f"{each.name} {each.why}")
    if found:
        print("Build it, and what follows from it: dbt build")
    else:
        print("Nothing is pending: a build has nothing to do.")
    return 0


def develop(options: argparse.Namespace) -> int:
    """Make a developer's own schemas, or drop them."""
    developers.develop(options.name, options.drop)
    schemas = f"{options.name}_staging, {options.name}_marts and the like"
    if options.drop:
        print(f"Dropped: {schemas}")
    else:
        print(f"Made: {schemas}")
        print(f"Now build into them: DBT_SCHEMA={options.name} dbt build")
    return 0


def export(options: argparse.Namespace) -> int:
    """Write marts as Iceberg tables; 1 if one of them could not be."""
    try:
        import pyiceberg  # noqa: F401 - an extra
    except ImportError as error:
        raise warehouse.WarehouseError(
            "An export needs pyiceberg, which the default install leaves out: "
            "make install-export"
        ) from error
    from warehouse.export.exports import export as exported

    failed = exported(options.mart, options.to, options.anew, print)
    for sentence in failed:
        print(sentence, file=sys.stderr)
    return 1 if failed else 0


def backup(options: argparse.Namespace) -> int:
    """Write the database to a file."""
    size = backups.backup(options.file)
    print(f"Backed up {warehouse.target()} to {options.file} ({size:,} bytes)")
    return 0


def restore(options: argparse.Namespace) -> int:
    """Make the database what a backup holds, after a question if it holds data."""
    with archives.opened(options.file) as archive:
        loss = f"replaces, with what depends on it, by {options.file} all data of"
        is_free = restores.is_empty()
        if not is_free and not _is_agreed(options, loss, "Nothing was replaced"):
            return 1
        restores.restore(archive, lambda who: print(f"Waiting for {who}", flush=True))
    print(f"Restored {options.file} into {warehouse.target()}")
    print("Now ingest what came since, then build: dbt build")
    return 0


def doctor(_: argparse.Namespace) -> int:
    """Say what is wrong with the warehouse and what to type; 1 if anything is."""
    findings = examine(print)
    for number, (what, remedy) in enumerate(findings, 1):
        print(f"{number}. {what}\n   {remedy}")
    print(f"{len(findings)} findings" if findings else "All is well")
    return 1 if findings else 0


def _is_agreed(options: argparse.Namespace, loss: str, refused: str) -> bool:
    """Ask on a terminal, unless --yes was said."""
    if options.yes:
        return True
    print(f"This {loss} {warehouse.target()}", file=sys.stderr)
    if sys.stdin.isatty() and input("Type yes to go on: ").strip() == "yes":
        return True
    print(f"{refused}: say yes, or pass --yes.", file=sys.stderr)
    return False


def path_of(text: str) -> Path:
    """Return the path of a file that a command names; raises ValueError for none."""
    if not text or "\0" in text:
        raise ValueError("a file's name")
    return Path(text).expanduser()
