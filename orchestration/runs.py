"""Runs under way: a dead one, or one that hangs, does not stay so."""

import json
import socket
import threading
from contextlib import suppress
from datetime import UTC, date, datetime

import dagster as dg
import psutil

from orchestration.limits import limit_minutes, limit_name
from orchestration.notify import ENDED, notify
from orchestration.processes import living, noted_process

UNDER_WAY = (
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
GRACE = 60
"""Seconds until Dagster must have noted where a run works or is being started."""
PATIENCE = 10
"""Seconds that an interrupted run has to put things in order."""
RANGE = "dagster/asset_partition_range_"
SERVER = ".dagster/grpc_info"
"""The tag that Dagster gives a run before the code server starts its process."""
_ending = threading.Lock()
"""Held while runs are ended: the ticks of several schedules may come at once."""


def unfinished(instance: dg.DagsterInstance, job: str) -> dg.DagsterRun | None:
    """Return a run of the job that is queued or under way, None if there is none."""
    statuses = [dg.DagsterRunStatus.QUEUED, *UNDER_WAY]
    wanted = dg.RunsFilter(job_name=job, statuses=statuses)
    return next(iter(instance.get_runs(wanted, limit=1)), None)


def end_hopeless(instance: dg.DagsterInstance) -> None:
    """End each run whose process is gone, and each that takes longer than its limit.

    Of all jobs: each keeps one of the few places that runs have.
    """
    with _ending:
        for record in instance.get_run_records(dg.RunsFilter(statuses=UNDER_WAY)):
            run, seconds = record.dagster_run, _seconds(record)
            noted = noted_process(instance, run)
            process = living(*noted) if noted else None
            is_gone = not process if noted else _never_began(run, seconds)
            limit = limit_minutes(run.job_name)
            if is_gone:
                _end(instance, run, "its process is gone, killed or with its machine")
            elif limit and seconds > limit * 60 * _days(run):
                name = limit_name(run.job_name)
                why = f"it took longer than its {limit:g} minutes ({name})"
                _end(instance, run, why, process)
        _free_slots(instance)


def _seconds(record: dg.RunRecord) -> float:
    """Return how long a run has been at work, or being started."""
    since = record.start_time or record.update_timestamp.timestamp()
    return datetime.now(UTC).timestamp() - since


def _never_began(run: dg.DagsterRun, seconds: float) -> bool:
    """Whether nothing will come of a run that noted no process.

    A code server that is there still starts it, or reports that it could not.
    """
    server = json.loads(run.tags.get(SERVER, "{}"))
    if not server:
        return seconds > GRACE
    path = server.get("socket")
    with socket.socket(socket.AF_UNIX if path else socket.AF_INET) as probe:
        probe.settimeout(PATIENCE)
        try:
            probe.connect(path or (server["host"], server["port"]))
        except TimeoutError:
            return False
        except OSError:
            return True
    return False


def _days(run: dg.DagsterRun) -> int:
    """Return the number of days that a run was asked for."""
    ends = [run.tags.get(f"{RANGE}{end}") for end in ("start", "end")]
    if not all(ends):
        return 1
    first, last = map(date.fromisoformat, ends)
    return (last - first).days + 1


def _end(
    instance: dg.DagsterInstance,
    run: dg.DagsterRun,
    why: str,
    process: psutil.Process | None = None,
) -> None:
    """Make a run a failed one and report it; its process and what that started go."""
    if instance.get_run_by_id(run.run_id).is_finished:
        return
    instance.add_run_tags(run.run_id, {ENDED: why})
    instance.report_run_failed(run, f"{run.job_name} was ended: {why}.")
    if not run.remote_job_origin:  # by hand, which the sensor of failures leaves out
        notify(f"{run.job_name} failed: {why} (run {run.run_id})")
    if process:
        _stop(process)


def _stop(process: psutil.Process) -> None:
    """Interrupt a process, which lets dbt go in order, and kill all that stays."""
    with suppress(psutil.NoSuchProcess):
        family = [process, *process.children(recursive=True)]
        process.terminate()
        left = psutil.wait_procs(family, timeout=PATIENCE)[1]
        for each in left:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(left, timeout=PATIENCE)


def _free_slots(instance: dg.DagsterInstance) -> None:
    """Free what finished runs hold of the pools: a killed one could not."""
    storage = instance.event_log_storage
    if storage.supports_global_concurrency_limits:
        for run_id in storage.get_concurrency_run_ids():
            run = instance.get_run_by_id(run_id)
            if run is None or run.is_finished:
                storage.free_concurrency_slots_for_run(run_id)
