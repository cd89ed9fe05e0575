"""Minutes without a snapshot, and coins that a snapshot lacks, are told as gaps."""

from datetime import timedelta
from random import Random

import pytest

from ingestion.__main__ import main
from tests.support.rankings import (
    LISTINGS,
    MINUTE,
    NOON,
    SECOND,
    TOPLIST,
    Coin,
    listings,
    pairs,
    toplist,
)

ALL = ("-s", "+rpt_gaps")
RANKED = (
    *("-s", "stg_coinmarketcap__listings", "stg_cryptocompare__toplist"),
    *("int_coin_answers__paired", "stg_fetches", "int_fetches__merged"),
    *("fct_coverage_1d", "rpt_gaps"),
)
SYSTEMS = {"coinmarketcap": LISTINGS, "cryptocompare": TOPLIST}
GAPS = """
select system, gap_from, gap_to, missing_count, is_source_gap, slot_seconds
from marts.rpt_gaps
where series_key = 'USD'
order by 1, 2
"""
COINS = [Coin(1, linked_id="1")]


class World:
    """When each system was asked, and when it answered."""

    def __init__(self, raw):
        self.raw = raw
        self.asked = {system: set() for system in SYSTEMS}
        self.answered = {system: set() for system in SYSTEMS}

    def ask(self, system, time, *, is_well=True):
        """Land an asking's note, and its answer."""
        minute = time.replace(second=0, microsecond=0)
        load = self.raw.next_id()
        if is_well:
            answer = listings if system == "coinmarketcap" else toplist
            pages = answer(COINS, minute, (time - minute).total_seconds())
            load = self.raw.land_answers(SYSTEMS[system], pages)
            self.answered[system].add(time)
        outcome = "ok" if is_well else "failed"
        with self.raw.loader() as loader:
            loader.execute(
                f"insert into raw.{system}__fetches "  # noqa: S608 - a table of ours
                "values (%s, 'USD', %s, %s, %s, null, 1, 0, now(), %s)",
                (system, minute, minute + MINUTE, outcome, load),
            )
        if not is_well:
            self.raw.complete(load, system=system)
        self.asked[system].add(minute)

    def truth(self):
        """Return the gaps of both, minute by minute."""
        there = set(pairs(*self.answered.values()))
        found = []
        for system, asked in sorted(self.asked.items()):
            asked = sorted(asked)
            between = {
                minute
                for one, other in zip(asked, asked[1:], strict=False)
                if other - one < 10 * MINUTE
                for minute in minutes_of(one, other)
            }
            missing = {
                minute
                for minute in between | set(asked)
                if minute not in there and min(there) < minute < max(there)
            }
            for minute in sorted(missing):
                if found and found[-1][0] == system and found[-1][2] == minute:
                    found[-1][2] += MINUTE
                    found[-1][3] += 1
                else:
                    found.append([system, minute, minute + MINUTE, 1, True, 60])
        return [tuple(gap) for gap in found]


def minutes_of(start, end):
    return [start + number * MINUTE for number in range((end - start) // MINUTE)]


@pytest.fixture
def world(raw, dbt):
    dbt("run", *ALL)
    return World(raw)


def test_minutes_without_a_snapshot_are_told_between_two_askings(
    world, dbt, database, sandbox, capsys
):
    chance = Random(5)  # noqa: S311 - no secret
    start, asked = NOON + 11 * 60 * MINUTE, []
    for number in range(150):
        if number in (
            *range(20, 33),
            *range(60, 68),
            *range(100, 115),
            *range(116, 140),
        ):
            continue
        for system in SYSTEMS:
            late = chance.choice([2, 3, 50, 59]) * SECOND
            is_well = number not in (40, 41, 99) and chance.random() > 0.1
            asked.append((system, start + number * MINUTE + late, is_well))
    chance.shuffle(asked)

    for part in (asked[:70], asked[70:120], asked[120:]):
        for system, time, is_well in part:
            world.ask(system, time, is_well=is_well)
        dbt("run", *RANKED)
        assert database.query(GAPS, role="reader") == world.truth()

    lengths = {(gap[2] - gap[1]) // MINUTE for gap in world.truth()}
    assert {1, 2} <= lengths
    assert max(lengths) >= 8
    dbt("run", "--full-refresh", "-s", "fct_coverage_1d", "rpt_gaps")
    assert database.query(GAPS, role="reader") == world.truth()
    covered = database.query(
        "select system, sum(present_count) from marts.fct_coverage_1d "
        "where series_key = 'USD' group by 1 order by 1"
    )
    count = len(pairs(*world.answered.values()))
    assert covered == [("coinmarketcap", count), ("cryptocompare", count)]
    for system in SYSTEMS:
        assert main([system, "--gaps"]) == 0
        assert "no gaps to ask for" in capsys.readouterr().out
        assert sandbox.requests(system) == []


def test_the_coins_that_a_snapshot_lacks_are_the_sources(raw, dbt, database):
    coins = [Coin(number, linked_id=str(number)) for number in range(1, 200)]
    raw.land_answers(LISTINGS, listings(coins, NOON, 5))
    raw.land_answers(TOPLIST, toplist(coins, NOON, 8, total=200))
    dbt("run", *ALL, "fct_coin_ranks_1m")
    gaps = (
        "select system, series_key, gap_from, gap_to, missing_count, is_source_gap "
        "from marts.rpt_gaps"
    )
    minute = NOON, NOON + timedelta(minutes=1)

    told = database.query(gaps)
    ((priced, ranked),) = database.query(
        "select distinct price_missing_count, rank_missing_count "
        "from marts.fct_coin_ranks_1m"
    )
    raw.land_answers(TOPLIST, toplist([*coins, Coin(200)], NOON, 6, total=200))
    dbt("run", *RANKED)

    assert told == [("cryptocompare", "USD coins", *minute, 1, True)]
    assert (priced, ranked) == (None, 1)
    assert database.query(gaps) == []
