"""A test's database: asked as a role, and filled from a copy after the first time."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
from psycopg2.extensions import cursor

from warehouse import provision


@dataclass(frozen=True)
class Database:
    """A provisioned database of one test, with the URL of each role."""

    urls: dict[str, str] = field(repr=False)
    folder: Path
    """The WAREHOUSE_DIR, with `dlt_data_dir` and `dagster_home` in it."""

    def query(self, sql: str, *parameters: object, role: str = "transformer") -> list:
        """Return the rows that a role gets; what it wrote is committed."""
        with closing(psycopg2.connect(self.urls[role])) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters or None)
                return cursor.fetchall() if cursor.description else []


def copy_database(admin: cursor, template: str, name: str, make: Callable) -> None:
    """Copy a database of this session, by its files; it is made where it is not there.

    What is granted on a database itself is not copied: the copy is to be provisioned.
    """
    admin.execute("select 1 from pg_database where datname = %s", (template,))
    if not admin.fetchone():
        make()
    admin.execute(f"create database {name} template {template} strategy file_copy")


@contextmanager
def admin_of(database: Database) -> Iterator[cursor]:
    with closing(psycopg2.connect(database.urls["admin"], dbname="postgres")) as admin:
        admin.autocommit = True
        with admin.cursor() as asking:
            yield asking


def kept(database: Database, name: str, make: Callable[[], object]) -> None:
    """Fill the database as `make` does, from a copy after the first time."""
    with admin_of(database) as admin:
        admin.execute("select 1 from pg_database where datname = %s", (name,))
        if not admin.fetchone():
            make()
            admin.execute(f"create database {name} template test strategy file_copy")
            return
        admin.execute("drop database test with (force)")
        admin.execute(f"create database test template {name} strategy file_copy")
        provision(admin.connection, "test")
