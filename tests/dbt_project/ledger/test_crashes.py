"""One builder of a model at a time; a killed one leaves nothing and holds nothing."""

import os
import signal
import time
from contextlib import closing, contextmanager
from shutil import copytree

import psycopg2
import pytest

from tests.support.dbt import LEDGER_PROJECT, run_dbt
from tests.support.processes import Worker
from tests.support.things import Things

WAITING = """
select pid
from pg_stat_activity
where
    application_name = 'dbt'
    and datname = 'test'
    and wait_event_type = 'Lock'
    and query like %s
"""


@pytest.fixture
def begin(ledger, ledger_target, tmp_path):
    """Return what begins a dbt run in a process of its own; `told` as `ledger` does."""
    begun = []

    def begin(*words):
        target = tmp_path / str(len(begun))
        copytree(ledger_target, target)  # what is parsed is not parsed again
        begun.append(Worker(run_dbt, LEDGER_PROJECT, target, *words))
        return begun[-1]

    yield begin
    for building in begun:
        building.end()


@contextmanager
def held(things, sql):
    """Hold the locks of a statement."""
    with closing(psycopg2.connect(things.database.urls["transformer"])) as holder:
        with holder.cursor() as cursor:
            cursor.execute(sql)
        yield
        holder.rollback()


def waiting(things, at="%"):
    """Wait until a build waits for a lock, in such a statement; return its backend."""
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        found = things.database.query(WAITING, at)
        if found:
            return [pid for (pid,) in found]
        time.sleep(0.05)
    raise AssertionError("no build came to wait")


IN_THE_MIDDLE = "select from marts.shelves where room = 'b' for update"


@pytest.mark.parametrize("killed", ["backend", "process"])
def test_a_build_killed_in_the_middle_leaves_no_trace_and_the_next_heals(
    things, ledger, begin, killed
):
    things.land({"a1x": 10, "a2x": None, "b1x": 80})
    with held(things, IN_THE_MIDDLE):
        building = begin("run")
        (backend,) = waiting(things)
        if killed == "backend":
            things.database.query(
                "select pg_terminate_backend(%s)", backend, role="admin"
            )
        else:
            os.kill(building.process.pid, signal.SIGKILL)
        building.process.join(60)
    while things.database.query(
        "select 1 from pg_stat_activity where pid = %s", backend
    ):
        time.sleep(0.05)
    left = things.version("shelves"), things.shelves, things.vanished("shelves")

    ledger("run")

    assert left == (1, {"a1": 3, "a2": 4, "b1": 8}, [])
    assert things.shelves == {"a1": 12, "b1": 80}
    assert things.rooms == {"a": 12, "b": 80}


def test_two_builders_of_a_model_take_turns(things, begin):
    things.land({"a1x": 10, "b1x": None})
    with held(things, IN_THE_MIDDLE):
        builds = [begin("run", "-s", "things", "shelves") for _ in range(2)]
        waiting(things, "%update ops.versions%")
    for building in builds:
        assert set(building.result().values()) == {"success"}

    # the second finds nothing left to do
    assert things.version("shelves") == 2
    assert things.shelves == {"a1": 12, "a2": 4}
    assert things.vanished("shelves") == [{"room": "b", "shelf": "1"}]


def test_readers_see_a_mart_whole_while_it_is_built(things, begin):
    things.land({"a1x": 10, "b1x": 80})
    with held(things, IN_THE_MIDDLE):
        building = begin("run")
        waiting(things)
        during = things.shelves
    building.result()

    assert during == {"a1": 3, "a2": 4, "b1": 8}
    assert things.shelves == {"a1": 12, "a2": 4, "b1": 80}


def test_a_build_waits_for_no_vacuum_of_its_tables(things, ledger, begin):
    things.land({"a1x": 16})
    tables = "staging.things, marts.shelves, marts.rooms, ops.vanished"
    with held(things, f"lock table {tables} in share update exclusive mode"):
        told = begin("run").result()

    assert set(told.values()) == {"success"}
    assert things.rooms["a"] == 22


def test_of_two_first_builders_the_second_waits_and_goes_on_from_there(
    database, ledger, begin
):
    things = Things(database)
    things.land({"a1x": 1})
    ledger("run", "-s", "things")
    first = "insert into ops.versions values ('shelves', 0, '1')"
    with held(things, first):
        builds = [begin("run", "-s", "shelves") for _ in range(2)]
        waiting(things, "%insert into ops.versions%")
        waiting(things, "%pg_advisory_lock%")
    told = [building.result()["shelves"] for building in builds]

    assert told == ["success", "success"]
    assert things.shelves == {"a1": 1}
    assert things.version("shelves") == 1
