"""Dagster's history: what it knows of runs that ended long ago is deleted.

Dagster itself forgets ticks alone (`dagster.yaml`). Its SQLite files keep their size,
and what comes next is written where the deleted was.
"""

import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.runs.schema import RunTagsTable
from sqlalchemy import select

from orchestration.days import mark
from orchestration.limits import JOBS, retention_days
from orchestration.models import PROJECT

FINISHED = (
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
)
BATCH = 200
"""How many runs of a job a look deletes at most: a sensor has a minute."""
LEFT_DAYS = 7
"""Days after which what dbt left goes that is of no run."""


@dg.sensor(
    description="Deletes runs that ended longer ago than their job's retention.",
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def old_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Delete the runs that are older than their job's retention, and their logs."""
    return dg.SkipReason(f"{delete_old_runs(context.instance)} old runs were deleted")


def delete_old_runs(
    instance: dg.DagsterInstance, target: Path = PROJECT.manifest_path.parent
) -> int:
    """Delete what is older than its job's retention; return the number of runs.

    The newest finished run of a job stays, since it says what was posted last. `target`
    is where dbt wrote.
    """
    deleted = 0
    for job in JOBS:
        runs = _old_runs(instance, job)
        for run_id in runs:
            _delete_files(instance, run_id, target)
        _delete_rows(instance, runs)
        deleted += len(runs)
    for folder in _left_behind(target):
        shutil.rmtree(folder, ignore_errors=True)
    return deleted


def _old_runs(instance: dg.DagsterInstance, job: str) -> list[str]:
    days = retention_days(job)
    if not days:
        return []
    finished = dg.RunsFilter(job_name=job, statuses=FINISHED)
    newest = {run.run_id for run in instance.get_runs(finished, limit=1)}
    old = dg.RunsFilter(
        job_name=job,
        statuses=FINISHED,
        updated_before=datetime.now(UTC) - timedelta(days=days),
    )
    found = instance.get_runs(old, limit=BATCH, ascending=True)
    return [run.run_id for run in found if run.run_id not in newest]


def _delete_files(instance: dg.DagsterInstance, run_id: str, target: Path) -> None:
    """Delete a run's own log, what its steps printed, and what its dbt left."""
    home = Path(instance.root_directory)
    for file in (home / "history" / "runs").glob(f"{run_id}.db*"):
        file.unlink()
    left = [home / "storage" / run_id, *target.glob(f"*-{run_id[:7]}-*")]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)


def _delete_rows(instance: dg.DagsterInstance, runs: Sequence[str]) -> None:
    """Delete what stands of runs in Dagster's tables, the runs themselves last."""
    if not runs:
        return
    events, storage = instance.event_log_storage, instance.run_storage
    days = _days(instance, runs)
    with events.index_connection() as index:
        for run_id in runs:
            events.delete_events_for_run(index, run_id)
        checks = AssetCheckExecutionsTable
        index.execute(checks.delete().where(checks.c.run_id.in_(runs)))
    with storage.connect() as connection:
        tags = RunTagsTable
        connection.execute(tags.delete().where(tags.c.run_id.in_(runs)))
    for run_id in runs:
        storage.delete_run(run_id)
    for key, landed in days.items():
        mark(instance, key, sorted(landed))


def _days(
    instance: dg.DagsterInstance, runs: Sequence[str]
) -> dict[dg.AssetKey, set[str]]:
    """Return the days that runs materialized of each table, which stay so."""
    table = SqlEventLogStorageTable
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION.value
    asked = select(table.c.asset_key, table.c.partition).where(
        table.c.run_id.in_(runs),
        table.c.dagster_event_type == kind,
        table.c.partition.is_not(None),
    )
    days = defaultdict(set)
    with instance.event_log_storage.index_connection() as index:
        for key, day in index.execute(asked.distinct()):
            days[dg.AssetKey.from_db_string(key)].add(day)
    return days


def _left_behind(target: Path) -> Iterator[Path]:
    """Yield old folders of builds that failed or were killed."""
    oldest = (datetime.now(UTC) - timedelta(days=LEFT_DAYS)).timestamp()
    for log in target.glob(f"*{'[0-9a-f]' * 7}/dbt.log"):
        if log.stat().st_mtime < oldest:
            yield log.parent
