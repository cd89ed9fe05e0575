"""Marts of a test's own, built as dbt builds them, and exported by the command."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import psycopg2
import pytest

from tests.support.throwaway import clean_environment
from warehouse import ROOT

HERE = Path(__file__).parent
READERS = ROOT / ".venv" / "export" / "bin" / "python"
LEDGER = """
create table ops.versions (
    model text primary key, version bigint not null, checksum text
);
create table ops.vanished (model text, version bigint, key jsonb);
grant select on ops.versions, ops.vanished to exporter;
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the extra where it is not installed, but for CI."""
    is_there = find_spec("pyiceberg") and READERS.exists()
    if is_there or "CI_RUN" in os.environ:
        return
    lacking = pytest.mark.skip(reason="exports are tried by: make test-export")
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("export"):
            item.add_marker(lacking)


class Marts:
    """A warehouse whose marts a test builds, and what was exported of it."""

    def __init__(self, variables: dict[str, str], folder: Path) -> None:
        self.folder = folder
        self.environment = clean_environment(**variables)

    @property
    def iceberg(self) -> Path:
        """Return the folder to which marts are exported."""
        return self.folder / "iceberg"

    def query(self, sql: str, role: str = "exporter") -> list[tuple]:
        """Return the rows that a role gets."""
        name = {"transformer": "PG"}.get(role, f"{role.upper()}_URL")
        if name == "PG":
            names = ("HOST", "PORT", "DATABASE", "USER", "PASSWORD")
            host, port, database, user, password = (
                self.environment[f"PG{each}"] for each in names
            )
            url = f"postgresql://{user}:{password}@{host}:{port}/{database}"
        else:
            url = self.environment[name]
        with closing(psycopg2.connect(url)) as held, held, held.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def build(self, mart: str, *statements: str) -> int:
        """Change a mart in one transaction, as a build does; return its version.

        Statements say {version} for it, and `gone(<key as json>)` for a key that went.
        """
        [(version,)] = self.query(
            f"select coalesce(max(version), 0) + 1 from ops.versions "  # noqa: S608
            f"where model = '{mart}'",
            "transformer",
        )
        note = (
            "insert into ops.versions (model, version) "  # noqa: S608 - ours
            f"values ('{mart}', {version}) "
            "on conflict (model) do update set version = excluded.version"
        )
        said = [each.replace("{version}", str(version)) for each in statements]
        self.query(";".join([note, *said]), "transformer")
        return version

    def begin(self, *words: str, **settings: str) -> subprocess.Popen:
        """Begin an export."""
        return subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "warehouse", "export", *words],
            cwd=ROOT,
            env={**self.environment, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def export(self, *words: str, status: int = 0, **settings: str) -> str:
        """Export to the end; return what was said."""
        process = self.begin(*words, **settings)
        out, errors = process.communicate(timeout=300)
        assert process.returncode == status, out + errors
        return out + errors

    def table(self, mart: str, options: dict[str, str] | None = None):  # noqa: ANN201
        """Return a mart's table as the catalog has it."""
        from warehouse.export.tables import NAMESPACE, catalog

        opened = catalog(self.environment["EXPORTER_URL"], options or {})
        return opened.load_table((NAMESPACE, mart))

    def exported(self, mart: str, options: dict[str, str] | None = None) -> list[tuple]:
        """Return the rows that pyiceberg reads, as Postgres has them, in order."""
        read = self.table(mart, options).scan().to_arrow()
        names = self.columns(mart)
        return sorted(
            zip(*(read.column(name).to_pylist() for name in names), strict=True),
            key=repr,
        )

    def rows(self, mart: str) -> list[tuple]:
        """Return the rows that Postgres has, numbers of the export's kinds."""
        read = self.query(f"select * from marts.{mart}")  # noqa: S608 - ours
        return sorted(read, key=repr)

    def columns(self, mart: str) -> list[str]:
        """Return its columns in order."""
        return [
            name
            for (name,) in self.query(
                "select attname from pg_attribute "  # noqa: S608 - ours
                f"where attrelid = 'marts.{mart}'::regclass and attnum > 0 "
                "and not attisdropped order by attnum"
            )
        ]


@pytest.fixture
def marts(database, tmp_path) -> Iterator[Marts]:
    """Return a warehouse with a ledger and no mart yet."""
    made = Marts(database, tmp_path)
    made.query(LEDGER, "transformer")
    return made


@pytest.fixture
def reader() -> Callable[..., object]:
    """Return what runs a reader's script, `by_<name>.py`, and returns what it printed.

    `asked` is its standard input.
    """

    def run(name: str, *words: object, asked: str = "", **settings: str) -> object:
        done = subprocess.run(  # noqa: S603 - our own scripts
            [str(READERS), str(HERE / f"by_{name}.py"), *map(str, words)],
            check=False,
            capture_output=True,
            env={**os.environ, **settings},
            input=asked,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1], parse_float=Decimal)

    return run
