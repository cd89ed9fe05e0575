"""What a machine does to a warehouse, and that a plain run then brings the truth."""

import os
import shutil
import subprocess
import time
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from functools import partial
from unittest.mock import patch

import psycopg2
import pytest

import warehouse
from ingestion import clock
from tests.support.throwaway import run_warehouse
from tests.trust.all_marts import (
    assert_healthy,
    assert_no_load_counts_twice,
    assert_truth,
)
from tests.trust.world import wait_for
from warehouse.errors import DISK_FULL, says_disk_full

LONG = pytest.mark.long
LATENCY = 8


@pytest.fixture
def noted(record_property):
    """Return what notes a fault that the systems of a world survived."""

    def note(world, fault):
        for system in world.systems:
            record_property("matrix", ("machine", fault, system, "heals"))

    return note


def assert_healed(world):
    """Run all once, as anybody would, and compare."""
    world.heal()
    assert_truth(world)
    assert_no_load_counts_twice(world)


def rows(world):
    """Count what stands in raw and in the marts."""
    names = ("raw.binance__klines", "raw._dlt_loads", "marts.fct_candles_5m")
    count = "select count(*) from {}"
    return [world.database.query(count.format(name)) for name in names]


@LONG
def test_a_server_restarted_between_any_two_steps_is_not_noticed(large, noted):
    steps = [partial(large.ingestion, system) for system in large.systems]
    for begin in (*steps, partial(large.dbt, "run"), partial(large.dbt, "test")):
        warehouse.stop()
        large.start()
        done = begin()
        assert done.wait() == 0, done.said
    warehouse.stop()
    large.start()

    assert_healed(large)
    noted(large, "server restarted between steps")


@contextmanager
def no_connection_left(world):
    """Hold all connections that the server gives to anybody but an administrator."""
    with ExitStack() as held:
        while True:
            try:
                one = psycopg2.connect(world.database.urls["loader"])
            except psycopg2.OperationalError:
                break
            held.enter_context(closing(one))
        yield


def connected(world, name):
    """Whether somebody of this name is there."""
    sql = "select 1 from pg_stat_activity where application_name like %s"
    return bool(world.database.query(sql, name, role="admin"))


@LONG
def test_with_no_connection_left_a_run_says_so_and_the_next_heals(large, noted):
    large.step()
    before = rows(large)
    with no_connection_left(large):
        for system in large.systems:
            asked = large.ingestion(system)
            assert asked.wait() == 1, asked.said
            assert "No connection as loader to " in asked.said
            assert "connection slots" in asked.said
            assert "Traceback" not in asked.said
        built = large.dbt()
        assert built.wait() == 2
        assert "connection slots" in built.said
    assert rows(large) == before

    large.sandbox.control("binance", delay=LATENCY, times=2)
    asked = large.ingestion("binance")
    wait_for(lambda: connected(large, "ingestion binance,%"))
    with no_connection_left(large):
        code = asked.wait()
    assert code == 1, asked.said
    assert "Nothing is lost: " in asked.said
    assert rows(large) == before

    built = large.dbt()
    wait_for(lambda: connected(large, "dbt"))
    with no_connection_left(large):
        code = built.wait()
    print(f"dbt, whose connections ran out while it ran, ended with {code}")

    assert_healed(large)
    noted(large, "no connection left")


@contextmanager
def clock_set_back(by):
    """Let ingestion read a clock that is behind, and dlt number its loads by it."""
    begun, now = time.time(), clock.now
    name = "dlt.common.storages.load_package.increasing_precise_time"
    with (
        patch("ingestion.clock.now", lambda: now() - by),
        patch(name, lambda: time.time() - by.total_seconds() - begun % 1),
    ):
        yield


def revise(world, ago):
    """Let the minute that opened so long ago have been another one."""
    opened_at = world.clock.replace(second=0) - ago
    order = {"symbol": "BTCUSDT", "opened_at_ms": opened_at.isoformat(), "factor": "2"}
    world.sandbox.control("binance", revise=order)


@pytest.mark.parametrize("by", [timedelta(hours=1), timedelta(days=8)])
@pytest.mark.parametrize("size", ["small", pytest.param("large", marks=LONG)])
def test_what_was_asked_while_the_clock_was_ahead_still_counts(size, by, request):
    world = request.getfixturevalue(size)
    for ahead in (by, timedelta(), by):
        with clock_set_back(-ahead):
            for _ in range(2):
                world.ask()
                world.step()
    assert_healed(world)


@pytest.mark.parametrize("size", ["small", pytest.param("large", marks=LONG)])
def test_answers_that_came_while_the_clock_was_set_back_still_count(
    size, request, noted
):
    world = request.getfixturevalue(size)
    revise(world, timedelta(minutes=5))
    with clock_set_back(timedelta(hours=2)):
        for _ in range(5):
            world.ask()
            world.step()
    assert_healed(world)  # by when the tail that is asked again has left the minute

    times = "select count(*), count(distinct fetched_at) from raw.binance__klines"
    ((pages, moments),) = world.database.query(times)
    assert pages == moments
    if size == "large":
        noted(world, "clock set back")


@pytest.fixture
def disk(outside):
    """Mount a small disk where the warehouse will be; return what fills it."""
    place = outside / "warehouse"
    place.mkdir(mode=0o755)
    mount = ["mount", "-t", "tmpfs", "-o", "size=2400m,mode=755", "tmpfs", str(place)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)  # noqa: S603, S607
    if done.returncode:
        print(f"no disk of our own can be mounted: {done.stderr.strip()}")
        pytest.skip(f"no disk of our own can be mounted: {done.stderr.strip()}")

    @contextmanager
    def full():
        ballast = place / "ballast"
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(place).free - 2**16)
        try:
            yield
        finally:
            ballast.unlink()

    yield full
    run_warehouse(place, "reset", "--yes")  # while its server is still to be found
    subprocess.run(["umount", "--lazy", str(place)], check=False)  # noqa: S603, S607


@LONG
def test_a_full_disk_fails_in_words_and_once_there_is_room_the_next_run_heals(
    disk, world_of, noted
):
    world = world_of()
    for is_new in (True, False):
        for name in world.systems:
            if not is_new:
                world.step()
            with disk():
                asked = world.ingestion(name)
                code = asked.wait()
            print(f"{name}: exit {code}, {asked.said.strip().splitlines()[-1]}")
            world.start()
            if code:
                assert DISK_FULL in asked.said.splitlines(), asked.said
                assert "Nothing is lost: " in asked.said
            assert code or not is_new
            assert world.ingestion(name).wait() == 0
        with disk():
            built = world.dbt()
            assert built.wait() == 1, built.said
        assert says_disk_full(built.said), built.said
        print(built.said[-300:])
        world.start()
        assert_healed(world)
    assert_healthy(world)
    noted(world, "disk full")
