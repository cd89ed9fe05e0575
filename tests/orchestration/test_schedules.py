"""Every schedule runs from the start; its ticks, days and backfills work."""

from datetime import UTC, datetime, timedelta

import pytest
from dagster import DefaultScheduleStatus

from warehouse import ROOT

DAYS = """
select distinct (read_at at time zone 'utc')::date::text
from staging.stg_plant__readings
order by 1
"""
WINDOWS = """
select count(*), min(sample_count), max(sample_count)
from marts.fct_turbine_signals_10m
where signal = 'power'
"""


@pytest.mark.parametrize(
    ("job", "cron"),
    [
        ("candles", "0 * * * *"),
        ("turbines", "*/10 * * * *"),
        ("rates", "0 1,23 * * *"),
        ("arrears", "0 * * * *"),
        ("transfers", "0 2 * * *"),
        ("ranks", "* * * * *"),
        ("quality", "20 * * * *"),
        ("freshness", "*/15 * * * *"),
        ("audit", "30 3 * * *"),
    ],
)
def test_a_schedule_runs_its_job_at_its_times_utc_from_the_start(job, cron):
    from orchestration.definitions import defs

    schedule = defs.resolve_schedule_def(f"{job}_schedule")

    assert schedule.job_name == job
    assert schedule.cron_schedule == cron
    assert schedule.execution_timezone == "UTC"
    assert schedule.default_status == DefaultScheduleStatus.RUNNING


def test_an_hourly_tick_builds_the_candles_and_what_is_held_against_them(
    job, tick, database
):
    request = tick("candles_schedule", datetime(2026, 11, 21, 13, tzinfo=UTC))

    result = job("candles", run_config=request.run_config, tags=request.tags)

    assert result.success
    assert database.query("select count(*) > 24 from marts.fct_candles_1h") == [(True,)]
    assert database.query("select distinct currency from marts.fct_candles_1d_fx") == [
        ("USD",)
    ]
    assert database.query("select to_regclass('marts.fct_turbine_signals_10m')") == [
        (None,)
    ]


def test_a_tick_of_the_turbines_asks_for_the_current_day(job, tick, database):
    now = datetime.now(UTC)
    request = tick("turbines_schedule", now)

    result = job("turbines", partition_key=request.partition_key)

    assert result.success
    assert request.partition_key == f"{now:%Y-%m-%d}"
    assert (f"{now:%Y-%m-%d}",) in database.query(DAYS)


def test_a_day_is_asked_again_and_again_with_the_same_rows(job, database):
    results, found = [], []
    for _ in range(2):
        results.append(job("turbines", partition_key="2024-05-21"))
        found.append((database.query(DAYS), database.query(WINDOWS)))

    assert all(result.success for result in results)
    assert found == [([("2024-05-21",)], [(144, 10, 10)])] * 2


def test_a_backfill_of_days_is_one_run(job, database):
    result = job(
        "turbines",
        tags={
            "dagster/asset_partition_range_start": "2024-05-21",
            "dagster/asset_partition_range_end": "2024-05-23",
        },
    )

    assert result.success
    assert [day for (day,) in database.query(DAYS)] == [
        "2024-05-21",
        "2024-05-22",
        "2024-05-23",
    ]


def test_the_tick_of_the_rates_asks_both_providers(job, tick, database):
    request = tick("rates_schedule", datetime(2026, 11, 21, 23, tzinfo=UTC))

    result = job("rates", run_config=request.run_config, tags=request.tags)

    assert result.success
    assert database.query(
        "select distinct provider from marts.fct_fx_rates_1d order by 1"
    ) == [("ecb",), ("xe",)]


def test_the_tick_of_the_arrears_tells_the_loan_book(job, tick, database):
    request = tick("arrears_schedule", datetime(2026, 11, 21, 13, tzinfo=UTC))

    result = job("arrears", run_config=request.run_config, tags=request.tags)

    assert result.success
    ((loans, at_risk),) = database.query(
        "select count(*), max(amount_at_risk) from marts.rpt_loans"
    )
    assert loans >= 8
    assert at_risk == 168000


def test_the_job_of_the_arrears_fails_in_every_run_while_a_file_cannot_be_used(
    job, database, tmp_path, monkeypatch
):
    for file in (ROOT / "sandbox" / "loans").glob("*.csv"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setenv("SOURCES__LOANS__FOLDER", str(tmp_path))
    assert job("arrears").success
    (tmp_path / "payments.csv").write_text("<html>")

    results = [job("arrears") for _ in range(2)]

    assert not any(result.success for result in results)
    assert database.query(
        "select distinct sum(total_amount_paid) > 0, has_stale_payments "
        "from marts.rpt_loans group by 2"
    ) == [(True, True)]


def test_the_tick_of_the_transfers_reads_the_day_that_is_over(job, tick, database):
    now = datetime.now(UTC)
    request = tick("transfers_schedule", now)

    result = job("transfers", partition_key=request.partition_key)

    assert result.success
    yesterday = now.date() - timedelta(days=1)
    assert request.partition_key == f"{now:%Y-%m-%d}"
    assert database.query(
        "select distinct transfer_date from marts.fct_token_transfers_1d"
    ) == [(yesterday,)]


def test_the_tick_of_the_ranks_builds_them_and_nothing_else(job, tick, database):
    request = tick("ranks_schedule", datetime(2026, 11, 21, 13, 7, tzinfo=UTC))

    result = job("ranks", run_config=request.run_config, tags=request.tags)

    assert result.success
    ((snapshots, coins),) = database.query(
        "select count(distinct snapshot_at), count(*) from marts.fct_coin_ranks_1m"
    )
    assert snapshots == 1
    assert coins > 100
    assert database.query(
        "select tablename from pg_tables where schemaname = 'marts'"
    ) == [("fct_coin_ranks_1m",)]


def test_the_state_of_all_systems_is_built_where_only_one_has_landed(
    job, tick, database
):
    ingested = job("rates")
    request = tick("quality_schedule", datetime(2026, 11, 21, 13, 20, tzinfo=UTC))

    result = job("quality", run_config=request.run_config, tags=request.tags)

    assert ingested.success
    assert result.success
    arrived = database.query(
        "select table_name from marts.rpt_source_health "
        "where last_arrival_at is not null order by 1",
        role="reader",
    )
    assert arrived == [("ecb__rates",), ("xe__rates",)]
    assert database.query("select distinct status from marts.fct_loads") == [("ok",)]
    assert database.query("select bool_and(is_source_gap) from marts.rpt_gaps") == [
        (True,)
    ]
