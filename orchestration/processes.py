"""The process that a run works in: which it is, whether it lives."""

import json
import socket

import dagster as dg
import psutil

PROCESS = "tickhouse/process"
"""The tag of a run that was forked: where its process is, its number and birth."""


def identity(pid: int) -> str:
    """Return what a process is known by; raises psutil.NoSuchProcess if it is gone."""
    born = psutil.Process(pid).create_time()
    return json.dumps({"host": socket.gethostname(), "pid": pid, "born": born})


def forked_process(run: dg.DagsterRun) -> psutil.Process | None:
    """Return the process of a run that was forked, None where it is not, or not here.

    Dagster's pages may be served by another machine, or container, than its daemon.
    """
    known = json.loads(run.tags.get(PROCESS, "{}"))
    if known.get("host") != socket.gethostname():
        return None
    try:
        process = psutil.Process(known["pid"])
        is_same = process.create_time() == known["born"]
        return process if is_same and process.status() != "zombie" else None
    except psutil.NoSuchProcess:
        return None


def noted_process(
    instance: dg.DagsterInstance, run: dg.DagsterRun
) -> tuple[int, float] | None:
    """Return the number of a run's process, and when it was noted."""
    kind = dg.DagsterEventType.ENGINE_EVENT
    for entry in reversed(instance.all_logs(run.run_id, of_type=kind)):
        pid = entry.dagster_event.engine_event_data.metadata.get("pid")
        if pid:
            return int(pid.value), entry.timestamp
    return None


def living(pid: int, noted_at: float) -> psutil.Process | None:
    """Return a process, None if it is gone: its number may be another's since."""
    try:
        process = psutil.Process(pid)
        is_old = process.create_time() < noted_at + 1
        return process if is_old and process.status() != "zombie" else None
    except psutil.NoSuchProcess:
        return None
