"""The job `refresh`, in this process, on a database of its own and the stand-in."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from ingestion.sources import EXCHANGES

READ = """
select distinct (read_at at time zone 'utc')::date::text
from staging.stg_plant__readings
order by 1
"""
MOVED = """
select distinct transfer_date::text from marts.fct_token_transfers_1d order by 1
"""
RANGE = "dagster/asset_partition_range_"


def materialized(result: dg.ExecuteInProcessResult) -> set[str]:
    return {
        event.asset_key.to_user_string()
        for event in result.get_asset_materialization_events()
    }


def test_refresh_lands_what_is_new_then_builds_and_tests_all_models(job, database):
    result = job("refresh")

    assert result.success
    tables = database.query(
        "select table_schema || '/' || table_name from information_schema.tables "
        "where table_schema in ('raw', 'staging', 'intermediate', 'marts') "
        "and (table_name !~ '^_dlt' or table_name = '_dlt_loads') "
        "and table_name not in ('origins', 'clocks')"  # for doctor, of no model
    )
    assert materialized(result) == {name for (name,) in tables}
    checks = {check.check_name for check in result.get_asset_check_evaluations()}
    assert "every_key_landed" in checks
    assert any(name.startswith("equals_its_minutes") for name in checks)
    hours = "select count(*), max(opened_at) from marts.fct_candles_1h"
    ((count, newest),) = database.query(hours)
    assert count >= 24
    assert datetime.now(UTC) - newest < timedelta(hours=1, minutes=2)


def asked_days(queries: list[dict], name: str) -> set[str]:
    return {
        f"{datetime.fromtimestamp(int(query[name]) / 1000, UTC):%Y-%m-%d}"
        for query in queries
        if name in query
    }


@pytest.mark.parametrize("days", [1, 2])
def test_refresh_by_past_days_asks_them_of_the_systems_by_day_and_what_is_new_of_others(
    job, database, sandbox, days
):
    today = datetime.now(UTC).date()
    past = [str(today - timedelta(days=7 - day)) for day in range(days)]
    if days == 1:
        result = job("refresh", partition_key=past[0])
    else:
        ends = {"start": past[0], "end": past[-1]}
        tags = {f"{RANGE}{end}": day for end, day in ends.items()}
        result = job("refresh", tags=tags)

    assert result.success
    assert database.query(READ) == [(day,) for day in past]
    assert database.query(MOVED) == [(day,) for day in past]
    asked = [entry["query"] for entry in sandbox.requests("binance")]
    assert asked_days(asked, "startTime") & {str(today), str(today - timedelta(days=1))}
    assert not asked_days(asked, "startTime") & set(past)
    for table in ("coinmarketcap__listings", "cryptocompare__toplist", "xe__rates"):
        ((count,),) = database.query(f"select count(*) from raw.{table}")  # noqa: S608 - ours
        assert count
    assert database.query("select count(*) from marts.fct_coin_ranks_1m") != [(0,)]
    assert {"marts/fct_candles_1h", "marts/rpt_loans"} <= materialized(result)


def test_what_dbt_wrote_is_kept_of_a_build_that_failed_alone(job, database, parsed):
    well = job("candles")
    database.query(
        "update marts.fct_candles_1h set close_price = 1, changed_in = 10 ^ 6; "
        "update ops.versions set version = 10 ^ 6"
    )
    badly = job("candles")

    assert (well.success, badly.success) == (True, False)
    assert not list(parsed.glob(f"models-{well.run_id[:7]}-*"))
    assert list(parsed.glob(f"models-{badly.run_id[:7]}-*/dbt.log"))


def test_a_key_that_fails_fails_the_run_after_the_others_were_built(
    job, database, monkeypatch
):
    monkeypatch.setenv("SOURCES__BINANCE__SYMBOLS", '["BTCUSDT", "NOSUCH"]')

    result = job("refresh")

    assert not result.success
    failures = [
        event.step_failure_data.error_display_string
        for event in result.all_node_events
        if event.is_step_failure
    ]
    assert len(failures) == 1
    assert "NOSUCH refused: HTTP 400, code -1121" in failures[0]
    built = database.query("select distinct exchange, symbol from marts.fct_candles_1d")
    assert ("binance", "BTCUSDT") in built
    assert {exchange for exchange, _ in built} == {*EXCHANGES}
