"""A job has one run at a time, and a dead or hanging one does not stop its schedule."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, tzinfo
from http.server import HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import dagster as dg
import psutil
import pytest
from dagster._core.events import EngineEventData
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import (
    QueuedRunCoordinatorDaemon,
)
from rich.console import Console

from tests.support.hook import listening
from warehouse import ROOT

SERVER = ".dagster/grpc_info"
STATUS = dg.DagsterRunStatus
HOUSE = RemoteRepositoryOrigin(
    RegisteredCodeLocationOrigin("orchestration.definitions"), "__repository__"
)
JOBS = ["ranks", "turbines", "freshness", "audit", "transfers"]


class Later(datetime):
    """A clock an hour ahead."""

    @classmethod
    def now(cls, tz: tzinfo) -> datetime:
        """Return the time an hour from now."""
        return datetime.now(tz) + timedelta(hours=1)


@pytest.fixture
def begin(instance) -> Callable[..., str]:
    """Return what notes a run that has come to a status, and returns its id."""

    def begin(job: str, status: dg.DagsterRunStatus, **tags: str) -> str:
        run = dg.DagsterRun(
            job,
            run_id=str(uuid4()),
            status=status,
            tags=tags,
            remote_job_origin=RemoteJobOrigin(HOUSE, job),
        )
        instance.add_run(run)
        return run.run_id

    return begin


@pytest.fixture
def hang(instance) -> Iterator[Callable[[str], tuple[str, psutil.Process, int]]]:
    """Return what starts a run that hangs: its id, its process, its child's pid."""
    started = []

    def hang(job: str) -> tuple[str, psutil.Process, int]:
        run_id = str(uuid4())
        command = [sys.executable, "-m", "tests.orchestration.hanging", job, run_id]
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return run_id, psutil.Process(process.pid), int(process.stdout.readline())

    yield hang
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def hook(environment) -> Iterator[HTTPServer]:
    """Serve a hook, which the settings lead to."""
    with listening("hush") as server:
        yield server


@pytest.mark.parametrize(
    "status", [STATUS.QUEUED, STATUS.STARTING, STATUS.STARTED, STATUS.CANCELING]
)
def test_a_tick_is_skipped_while_its_job_is_unfinished(status, begin, evaluate):
    runs = {job: begin(job, status) for job in JOBS}

    for job, run_id in runs.items():
        skipped = evaluate(f"{job}_schedule")
        assert isinstance(skipped, dg.SkipReason)
        assert skipped.skip_message == (
            f"{job} has an unfinished run: {run_id} is {status.value.lower()}"
        )


def test_a_tick_asks_for_a_run_beside_other_jobs_and_finished_runs(begin, evaluate):
    for job in JOBS:
        for status in (STATUS.SUCCESS, STATUS.FAILURE, STATUS.CANCELED):
            begin(job, status)
    begin("refresh", STATUS.QUEUED)
    begin("candles", STATUS.QUEUED)

    for job in JOBS:
        assert isinstance(evaluate(f"{job}_schedule"), dg.RunRequest)


def test_queued_runs_start_oldest_first(begin, instance):
    queued = [begin(job, STATUS.QUEUED) for job in ("ranks", "turbines", "freshness")]

    daemon = QueuedRunCoordinatorDaemon(interval_seconds=1)
    found = daemon._get_runs_to_dequeue(
        instance, instance.get_concurrency_config(), None
    )

    assert [run.run_id for run in found] == queued[:2]


def test_a_run_whose_process_was_killed_is_ended_as_failed_by_the_next_tick(
    hang, evaluate, instance
):
    run_id, process, child = hang("ranks")
    alive = evaluate("ranks_schedule")
    process.kill()
    psutil.wait_procs([process], timeout=600)
    psutil.Process(child).kill()

    asked = evaluate("ranks_schedule")

    assert isinstance(alive, dg.SkipReason)
    assert isinstance(asked, dg.RunRequest)
    run = instance.get_run_by_id(run_id)
    assert run.status == STATUS.FAILURE
    assert "its process is gone" in run.tags["tickhouse/ended"]
    assert instance.event_log_storage.get_concurrency_run_ids() == set()
    pool = instance.event_log_storage.get_concurrency_info("coinmarketcap")
    assert pool.active_slot_count == 0


def test_any_jobs_tick_ends_a_dead_run_which_would_keep_a_place_of_the_queue(
    hang, evaluate, instance
):
    run_id, process, child = hang("transfers")
    process.kill()
    psutil.wait_procs([process], timeout=600)
    psutil.Process(child).kill()

    assert isinstance(evaluate("ranks_schedule"), dg.RunRequest)

    assert instance.get_run_by_id(run_id).status == STATUS.FAILURE


def is_gone(pid: int) -> bool:
    """Whether a process has ended, whoever has to take note of it yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def look_at(instance: dg.DagsterInstance, run_id: str) -> None:
    """Let the sensor of failures look at a run."""
    from orchestration.definitions import defs

    failed = dg.DagsterEvent(dg.DagsterEventType.RUN_FAILURE.value, "ranks")
    context = dg.build_run_status_sensor_context(
        sensor_name="failed_run",
        dagster_event=failed,
        dagster_instance=instance,
        dagster_run=instance.get_run_by_id(run_id),
    )
    defs.resolve_sensor_def("failed_run")(context.for_run_failure())


def told_in(instance: dg.DagsterInstance, run_id: str, pid: int, at: float) -> None:
    """Note that a run said in which process it works."""
    event = dg.DagsterEvent(
        dg.DagsterEventType.ENGINE_EVENT.value,
        "ranks",
        event_specific_data=EngineEventData.in_process(pid),
    )
    instance.handle_new_event(
        dg.EventLogEntry(
            error_info=None,
            level=20,
            user_message="",
            run_id=run_id,
            timestamp=at,
            job_name="ranks",
            dagster_event=event,
        )
    )


@pytest.mark.parametrize(("seconds", "is_ours"), [(-100, False), (5, True)])
def test_a_number_that_another_process_has_since_is_not_the_run(
    begin, evaluate, instance, seconds, is_ours
):
    run_id = begin("ranks", STATUS.STARTED)
    us = psutil.Process()
    told_in(instance, run_id, us.pid, us.create_time() + seconds)

    came = evaluate("ranks_schedule")

    assert isinstance(came, dg.SkipReason) is is_ours
    assert instance.get_run_by_id(run_id).is_finished is not is_ours


@pytest.mark.parametrize("is_there", [True, False])
def test_a_run_is_being_started_for_as_long_as_its_code_server_is_there(
    begin, evaluate, instance, is_there
):
    # a socket's path may have 107 characters, which a test's own folder takes
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
        address = f"{folder}/code_server"
        server.bind(address)
        if is_there:
            server.listen()
        place = json.dumps({"host": "localhost", "socket": address})
        run_id = begin("ranks", STATUS.STARTING, **{SERVER: place})
        came = evaluate("ranks_schedule")

    assert isinstance(came, dg.SkipReason) is is_there
    assert instance.get_run_by_id(run_id).is_finished is not is_there


def test_a_run_that_told_of_no_process_is_ended_after_a_minute(
    begin, evaluate, instance, monkeypatch
):
    run_id = begin("ranks", STATUS.STARTED)
    first = evaluate("ranks_schedule")
    monkeypatch.setattr("orchestration.runs.datetime", Later)

    assert isinstance(first, dg.SkipReason)
    assert isinstance(evaluate("ranks_schedule"), dg.RunRequest)
    assert instance.get_run_by_id(run_id).status == STATUS.FAILURE


def test_a_run_that_takes_longer_than_its_limit_is_ended_with_its_children(
    hang, evaluate, instance, environment
):
    run_id, process, child = hang("ranks")
    environment["JOBS__RANKS__LIMIT_MINUTES"] = "1"
    within = evaluate("ranks_schedule")
    environment["JOBS__RANKS__LIMIT_MINUTES"] = "0.001"
    time.sleep(0.1)

    asked = evaluate("ranks_schedule")

    assert isinstance(within, dg.SkipReason)
    assert isinstance(asked, dg.RunRequest)
    assert is_gone(process.pid)
    assert is_gone(child)
    run = instance.get_run_by_id(run_id)
    assert run.status == STATUS.FAILURE
    assert run.tags["tickhouse/ended"] == (
        "it took longer than its 0.001 minutes (JOBS__RANKS__LIMIT_MINUTES)"
    )


def test_each_day_of_a_backfill_has_the_jobs_limit(
    begin, evaluate, instance, environment, monkeypatch
):
    environment["JOBS__TURBINES__LIMIT_MINUTES"] = "30"
    ends = {"start": "2024-05-21", "end": "2024-05-23"}
    tags = {f"dagster/asset_partition_range_{name}": day for name, day in ends.items()}
    one, three = (
        begin("turbines", STATUS.STARTED),
        begin("turbines", STATUS.STARTED, **tags),
    )
    for run_id in (one, three):
        us = psutil.Process()
        told_in(instance, run_id, us.pid, us.create_time() + 1)
    monkeypatch.setattr("orchestration.runs.datetime", Later)
    monkeypatch.setattr("orchestration.runs._stop", lambda _: None)

    evaluate("turbines_schedule")

    assert instance.get_run_by_id(one).is_finished
    assert not instance.get_run_by_id(three).is_finished


def test_a_limit_that_cant_be_read_is_told_and_stops_no_schedule(
    begin, evaluate, environment, caplog
):
    begin("ranks", STATUS.STARTED)
    environment["JOBS__RANKS__LIMIT_MINUTES"] = "soon"

    assert isinstance(evaluate("ranks_schedule"), dg.SkipReason)

    assert (
        "JOBS__RANKS__LIMIT_MINUTES is soon: write a number; until then it is 30"
        in caplog.messages
    )


def test_a_run_by_hand_is_told_when_it_is_ended_though_no_sensor_looks(
    hang, evaluate, hook
):
    run_id, process, child = hang("refresh")
    process.kill()
    psutil.wait_procs([process], timeout=600)
    psutil.Process(child).kill()

    for _ in range(2):
        evaluate("ranks_schedule")

    ((_, told),) = hook.posted
    assert told["text"].startswith("refresh failed: its process is gone")
    assert run_id in told["text"]


def test_a_run_that_is_begun_by_hand_ends_dead_ones_though_there_is_no_daemon(
    database, hang, instance
):
    run_id, process, child = hang("refresh")
    process.kill()
    psutil.wait_procs([process], timeout=600)
    psutil.Process(child).kill()

    dagster = str(Path(sys.executable).with_name("dagster"))
    command = [dagster, "job", "execute", "-m", "orchestration.definitions"]
    subprocess.run(  # noqa: S603 - Dagster's own command
        [*command, "-j", "freshness"], cwd=database.folder, timeout=600
    )

    assert instance.get_run_by_id(run_id).status == STATUS.FAILURE
    assert instance.event_log_storage.get_concurrency_run_ids() == set()


@pytest.mark.long
def test_the_next_make_run_goes_on_where_one_was_killed_in_the_midst_of_a_system(
    job, hang, instance, database
):
    from orchestration.console import refresh

    run_id, process, child = hang("refresh")
    process.kill()
    psutil.wait_procs([process], timeout=600)
    psutil.Process(child).kill()

    assert refresh(Console(), {})

    assert instance.get_run_by_id(run_id).status == STATUS.FAILURE


def test_what_was_ended_is_told_once_and_why(begin, evaluate, instance, hook):
    run_id = begin("ranks", STATUS.STARTED, **{SERVER: '{"socket": "/nowhere"}'})

    evaluate("ranks_schedule")
    for _ in range(2):  # an interrupted run tells of its end too
        look_at(instance, run_id)

    ((_, told),) = hook.posted
    assert told["text"] == (
        f"ranks failed: its process is gone, killed or with its machine (run {run_id})"
    )
