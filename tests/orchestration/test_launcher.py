"""Runs are forked from a process that has all loaded, and end as spawned ones do."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing

import dagster as dg
import psutil
import psycopg2
import pytest
from dagster._core.launcher import WorkerStatus

from orchestration import sources
from orchestration.processes import forked_process
from orchestration.storage import MOST_OPEN
from tests.orchestration.launched import Launches, launching, wait_until

STATUS = dg.DagsterRunStatus
SPAWNED = re.compile(
    r"Spawned, since the fork server could not load "
    r"\(ThreadsError: what a run imports started [1-9] threads\)"
)
A_THREAD = """
import sys, threading
if "orchestration.fork_server" in sys.orig_argv:
    threading.Thread(target=threading.Event().wait, daemon=True).start()
"""


@pytest.fixture
def launches(job, database, instance, monkeypatch) -> Iterator[Launches]:
    """Return what launches runs, with Dagster's records and .env in a folder."""
    monkeypatch.chdir(database.folder)
    with launching(instance) as launches:
        yield launches


def process_of(launches: Launches, run_id: str) -> psutil.Process | None:
    return forked_process(launches.instance.get_run_by_id(run_id))


def fork_server() -> psutil.Process:
    """Return the one that runs."""
    (found,) = [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE
        and "orchestration.fork_server" in child.cmdline()
    ]
    return found


@pytest.fixture
def hang(launches, database) -> Iterator[Callable[[], tuple[str, psutil.Process]]]:
    """Return what launches a run whose dbt hangs: its id, its process."""
    assert launches.ended(launches.launch("ranks")) == STATUS.SUCCESS
    waiting = "select count(*) from pg_locks where not granted"

    def hang() -> tuple[str, psutil.Process]:
        run_id = launches.launch("ranks")
        wait_until(lambda: database.query(waiting) != [(0,)])
        return run_id, process_of(launches, run_id)

    with closing(psycopg2.connect(database.urls["admin"])) as held:
        with held.cursor() as cursor:
            cursor.execute("lock table staging.stg_coinmarketcap__listings")
        yield hang


def test_a_forked_run_builds_as_a_spawned_one_does(launches, database):
    run_id = launches.launch("ranks")
    server = fork_server()

    assert server.num_threads() == 1
    assert server.net_connections() == []
    assert process_of(launches, run_id).ppid() == server.pid
    assert launches.ended(run_id) == STATUS.SUCCESS
    ((coins,),) = database.query("select count(*) from marts.fct_coin_ranks_1m")
    assert coins >= 100
    assert "Spawned" not in launches.log(run_id)


def test_a_run_that_is_terminated_from_dagsters_pages_ends_with_its_dbt(
    launches, hang, environment
):
    run_id, process = hang()
    launcher = launches.instance.run_launcher
    family = [process, *process.children(recursive=True)]
    assert sum("orchestration.fork_server" in each.cmdline() for each in family) == 2

    # which are of another process, with records of its own
    with dg.DagsterInstance.from_config(environment["DAGSTER_HOME"]) as pages:
        assert pages.run_launcher.terminate(run_id)

    assert launches.ended(run_id) == STATUS.CANCELED
    assert psutil.wait_procs(family, timeout=60)[1] == []
    assert not launcher.terminate(run_id)


def test_a_run_whose_process_is_killed_has_failed_and_says_so(launches, hang):
    run_id, process = hang()
    launcher = launches.instance.run_launcher
    run = launches.instance.get_run_by_id(run_id)
    assert launcher.supports_check_run_worker_health
    assert launcher.check_run_worker_health(run).status == WorkerStatus.RUNNING

    process.kill()

    assert launches.ended(run_id) == STATUS.FAILURE
    assert "was terminated by signal 9 (SIGKILL)" in launches.log(run_id)
    assert launcher.check_run_worker_health(run).status == WorkerStatus.SUCCESS


def test_runs_go_on_where_what_forked_them_is_killed(launches, hang):
    run_id, process = hang()
    launcher = launches.instance.run_launcher
    killed = fork_server()

    killed.kill()
    other, its_process = hang()

    assert "Spawned" not in launches.log(other)
    assert its_process.ppid() == fork_server().pid != killed.pid
    run = launches.instance.get_run_by_id(run_id)
    assert launcher.check_run_worker_health(run).status == WorkerStatus.RUNNING
    process.kill()
    wait_until(lambda: not process_of(launches, run_id))
    health = launcher.check_run_worker_health(run)
    assert (health.status, health.msg) == (
        WorkerStatus.FAILED,
        f"process {process.pid} is gone",
    )


def test_a_changed_setting_is_seen_by_the_next_run(launches, database):
    first = launches.launch("ranks")
    assert launches.ended(first) == STATUS.SUCCESS
    assert "Spawned" not in launches.log(first)
    before = fork_server()

    # where Dagster was started
    (database.folder / ".env").write_text("SOURCES__COINMARKETCAP__VERSION=v9\n")
    run_id = launches.launch("ranks")
    launches.ended(run_id)

    assert "not asked: the version is v1 or v3" in launches.log(run_id)
    assert fork_server().pid != before.pid
    assert psutil.wait_procs([before], timeout=60)[1] == []


def test_a_source_that_is_changed_deleted_or_put_back_counts_as_changed(
    environment, monkeypatch, tmp_path
):
    root = tmp_path / "root"
    for name in ("ingestion/sources/ecb.py", "dbt_project/models/marts/a.sql", ".env"):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
        os.utime(file, (1_000_000_000, 1_000_000_000))
    monkeypatch.setattr(sources.warehouse, "ROOT", root)
    monkeypatch.setattr(sources.manifest, "PROJECT", root / "dbt_project")
    stamps = [sources.stamp()]
    assert sources.stamp() == stamps[0]

    for name in ("ingestion/sources/ecb.py", "dbt_project/models/marts/a.sql", ".env"):
        os.utime(root / name, (2_000_000_000, 2_000_000_000))
        stamps.append(sources.stamp())
    os.utime(root / "ingestion/sources/ecb.py", (900_000_000, 900_000_000))
    stamps.append(sources.stamp())
    (root / "dbt_project/models/marts/a.sql").unlink()
    stamps.append(sources.stamp())

    assert len(set(stamps)) == 6


def test_a_run_that_can_not_be_forked_is_spawned_and_its_log_says_why(
    environment, tmp_path, job, database, instance, monkeypatch
):
    (tmp_path / "sitecustomize.py").write_text(A_THREAD)
    environment["PYTHONPATH"] = str(tmp_path)
    monkeypatch.chdir(database.folder)
    with launching(instance) as launches:
        runs = [launches.launch("ranks") for _ in range(2)]

        assert [launches.ended(run) for run in runs] == [STATUS.SUCCESS] * 2
        for run in runs:
            assert SPAWNED.search(launches.log(run))


KEPT_OPEN = 3 * MOST_OPEN
"""Files of Dagster's databases that stay open: a log and its index beside each."""


def held(server: psutil.Process) -> list[int]:
    """Count the server's files and MB, our files, and the dead that nobody buried."""
    ours = psutil.Process()
    dead = [
        child
        for child in ours.children(recursive=True)
        if child.status() == psutil.STATUS_ZOMBIE
    ]
    megabytes = server.memory_info().rss // 2**20
    return [server.num_fds(), megabytes, ours.num_fds(), len(dead)]


def check_growth(launches: Launches, runs: int) -> None:
    """Check that a number of runs leave nothing, once the first has run."""
    launches.ended(launches.launch("ranks"))
    server = fork_server()
    before = held(server)

    for _ in range(runs):
        assert launches.ended(launches.launch("ranks")) == STATUS.SUCCESS

    assert fork_server().pid == server.pid
    grown = [after - first for first, after in zip(before, held(server), strict=True)]
    files, megabytes, ours, dead = grown
    assert files <= 2, grown  # those of a run that is just ending
    assert megabytes <= 5, grown
    assert ours <= 5 + KEPT_OPEN, grown
    assert dead <= 1, grown


def test_runs_leave_nothing_in_what_forked_them(launches):
    check_growth(launches, 5)


@pytest.mark.long
def test_200_runs_leave_nothing_in_what_forked_them(launches):
    check_growth(launches, 200)
