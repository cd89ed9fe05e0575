"""Dagster's history of old runs goes, from its files and from its tables."""

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

TAGS = {"a": "tag"}
BUILT = "models-{}-abcdef0"
AGED = "update runs set update_timestamp = ?, create_timestamp = ? where run_id = ?"
ROWS = "select count(*) from {} where run_id = ?"


@pytest.fixture
def home(instance) -> Path:
    """Return the DAGSTER_HOME."""
    return Path(instance.root_directory)


def small_job(name: str) -> dg.JobDefinition:
    """Return a job with an asset, a check and something printed."""
    key = dg.AssetKey(["marts", "small"])

    @dg.asset(key=key, check_specs=[dg.AssetCheckSpec("is_small", asset=key)])
    def small() -> dg.MaterializeResult:
        print("printed")
        return dg.MaterializeResult(
            check_results=[dg.AssetCheckResult(passed=True, check_name="is_small")]
        )

    job = dg.define_asset_job(name, selection=[key])
    return dg.Definitions(assets=[small], jobs=[job]).resolve_job_def(name)


@pytest.fixture
def run(instance, tmp_path) -> Callable[..., str]:
    """Return what runs a small job so many days ago, and returns the run's id."""

    def run(job: str, days: float) -> str:
        done = small_job(job).execute_in_process(instance=instance, tags=TAGS)
        age(instance, done.run_id, days)
        folder = tmp_path / "target" / BUILT.format(done.run_id[:7])
        folder.mkdir(parents=True)
        (folder / "dbt.log").write_text("what dbt said")
        return done.run_id

    return run


def age(instance: dg.DagsterInstance, run_id: str, days: float) -> None:
    """Let a run have ended so many days ago."""
    ended = str(datetime.now(UTC).replace(tzinfo=None) - timedelta(days=days))
    file = Path(instance.root_directory) / "history" / "runs.db"
    with closing(sqlite3.connect(file)) as runs, runs:
        runs.execute(AGED, (ended, ended, run_id))


def traces(run_id: str, *folders: Path) -> list[str]:
    """Return all that is left of a run: files by name, and tables with rows of it."""
    files = [path for folder in folders for path in folder.rglob("*")]
    found = [str(path) for path in files if run_id[:7] in path.name]
    for path in files:
        if path.suffix == ".db":
            with closing(sqlite3.connect(path)) as tables:
                found += [f"{path.name} {name}" for name in of_run(tables, run_id)]
    return found


def of_run(tables: sqlite3.Connection, run_id: str) -> Iterator[str]:
    """Yield the tables that have a row of a run, but for an asset's last run."""
    found = tables.execute("select name, sql from sqlite_master where type = 'table'")
    for name, sql in found.fetchall():
        if re.search(r"\brun_id\b", sql):
            ((rows,),) = tables.execute(ROWS.format(name), (run_id,))
            if rows:
                yield name


def look(instance: dg.DagsterInstance, target: Path) -> int:
    """Delete what is old, as the sensor does."""
    from orchestration.history import delete_old_runs

    return delete_old_runs(instance, target)


def test_the_sensor_of_old_runs_runs_from_the_start_and_tells_what_it_did(instance):
    from orchestration.definitions import defs

    sensor = defs.resolve_sensor_def("old_runs")
    context = dg.build_sensor_context(instance=instance)

    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
    told = sensor.evaluate_tick(context).skip_message
    assert told == "0 old runs were deleted"


def test_of_a_run_older_than_a_week_nothing_is_left(run, instance, home, tmp_path):
    target = tmp_path / "target"
    old, new = run("ranks", 7.1), run("ranks", 6.9)
    before = traces(old, home, target)

    deleted = look(instance, target)

    assert {path.rsplit("/", 1)[-1] for path in before} >= {
        *(f"{old}.db", old, BUILT.format(old[:7])),
        *("runs.db runs", "runs.db run_tags"),
        *("index.db event_logs", "index.db asset_check_executions"),
    }
    assert deleted == 1
    assert traces(old, home, target) == []
    assert len(traces(new, home, target)) == len(before)
    assert instance.get_run_by_id(new)
    assert instance.all_logs(new)
    key = dg.AssetKey(["marts", "small"])
    assert instance.get_latest_materialization_event(key).run_id == new


def test_each_job_has_its_retention_which_a_setting_changes(
    run, instance, environment, tmp_path
):
    environment["JOBS__TURBINES__RETENTION_DAYS"] = "2"
    environment["JOBS__QUALITY__RETENTION_DAYS"] = "0"
    kept = [run("candles", 29), run("turbines", 1), run("quality", 4000)]
    gone = [run("candles", 31), run("turbines", 3)]
    for job in ("candles", "turbines", "quality"):
        run(job, 0)

    look(instance, tmp_path / "target")

    assert all(map(instance.get_run_by_id, kept))
    assert not any(map(instance.get_run_by_id, gone))


def test_an_unfinished_run_stays_however_old_and_so_does_a_jobs_newest(
    run, instance, tmp_path
):
    from tests.orchestration.test_unfinished import STATUS

    begun = dg.DagsterRun("ranks", status=STATUS.STARTED)
    instance.add_run(begun)
    age(instance, begun.run_id, 100)
    newest = run("freshness", 100)

    assert look(instance, tmp_path / "target") == 0

    assert instance.get_run_by_id(begun.run_id)
    assert instance.get_run_by_id(newest)


def test_what_a_dbt_left_that_tells_of_no_run_goes_after_a_week(instance, tmp_path):
    target = tmp_path / "target"
    for name in ("0a1b2c3", "models-0a1b2c3-4d5e6f7", "fe00000", "my_own"):
        (target / name).mkdir(parents=True)
        log = target / name / "dbt.log"
        log.touch()
        is_new = name == "fe00000"
        os.utime(log, (time.time() - (6 if is_new else 8) * 86_400,) * 2)

    look(instance, target)

    assert {path.name for path in target.iterdir()} == {"fe00000", "my_own"}
