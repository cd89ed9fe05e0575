"""Killed at any moment, the warehouse ends with the truth once all runs to its end."""

import pytest

from ingestion.ingest import SYSTEMS
from tests.dbt_project.test_replay import marts
from tests.trust.all_marts import (
    assert_healthy,
    assert_no_load_counts_twice,
    assert_truth,
)
from tests.trust.kills import Kills

LOANS = ("+fct_loan_arrears_1d", "+fct_missed_payments", "+rpt_loans")
MANY, FEW = 50, 2
SMALL = {
    "systems": ("binance", "loans"),
    "models": ("-s", "+fct_candles_1w", *LOANS),
}
WHAT = ("of_ingestion", "of_dbt", "of_postgres")


@pytest.fixture
def survives(world_of, chance):
    """Return what kills so often, then runs all once and compares all marts."""

    def survives(what: tuple[str, ...], times: int, **options: object) -> Kills:
        world = world_of(**options)
        world.heal()
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


def test_a_few_kills_of_each_leave_the_truth(survives):
    survives(WHAT, FEW, **SMALL)


@pytest.mark.long
def test_fifty_kills_of_ingestion_leave_the_truth(survives, record_property):
    killed = survives(("of_ingestion",), MANY)

    for system in SYSTEMS:
        cell = ("machine", "kill -9 of ingestion", system, killed.count[system])
        record_property("matrix", cell)
    assert all(killed.count[system] for system in SYSTEMS)
    assert_healthy(killed.world)


@pytest.mark.long
def test_fifty_kills_of_dbt_leave_the_truth(survives, record_property):
    killed = survives(("of_dbt",), MANY)

    for system in SYSTEMS:
        record_property("matrix", ("machine", "kill -9 of dbt", system, MANY))
    assert_healthy(killed.world)
    built = marts(killed.world.database)
    again = killed.world.dbt("run", "--full-refresh")
    assert again.wait(300) == 0, again.said
    assert marts(killed.world.database) == built


@pytest.mark.long
def test_fifty_kills_of_postgres_leave_the_truth(survives, record_property):
    killed = survives(("of_postgres",), MANY)

    for system in SYSTEMS:
        cell = ("machine", "kill -9 of Postgres", system, MANY)
        record_property("matrix", cell)
    assert_healthy(killed.world)
    assert not [ending for ending in killed.endings if "no words" in ending]
