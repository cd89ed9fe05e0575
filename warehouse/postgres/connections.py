"""How the warehouse is reached: a URL or a connection for each role."""

from typing import TYPE_CHECKING

from warehouse import settings, state
from warehouse.errors import WarehouseError
from warehouse.postgres import binaries, roles
from warehouse.urls import url_of
from warehouse.waiting import PATIENCE, waiting_for

if TYPE_CHECKING:
    from psycopg2.extensions import connection

ADMIN = "admin"

UNMISTAKABLE = {
    "hostaddr": "127.0.0.1",
    "sslmode": "disable",
    "gssencmode": "disable",
    "options": "",
    "target_session_attrs": "any",
}
"""For the embedded server: what libpq would else take from the environment."""


def url(role: str = "transformer") -> str:
    """Return the postgresql:// URL of loader, transformer, reader or exporter.

    `admin` is the embedded server's superuser. Raises WarehouseError for another
    role, and before the first start.
    """
    values = settings.environment()
    if role not in (*settings.LOGINS, ADMIN):
        raise WarehouseError(
            f"There is no role {role}: use {', '.join(settings.LOGINS)} or {ADMIN}."
        )
    if role == ADMIN:
        return _admin_url(values)
    if role == settings.EXPORTER:
        return _exporter_url(values)
    if "PGHOST" not in values:
        raise _not_started()
    named = {"loader": "LOADER_URL", "reader": "READER_URL"}
    return values[named[role]] if role in named else url_of(values)


def connect(
    role: str = "transformer",
    application_name: str = "tickhouse",
    database: str | None = None,
) -> "connection":
    """Open a psycopg2 connection; raises WarehouseError if nobody answers.

    `database` is another one of the same server.
    """
    import psycopg2

    address = url(role)
    is_embedded = settings.kind() == "embedded"
    options = dict(UNMISTAKABLE) if is_embedded else {}
    options["connect_timeout"] = PATIENCE if is_embedded else 10
    if role == ADMIN:
        options["options"] = roles.OPTIONS
    if database is not None:
        options["dbname"] = database
    try:
        with waiting_for("the database to take a connection"):
            return psycopg2.connect(
                address, application_name=application_name, **options
            )
    except psycopg2.OperationalError as error:
        remedy = (
            "start it with python -m warehouse start"
            if is_embedded
            else "check the PG* variables, LOADER_URL, READER_URL, EXPORTER_URL"
        )
        reason = " ".join(str(error).split())
        raise WarehouseError(
            f"No connection as {role} to {target()} ({reason}): {remedy}"
        ) from error


def target() -> str:
    """Return in one line, without a password, where things are written."""
    if settings.kind() == "server":
        values = settings.environment()
        return (
            f"PostgreSQL server on {values['PGHOST']}:{values['PGPORT']}, "
            f"database {values['PGDATABASE']}, as {values['PGUSER']}"
        )
    directory = settings.warehouse_dir()
    found = state.load(directory)
    where = directory / found.home if found else directory
    if where.is_relative_to(settings.ROOT):
        where = where.relative_to(settings.ROOT)
    reached = (
        f"on 127.0.0.1:{found.port}, database {settings.DATABASE}"
        if found
        else "not started yet"
    )
    return f"embedded PostgreSQL {binaries.release()} {reached}, data in {where}"


def _admin_url(values: dict[str, str]) -> str:
    if values["WAREHOUSE"] == "server":
        raise WarehouseError(
            "Tickhouse knows no administrator of a server that isn't its own: use "
            "loader, transformer or reader."
        )
    return _kept_url(values, ADMIN)


def _exporter_url(values: dict[str, str]) -> str:
    if values["WAREHOUSE"] == "embedded":
        return _kept_url(values, settings.EXPORTER)
    if not values.get("EXPORTER_URL"):
        raise WarehouseError(
            "Nobody is known to export as: give the role exporter a password, as "
            "docs/roles.md says, and set EXPORTER_URL."
        )
    return values["EXPORTER_URL"]


def _kept_url(values: dict[str, str], role: str) -> str:
    """Return the URL of a role whose password only the server's state has."""
    found = state.load(settings.warehouse_dir())
    if found is None:
        raise _not_started()
    if role not in found.passwords:
        raise WarehouseError(
            f"There is no role {role} yet: make it with python -m warehouse start"
        )
    return url_of({**values, "PGUSER": role, "PGPASSWORD": found.passwords[role]})


def _not_started() -> WarehouseError:
    return WarehouseError(
        f"The warehouse in {settings.warehouse_dir()} was never started: run "
        "python -m warehouse start"
    )
