"""A throwaway server for a test session, and a fresh database on it for each test."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2

from warehouse import ROOT, provision
from warehouse.settings import LOGINS
from warehouse.state import load
from warehouse.urls import url_of

FOREIGN = (
    *("PG", "WAREHOUSE", "LOADER_", "READER_", "EXPORTER_", "EXPORT__", "PYICEBERG_"),
    *("LOG_", "DLT_", "DBT_", "DAGSTER_"),
    *("SOURCES__", "DESTINATION__", "RUNTIME__", "EXTRACT__", "NORMALIZE__", "LOAD__"),
    *("PROGRESS", "GOOGLE_", "CLOUDSDK_", "BIGQUERY_", "PYTHON_DOTENV_"),
)
"""Settings that could lead to another warehouse or source than the test's.

With the last one dbt reads no `.env`: as in tests, but not in what tests start."""


@contextmanager
def throwaway_server(folder: Path) -> Iterator[Path]:
    """Run an embedded server with WAREHOUSE_DIR=`folder`; afterwards it is deleted.

    It doesn't wait for the disk, since its data need not outlive the session, and
    proves passwords in one round, which thousands of sessions of tests wait for.
    """
    run_warehouse(folder, "start")
    try:
        with closing(_admin(folder)) as admin, admin.cursor() as cursor:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                cursor.execute(f"alter system set {setting} = off")
            cursor.execute("alter system set scram_iterations = 1")
            cursor.execute("select pg_reload_conf(); set scram_iterations = 1")
            for role, password in load(folder).passwords.items():
                cursor.execute(f"alter role {role} password %s", [password])
        yield folder
    finally:
        run_warehouse(folder, "reset", "--yes")


@contextmanager
def fresh_database(server: Path, folder: Path) -> Iterator[dict[str, str]]:
    """Make a provisioned database; yield the variables that point at it.

    They are settings of WAREHOUSE=server, to be laid over a process environment;
    `folder` becomes WAREHOUSE_DIR, with dlt's and Dagster's files in it.
    """
    state = load(server)
    name = f"test_{uuid.uuid4().hex[:12]}"
    logins = {
        role: {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(state.port),
            "PGDATABASE": name,
            "PGUSER": role,
            "PGPASSWORD": state.passwords[role],
        }
        for role in LOGINS
    }
    with closing(_admin(server)) as admin:
        provision(admin, name)
        try:
            yield {
                "WAREHOUSE": "server",
                "WAREHOUSE_DIR": str(folder),
                "DLT_DATA_DIR": str(folder / "dlt"),
                **logins["transformer"],
                "LOADER_URL": url_of(logins["loader"]),
                "READER_URL": url_of(logins["reader"]),
                "EXPORTER_URL": url_of(logins["exporter"]),
            }
        finally:
            with admin.cursor() as cursor:
                cursor.execute(f"drop database {name} with (force)")


def clean_environment(**values: str) -> dict[str, str]:
    """Return this process's environment without what could lead a test elsewhere."""
    left = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(FOREIGN)
    }
    return {**left, **values}


def run_warehouse(folder: Path, *words: str) -> str:
    """Run `python -m warehouse` for the WAREHOUSE_DIR `folder`."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "warehouse", *words],
        cwd=ROOT,
        env=clean_environment(WAREHOUSE_DIR=str(folder), WAREHOUSE="embedded"),
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def _admin(server: Path) -> "psycopg2.extensions.connection":
    state = load(server)
    admin = psycopg2.connect(
        host="127.0.0.1",
        port=state.port,
        dbname="postgres",
        user="admin",
        password=state.passwords["admin"],
    )
    admin.autocommit = True
    return admin
