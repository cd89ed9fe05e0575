"""The job `refresh`, in this process, on a database of its own and the stand-in."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest


@pytest.fixture
def refresh(database, sandbox, monkeypatch):
    """Return what runs the job, and its result."""
    monkeypatch.setenv("SOURCES__BINANCE__FIRST_DAYS", "1")
    sandbox.at(None)

    def run(**options: object) -> dg.ExecuteInProcessResult:
        from orchestration.definitions import defs

        with dg.DagsterInstance.ephemeral() as instance:
            return defs.resolve_job_def("refresh").execute_in_process(
                instance=instance, raise_on_error=False, **options
            )

    return run


def materialized(result: dg.ExecuteInProcessResult) -> set[str]:
    return {
        event.asset_key.to_user_string()
        for event in result.get_asset_materialization_events()
    }


def test_refresh_lands_what_is_new_then_builds_and_tests_all_models(refresh, database):
    result = refresh()

    assert result.success
    tables = database.query(
        "select schemaname || '/' || tablename from pg_tables "
        "where schemaname in ('raw', 'staging', 'intermediate', 'marts') "
        "and tablename !~ '^_dlt'"
    )
    assert materialized(result) == {name for (name,) in tables}
    checks = {check.check_name for check in result.get_asset_check_evaluations()}
    assert "every_key_landed" in checks
    assert any(name.startswith("equals_its_minutes") for name in checks)
    hours = "select count(*), max(opened_at) from marts.fct_candles_1h"
    ((count, newest),) = database.query(hours)
    assert count >= 24
    assert datetime.now(UTC) - newest < timedelta(hours=1, minutes=2)


def test_a_key_that_fails_fails_the_run_after_the_others_were_built(
    refresh, database, monkeypatch
):
    monkeypatch.setenv("SOURCES__BINANCE__SYMBOLS", '["BTCUSDT", "NOSUCH"]')

    result = refresh()

    assert not result.success
    failures = [
        event.step_failure_data.error_display_string
        for event in result.all_node_events
        if event.is_step_failure
    ]
    assert len(failures) == 1
    assert "NOSUCH refused: HTTP 400, code -1121" in failures[0]
    built = database.query("select distinct symbol from marts.fct_candles_1d")
    assert built == [("BTCUSDT",)]


def test_a_tick_of_the_hourly_schedule_runs_refresh(refresh):
    from orchestration.definitions import defs

    schedule = defs.resolve_schedule_def("refresh_schedule")
    at = datetime(2026, 11, 21, 13, tzinfo=UTC)
    context = dg.build_schedule_context(
        scheduled_execution_time=at, repository_def=defs.get_repository_def()
    )

    (request,) = schedule.evaluate_tick(context).run_requests

    assert schedule.job_name == "refresh"
    assert schedule.cron_schedule == "0 * * * *"
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert refresh(run_config=request.run_config, tags=request.tags).success
