"""The life of the warehouse: start, stop, status, reset."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warehouse import block, env_file, settings, state
from warehouse.account import remove
from warehouse.errors import WarehouseError
from warehouse.postgres import connections, embedded, postmaster, roles

OURS = (
    *("server", "server.json", "postgresql.conf", "pg_hba.conf", "dlt", "dagster"),
    "iceberg",
    *("postgresql-*", "copying-*", "making-*"),
)
"""What `reset` deletes; a user's own files in WAREHOUSE_DIR stay."""
DAGSTER = settings.ROOT / "orchestration" / "dagster.yaml"
FIRST_DAY = "SOURCES__FIRST_DAY"
"""The first day that is a partition on Dagster's pages."""
FIRST_DAYS = 2
"""How many days before its first a new warehouse has it, where it is not set."""


def start() -> None:
    """Bring the warehouse up and write its env block; harmless if it is up.

    A server of the user's own is only asked whether it answers and is new enough,
    and its credentials stay where the user put them. Raises WarehouseError with what
    to do if it can't be brought up.
    """
    directory = settings.warehouse_dir()
    if settings.kind() == "server":
        with closing(connections.connect()) as server:
            roles.check_version(server)
        with state.exclusive(directory):
            block.write(directory, _furnish(directory))
        return
    with state.exclusive(directory) as lock:
        embedded.ensure(directory, lock)
        remembered = _furnish(directory)
        block.write(directory, {**settings.embedded(directory), **remembered})


def stop() -> None:
    """Stop the embedded server of WAREHOUSE_DIR, if it runs."""
    directory = settings.warehouse_dir()
    if directory.is_dir():
        with state.exclusive(directory):
            _stop(directory)


def status() -> bool:
    """Say whether the warehouse takes connections."""
    if settings.kind() == "embedded":
        return postmaster.is_ready(embedded.cluster(settings.warehouse_dir()).data)
    try:
        connections.connect().close()
    except WarehouseError:
        return False
    return True


def reset() -> None:
    """Stop the embedded server and delete its data, dlt's and Dagster's state with it.

    Raises WarehouseError with WAREHOUSE=server, whose data aren't ours to delete.
    """
    if settings.kind() == "server":
        raise WarehouseError(
            "With WAREHOUSE=server nothing is deleted: drop the database yourself, or "
            "unset WAREHOUSE to reset the embedded server."
        )
    directory = settings.warehouse_dir()
    with state.exclusive(directory):
        _stop(directory)
        home = embedded.cluster(directory).home
        if home != directory:
            remove(home)
        for pattern in OURS:
            for path in directory.glob(pattern):
                remove(path)
        env_file.write_block(settings.env_path(directory), {})


def _stop(directory: Path) -> None:
    here = embedded.cluster(directory)
    if postmaster.runs(here.data):
        here.stop()


def write_dagster_settings(home: Path) -> None:
    """Write our settings for Dagster into the home where its records are to lie.

    Its processes let an .env set DAGSTER_HOME anew, so the path is in them.
    """
    text = DAGSTER.read_text().replace("{env: DAGSTER_HOME}", json.dumps(str(home)))
    (home / "dagster.yaml").write_text(text)


def _furnish(directory: Path) -> dict[str, str]:
    """Make the folders of dlt and Dagster and give Dagster its settings.

    Return what a new warehouse is to remember.
    """
    is_new = not (directory / "dagster").exists()
    for name in ("dlt", "dagster"):
        (directory / name).mkdir(mode=0o700, exist_ok=True)
    if DAGSTER.exists():
        write_dagster_settings(directory / "dagster")
    if not is_new or settings.environment().get(FIRST_DAY):
        return {}
    return {FIRST_DAY: f"{datetime.now(UTC).date() - timedelta(days=FIRST_DAYS)}"}
