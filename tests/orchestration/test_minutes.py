"""The daemon asks for the ranks each minute, and each minute is one run."""

import os
import shutil
import signal
import subprocess
import sys
import time

import dagster as dg
import pytest

import warehouse

MINUTES = 3


@pytest.fixture
def daemon(job, database):
    """Run Dagster's daemon on the schedules; give the instance that it works for."""
    home = database.folder / "dagster_home"
    shutil.copy(warehouse.ROOT / "orchestration" / "dagster.yaml", home)
    command = [sys.executable, "-m", "dagster._daemon", "run"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "-m", "orchestration.definitions"],
        cwd=home,  # Dagster loads the .env of its folder, over the environment
        stdout=(database.folder / "daemon.log").open("w"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(30)


def test_the_daemon_ranks_the_coins_each_minute(daemon, database):
    wanted = dg.RunsFilter(job_name="ranks", statuses=[dg.DagsterRunStatus.SUCCESS])
    deadline = time.monotonic() + MINUTES * 60

    while len(daemon.get_runs(wanted)) < 2 and time.monotonic() < deadline:
        time.sleep(1)

    assert len(daemon.get_runs(wanted)) >= 2
    ((snapshots, coins),) = database.query(
        "select count(distinct snapshot_at), count(*) from marts.fct_coin_ranks_1m"
    )
    assert snapshots >= 2
    assert coins >= snapshots * 100
