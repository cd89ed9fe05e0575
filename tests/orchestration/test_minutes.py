"""The daemon asks for the ranks each minute, and each minute is one run."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import dagster as dg
import pytest

from tests.support.hook import listening
from warehouse.postgres.server import write_dagster_settings

MINUTES = 10
RANKS = {"job_name": "ranks"}
STATUS = dg.DagsterRunStatus


@pytest.fixture
def start(job, database) -> Iterator[Callable[[], subprocess.Popen]]:
    """Return what starts Dagster's daemon on the schedules, with all that it starts."""
    home = database.folder / "dagster_home"
    write_dagster_settings(home)
    command = [sys.executable, "-m", "dagster._daemon", "run"]
    started = []

    def start() -> subprocess.Popen:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*command, "-m", "orchestration.definitions"],
            cwd=home,  # Dagster loads the .env of its folder, over the environment
            stdout=(database.folder / f"daemon-{len(started)}.log").open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


@pytest.fixture
def instance(start, database) -> Iterator[dg.DagsterInstance]:
    """Return the records that the daemon works on."""
    home = str(database.folder / "dagster_home")
    with dg.DagsterInstance.from_config(home) as instance:
        yield instance


def wait_for(found: Callable[[], object]) -> object:
    """Return what is found, as soon as it is."""
    deadline = time.monotonic() + MINUTES * 60
    while not (what := found()):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    return what


def test_the_daemon_ranks_the_coins_each_minute(start, instance, database):
    start()
    done = dg.RunsFilter(**RANKS, statuses=[STATUS.SUCCESS])

    wait_for(lambda: len(instance.get_runs(done)) >= 2)

    ((snapshots, coins),) = database.query(
        "select count(distinct snapshot_at), count(*) from marts.fct_coin_ranks_1m"
    )
    assert snapshots >= 2
    assert coins >= snapshots * 100


@pytest.mark.long
def test_after_a_power_cut_the_next_minute_runs_and_the_dead_run_is_told(
    start, instance, sandbox, environment
):
    environment["RUNTIME__REQUEST_TIMEOUT"] = "600"
    sandbox.control("coinmarketcap", delay=600, times=None)
    under_way = dg.RunsFilter(**RANKS, statuses=[STATUS.STARTED])
    done = dg.RunsFilter(**RANKS, statuses=[STATUS.SUCCESS])
    with listening("hush") as hook:
        daemon = start()
        (dead,) = wait_for(lambda: instance.get_runs(under_way))
        storage = instance.event_log_storage
        wait_for(
            lambda: storage.get_concurrency_info("coinmarketcap").active_slot_count
        )
        os.killpg(daemon.pid, signal.SIGKILL)
        daemon.wait()
        sandbox.reset()
        sandbox.at(None)

        start()
        wait_for(lambda: instance.get_runs(done))
        wait_for(lambda: hook.posted)

    assert instance.get_run_by_id(dead.run_id).status == STATUS.FAILURE
    texts = [told["text"] for _, told in hook.posted]
    assert texts[0] == (
        "ranks failed: its process is gone, killed or with its machine "
        f"(run {dead.run_id})"
    )
