"""What pruning takes from raw is in the marts still, whatever is built after it."""

import pytest

from ingestion import retention
from ingestion.ingest import ingest, tables_of
from ingestion.sources import SYSTEMS
from tests.support.dbt import run_dbt
from tests.support.processes import Worker
from tests.support.rules import differences

RATES = ("staging.stg_xe__rates", "staging.stg_ecb__rates")
UNBUILT = "stg_plant__readings__answers"
AGED = "update raw._dlt_loads set inserted_at = inserted_at - interval '9 days'"
FAILED = "select count(*) from marts.fct_loads where status = 'failed'"
# between the guards of a full refresh and its turn
WAITING = "    pre_hook='select pg_sleep(10)',\n    unique_key=['symbol', 'opened_at'],"
KEY = "    unique_key=['symbol', 'opened_at'],"


def pages(database):
    """Return how many pages there are of each raw table, and of notes."""
    names = [
        name
        for system in SYSTEMS
        for name in (*tables_of(system), f"{system}__fetches")
    ]
    return {
        name: database.query(f"select count(*) from raw.{name}")[0][0]  # noqa: S608 - ours
        for name in names
    }


@pytest.fixture
def aged(rules, sandbox, database):
    """Let all that landed be of nine days ago, and some of it have failed."""
    sandbox.refuse("coinmarketcap", status=401)
    assert ingest("coinmarketcap").bad
    database.query(AGED, role="loader")
    return rules


def go_on(sandbox, rules):
    """Land what is new in each system, and build."""
    sandbox.at("2024-05-30T12:00:30Z")
    (rules.folder / "loans" / "borrowers.csv").open("a").write("BRW-999,Oyo,,,\n")
    for system in SYSTEMS:
        assert not ingest(system).bad
    return rules.build()


def prune():
    """Prune every system, and return of which anything went."""
    return {
        system
        for system in SYSTEMS
        if retention.prune(system, list(tables_of(system)), 7)
    }


def test_what_stands_after_pruning_stands_after_a_full_refresh_of_each_model(
    aged, sandbox, database
):
    before = go_on(sandbox, aged)
    had = pages(database)
    assert database.query(FAILED)[0][0] > 0

    assert prune() >= {"binance", "plant", "coinmarketcap", "cryptocompare"}

    left = pages(database)
    assert left["binance__klines"] < had["binance__klines"]
    assert left["coinmarketcap__fetches"] < had["coinmarketcap__fetches"]
    said = run_dbt(aged.project, aged.folder / "target", "run", "--full-refresh")
    refused = {name: why for name, why in said.items() if why.startswith("error")}
    assert {why for why in refused.values() if "were pruned, and" not in why} == set()
    assert "stg_binance__klines__answers" in refused
    assert differences(aged.rows(), before) == {}
    after = aged.build("--full-refresh", "--exclude", "path:models/staging")
    assert differences(after, before) == {}
    # what is known of loads alone is not to be lost with the pages
    lost = ("--full-refresh", "--vars", "{rebuild_pruned: true}")
    aged.build("-s", "stg_fetches", "stg_loads", "stg_loads__tables", *lost)
    assert differences(aged.rows(), before) == {}


def test_rates_come_once_their_currency_is_listed_though_pages_were_pruned(
    aged, sandbox, database
):
    listed = aged.rows()
    for currency in (
        "('KES', 'Kenyan shilling', true),",
        "('SEK', 'Swedish krona', true),",
    ):
        aged.change("macros/rates/listed_currencies.sql", currency, "")
    aged.build()
    assert differences(listed, aged.rows()).keys() >= set(RATES)

    go_on(sandbox, aged)
    prune()
    aged.take_back()
    after = aged.build()

    for name in RATES:
        assert set(after[name]) >= set(listed[name])


def test_payments_come_with_their_loan_though_their_file_is_old(
    aged, sandbox, database
):
    loans = aged.folder / "loans" / "loans.csv"
    whole = loans.read_text()
    name = "staging.stg_loans__payments"
    listed = aged.rows()[name]
    lines = whole.splitlines(keepends=True)
    loans.write_text("".join(line for line in lines if "LN-1002" not in line))
    ingest("loans")
    aged.build()
    database.query(AGED, role="loader")
    go_on(sandbox, aged)

    assert "loans" in prune()

    loans.write_text(whole)
    ingest("loans")
    assert aged.build()[name] == listed


def test_a_full_refresh_beside_the_first_pruning_loses_nothing(aged, sandbox, database):
    before = go_on(sandbox, aged)
    aged.change("models/staging/binance/stg_binance__klines.sql", KEY, WAITING)
    # in a process of its own, since pruning asks dbt in this one
    words = ("run", "--full-refresh", "-s", "stg_binance__klines")
    building = Worker(run_dbt, aged.project, aged.folder / "target", *words)
    while not database.query(
        "select 1 from pg_stat_activity where query like '%pg_sleep(10)%' "
        "and application_name = 'dbt'"
    ):
        assert building.is_at_work
    assert "binance" in prune()

    assert "were pruned as this run began" in building.result()["stg_binance__klines"]
    assert differences(aged.rows(), before) == {}


def test_a_model_that_is_gone_holds_up_no_pruning_and_one_to_be_built_does(
    aged, sandbox, database
):
    go_on(sandbox, aged)
    database.query("insert into ops.versions values ('stg_binance__candles', 3, '1')")
    for table in ("versions", "loads_read"):
        database.query(f"delete from ops.{table} where model = %s", UNBUILT)  # noqa: S608 - ours

    assert "binance" in (gone := prune())
    assert "plant" not in gone
