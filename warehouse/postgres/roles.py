"""Roles, schemas and grants in any PostgreSQL from 16 on."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.errors import WarehouseError
from warehouse.settings import DATABASE

if TYPE_CHECKING:
    from psycopg2.extensions import connection

SCRIPT = Path(__file__).with_name("roles.sql")
OLDEST = 16
LOCK = 0x7469636B
"""Roles are the server's, not a database's: one provisioning at a time."""
PINNED = "pg_catalog, pg_temp"
"""Where an administrator's session looks: functions of others, whose arguments may fit
a call better than those of PostgreSQL's own, would run with all its rights."""
OPTIONS = f"-c search_path={PINNED.replace(' ', '')}"


def fingerprint() -> str:
    """Return what changes when the role script does."""
    return hashlib.sha256(SCRIPT.read_bytes()).hexdigest()


def provision(
    admin: "str | connection",
    database: str = DATABASE,
    passwords: Mapping[str, str] | None = None,
) -> None:
    """Make the database, if need be, with the four roles, schemas and grants.

    `admin` is a URL, or an open connection in autocommit, of a role that may create
    roles and databases. `passwords` are by role; a role without one keeps its own.
    Raises WarehouseError for a server older than 16.
    """
    import psycopg2

    with _opened(admin) as server:
        check_version(server)
        parameters = {**server.info.dsn_parameters, "password": server.info.password}
        with server.cursor() as cursor:
            cursor.execute(f"set search_path = {PINNED}")
            cursor.execute("select pg_advisory_lock(%s)", [LOCK])
            try:
                _create(server, database)
                inside = psycopg2.connect(
                    **{**parameters, "dbname": database, "options": OPTIONS}
                )
                with closing(inside):
                    _run_script(inside, passwords or {})
            finally:
                cursor.execute("select pg_advisory_unlock(%s)", [LOCK])


def check_version(server: "connection") -> None:
    """Raise WarehouseError if the server is too old."""
    major = server.server_version // 10000
    if major < OLDEST:
        raise WarehouseError(
            f"The server is PostgreSQL {major}, and Tickhouse needs {OLDEST} or "
            "later: upgrade it, or use the embedded server with WAREHOUSE=embedded."
        )


@contextmanager
def _opened(admin: "str | connection") -> Iterator["connection"]:
    import psycopg2

    if not isinstance(admin, str):
        yield admin
        return
    with closing(psycopg2.connect(admin, options=OPTIONS)) as server:
        server.autocommit = True
        yield server


def _create(server: "connection", database: str) -> None:
    from psycopg2.sql import SQL, Identifier

    with server.cursor() as cursor:
        cursor.execute("select from pg_database where datname = %s", [database])
        if cursor.rowcount == 0:
            statement = SQL("create database {}").format(Identifier(database))
            cursor.execute(statement)


def _run_script(database: "connection", passwords: Mapping[str, str]) -> None:
    """Run the script; no password goes over the wire or into a log, only its hash."""
    from psycopg2.extensions import encrypt_password

    database.autocommit = True
    with database.cursor() as cursor:
        for role, password in passwords.items():
            verifier = encrypt_password(password, role, database, "scram-sha-256")
            setting = f"tickhouse.{role}_password"
            cursor.execute("select set_config(%s, %s, false)", [setting, verifier])
        cursor.execute(SCRIPT.read_text(encoding="utf-8"))
