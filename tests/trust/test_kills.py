"""Killed at any moment, the warehouse ends with the truth once all runs to its end."""

import json
import os

import pytest

from ingestion.sources import SYSTEMS
from tests.dbt_project.test_replay import marts
from tests.trust.all_marts import (
    assert_healthy,
    assert_no_load_counts_twice,
    assert_truth,
)
from tests.trust.kills import Kills
from tests.trust.world import World

MANY, FEW = int(os.environ.get("TRUST_KILLS", "50")), 2
CAME = ("fetched_at", "pulled_at")
WHAT = ("of_ingestion", "of_dbt", "of_postgres")


@pytest.fixture
def survives(chance):
    """Return what kills so often, then runs all once and compares all marts."""

    def survives(world: World, what: tuple[str, ...], times: int) -> Kills:
        killed = Kills(world, chance)
        for one in what:
            wanted = killed.count.total() + times
            while killed.count.total() < wanted:
                world.step()
                getattr(killed, one)()
        print(dict(killed.count), dict(killed.phases), dict(killed.endings), sep="\n")

        world.step()
        world.heal()

        assert_truth(world)
        assert_no_load_counts_twice(world)
        return killed

    return survives


def test_a_few_kills_of_each_leave_the_truth(survives, small):
    survives(small, WHAT, FEW)


@pytest.mark.long
def test_fifty_kills_of_ingestion_leave_the_truth(survives, large, record_property):
    killed = survives(large, ("of_ingestion",), MANY)

    for system in SYSTEMS:
        cell = ("machine", "kill -9 of ingestion", system, killed.count[system])
        record_property("matrix", cell)
    assert MANY < 50 or all(killed.count[system] for system in SYSTEMS)
    assert_healthy(killed.world)


@pytest.mark.long
def test_fifty_kills_of_dbt_leave_the_truth(survives, large, record_property):
    killed = survives(large, ("of_dbt",), MANY)

    for system in SYSTEMS:
        record_property("matrix", ("machine", "kill -9 of dbt", system, MANY))
    assert_healthy(killed.world)
    built = marts_rows(killed.world)
    again = killed.world.dbt("run", "--full-refresh")
    assert again.wait(300) == 0, again.said
    anew = marts_rows(killed.world)
    assert [name for name in built if built[name] != anew[name]] == []


def marts_rows(world: World) -> dict[str, list[str]]:
    """Return the rows of all marts, but for when an answer came.

    An answer that says the same again moves that in staging and costs nothing beyond.
    """
    return {
        name: sorted(
            json.dumps(
                {key: row[key] for key in row if key not in CAME}, sort_keys=True
            )
            for row in (json.loads(text, parse_float=str) for (text,) in rows)
        )
        for name, rows in marts(world.database).items()
    }


@pytest.mark.long
def test_fifty_kills_of_postgres_leave_the_truth(survives, large, record_property):
    killed = survives(large, ("of_postgres",), MANY)

    for system in SYSTEMS:
        cell = ("machine", "kill -9 of Postgres", system, MANY)
        record_property("matrix", cell)
    assert_healthy(killed.world)
    assert not [ending for ending in killed.endings if "no words" in ending]
