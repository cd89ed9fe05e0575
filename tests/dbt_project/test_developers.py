"""A developer who tries something writes to schemas of their own."""

import pytest

from tests.support.dbt import LEDGER_PROJECT, run_dbt
from tests.support.klines import CANDLES
from warehouse import ROOT
from warehouse.__main__ import main

SCHEMAS = "select nspname::text from pg_namespace where nspname ~ '^alice_' order by 1"
ALL = ["alice_intermediate", "alice_marts", "alice_ops", "alice_staging"]
COUNTS = "select count(*), sum(trade_count) from {}.fct_candles_1d"


@pytest.fixture
def alice(database, environment):
    """Make alice's schemas, and let dbt build into them."""
    environment["ADMIN_URL"] = database.urls["admin"]
    assert main(["develop", "alice"]) == 0
    environment["DBT_SCHEMA"] = "alice"
    return environment


def test_a_build_under_another_schema_leaves_marts_and_ledger_alone(
    things, alice, tables, tmp_path
):
    before = tables.all_row_versions(), things.version("rooms")
    things.land({"a1x": 5})

    said = run_dbt(LEDGER_PROJECT, tmp_path, "run")
    rooms = things.database.query("select room, weight from alice_marts.rooms")

    assert set(said.values()) == {"success"}
    assert dict(rooms) == {"a": 11, "b": 8}
    assert (tables.all_row_versions(), things.version("rooms")) == before


def test_the_real_marts_and_functions_are_a_developers_own_and_the_readers_to_read(
    built, alice, tables, tmp_path
):
    before = tables.all_row_versions()
    selected = ["--exclude-resource-type", "unit_test", "-s", CANDLES, "+fx_rate"]

    said = run_dbt(ROOT / "dbt_project", tmp_path, "build", *selected)
    own, shared = (
        built.database.query(COUNTS.format(schema), role="reader")
        for schema in ("alice_marts", "marts")
    )
    called = built.database.query(
        "select rate from alice_marts.fx_rate('USD', 'USD')", role="reader"
    )

    assert set(said.values()) <= {"success", "pass"}
    assert own == shared
    assert called == [(1,)]
    assert tables.all_row_versions() == before


def test_a_developers_schemas_are_dropped_and_no_others(things, alice, tmp_path):
    run_dbt(LEDGER_PROJECT, tmp_path, "run")
    made = [name for (name,) in things.database.query(SCHEMAS)]

    assert main(["develop", "alice", "--drop"]) == 0

    assert set(made) >= set(ALL)
    assert things.database.query(SCHEMAS) == []
    assert things.rooms == {"a": 7, "b": 8}


@pytest.mark.parametrize("name", ["marts", "Alice", "a-b", "", 'a"; drop schema raw'])
def test_a_name_that_can_name_no_schema_of_ones_own_is_refused(alice, capsys, name):
    assert main(["develop", name]) == 1
    assert "small letters" in capsys.readouterr().err


def test_without_an_administrator_it_says_how_one_is_named(alice, capsys):
    del alice["ADMIN_URL"]

    assert main(["develop", "bob"]) == 1

    assert "ADMIN_URL" in capsys.readouterr().err
