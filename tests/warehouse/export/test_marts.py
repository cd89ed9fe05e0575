"""Every mart that a reader sees, read back by who reads Iceberg tables."""

import json
import os
import shutil
from contextlib import closing

import psycopg2
import pytest

from tests.serving.conftest import house  # noqa: F401 - a fixture
from tests.warehouse.export.printed import digest

pytestmark = pytest.mark.export

NOW = {"rpt_source_health"}
"""What says something else at each moment."""


@pytest.fixture(scope="module")
def exported(house):  # noqa: F811 - the fixture
    """Return by mart its columns, and the digest of its rows, once all is exported."""
    done = house.run("warehouse", "export")
    assert done.returncode == 0, done.stderr
    with closing(psycopg2.connect(house.reader)) as held, held.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class where relnamespace = 'marts'::regnamespace "
            "and relkind in ('r', 'v') and has_table_privilege(oid, 'select') "
            "order by 1"
        )
        marts = {}
        for (name,) in cursor.fetchall():
            cursor.execute(f"select * from marts.{name}")  # noqa: S608 - ours
            columns = [column.name for column in cursor.description]
            marts[name] = (columns, digest(cursor.fetchall()))
    assert len(marts) > 25
    assert all(name in done.stdout for name in marts)
    return marts


def wanted(exported):
    return {name: rows for name, (_, rows) in exported.items() if name not in NOW}


def test_pyiceberg_reads_the_rows_that_postgres_has(house, exported):  # noqa: F811
    from warehouse.export.tables import NAMESPACE, catalog

    opened = catalog(house.address("exporter"), {})
    found = {}
    for name, (columns, _) in exported.items():
        rows = opened.load_table((NAMESPACE, name)).scan().to_arrow()
        values = [rows.column(column).to_pylist() for column in columns]
        found[name] = digest(zip(*values, strict=True))

    assert {name: found[name] for name in wanted(exported)} == wanted(exported)
    assert found.keys() == exported.keys()


def test_the_loan_marts_are_named_and_not_exported(house, exported):  # noqa: F811
    said = house.run("warehouse", "export").stdout

    assert "dim_loans" in said.splitlines()[0]
    assert not exported.keys() & {"dim_loans", "rpt_loans", "fct_loan_arrears_1d"}
    assert not [*(house.folder / "iceberg").glob("*loan*")]


def test_what_did_not_move_is_not_written_again(house, exported):  # noqa: F811
    said = house.run("warehouse", "export").stdout.splitlines()

    assert [line.split(":")[0] for line in said[1:]] == ["rpt_versions"]


def test_duckdb_reads_the_same_by_the_folders_alone(house, exported, reader):  # noqa: F811
    asked = {name: ", ".join(columns) for name, (columns, _) in exported.items()}

    found = reader("duckdb", house.folder / "iceberg", asked=json.dumps(asked))

    assert {name: found[name] for name in wanted(exported)} == wanted(exported)


def test_spark_reads_the_same_by_each_tables_newest_metadata(house, exported, reader):  # noqa: F811
    if not shutil.which("java"):
        assert "CI_RUN" not in os.environ, "Spark wants Java 17"
        pytest.skip("Spark wants Java 17, such as of: apt-get install openjdk-17-jre")
    folder = house.folder / "iceberg"
    asked = {
        name: (str(newest(folder / name)), columns)
        for name, (columns, _) in exported.items()
    }

    found = reader("spark", asked=json.dumps(asked), TZ="UTC")

    assert {name: found[name] for name in wanted(exported)} == wanted(exported)


def newest(table):
    hint = (table / "metadata" / "version-hint.text").read_text()
    return table / "metadata" / f"{hint}.metadata.json"
