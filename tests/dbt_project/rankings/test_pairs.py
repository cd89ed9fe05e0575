"""Which answers of both rankings make a snapshot, whatever order they arrive in."""

from datetime import datetime, timedelta
from random import Random

import pytest

from tests.support.ranking_minutes import MART, built, exact
from tests.support.rankings import (
    LISTINGS,
    NOON,
    SECOND,
    TOPLIST,
    Coin,
    listings,
    pairs,
    ranks,
    toplist,
)

PAIRED = (
    *("-s", "stg_coinmarketcap__listings", "stg_cryptocompare__toplist"),
    *("int_coin_answers__paired", "fct_coin_ranks_1m"),
)
WHOLE = "select (to_jsonb(told) - 'updated_at' - 'changed_in')::text from {} as told"
TABLES = ("intermediate.int_coin_answers__paired", MART)


def coins_at(time: datetime) -> list[Coin]:
    """Return three coins that tell when they were asked for."""
    chance = Random(time.isoformat())  # noqa: S311 - no secret
    numbers = chance.sample(range(1, 6), 3)
    return [
        Coin(number, str(chance.randrange(1, 10**6)), str(number)) for number in numbers
    ]


def land(raw, table, *times):
    """Land answers of one source, all in one load."""
    answer = listings if table == LISTINGS else toplist
    pages = []
    for time in times:
        minute = time.replace(second=0, microsecond=0)
        pages += answer(coins_at(time), minute, (time - minute).total_seconds())
    raw.land_answers(table, pages)


@pytest.fixture
def snapshots(database):
    """Return what looks up the times of the two answers of each snapshot."""

    def snapshots():
        rows = database.query(
            f"select distinct snapshot_at, priced_at, ranked_at from {MART}"  # noqa: S608 - a table of ours
        )
        return {snapshot_at: (priced, ranked) for snapshot_at, priced, ranked in rows}

    return snapshots


def at(minute: int, second: float) -> datetime:
    return NOON + timedelta(minutes=minute, seconds=second)


def test_answers_pair_over_the_edge_of_a_minute(raw, dbt, snapshots):
    land(raw, LISTINGS, at(0, 55.6), at(5, 0))
    land(raw, TOPLIST, at(1, 4.3), at(6, 0), at(6, 0.001))

    dbt("run", *PAIRED)

    assert snapshots() == {
        at(0, 0): (at(0, 55.6), at(1, 4.3)),
        at(5, 0): (at(5, 0), at(6, 0)),
    }


def test_answers_more_than_a_minute_apart_do_not_pair(raw, dbt, snapshots, database):
    land(raw, LISTINGS, at(0, 1))
    land(raw, TOPLIST, at(1, 1.001))

    dbt("run", *PAIRED, "rpt_unmatched_coins")

    assert snapshots() == {}
    unmatched = database.query(
        "select snapshot_at, source, count(*) from marts.rpt_unmatched_coins "
        "group by 1, 2 order by 1"
    )
    assert unmatched == [
        (at(0, 0), "coinmarketcap", 3),
        (at(1, 0), "cryptocompare", 3),
    ]


def test_each_is_to_be_the_others_nearest_and_of_equals_the_earlier(
    raw, dbt, snapshots
):
    land(raw, LISTINGS, at(0, 10), at(0, 30), at(10, 0))
    land(raw, TOPLIST, at(0, 35), at(9, 50), at(10, 10))

    dbt("run", *PAIRED)

    assert snapshots() == {
        at(0, 0): (at(0, 30), at(0, 35)),
        at(9, 0): (at(10, 0), at(9, 50)),
    }


def test_of_two_pairs_of_a_minute_the_later_stands(raw, dbt, snapshots, database):
    land(raw, LISTINGS, at(0, 5), at(0, 40))
    land(raw, TOPLIST, at(0, 9), at(1, 2))

    dbt("run", *PAIRED, "rpt_unmatched_coins")

    assert snapshots() == {at(0, 0): (at(0, 40), at(1, 2))}
    ((ranked,),) = database.query(f"select count(*) from {MART}")  # noqa: S608 - a table of ours
    ((unmatched,),) = database.query("select count(*) from marts.rpt_unmatched_coins")
    assert 2 * ranked + unmatched == 4 * 3


def test_an_answer_that_goes_leaves_its_partner_to_another(raw, dbt, snapshots):
    land(raw, LISTINGS, at(0, 30))
    land(raw, TOPLIST, at(0, 0), at(0, 32))
    dbt("run", *PAIRED)
    before = snapshots()
    gone = at(0, 32)
    raw.database.query(
        "with version as (update ops.versions set version = version + 1 "
        "where model = 'stg_cryptocompare__toplist' returning version), "
        "gone as (delete from staging.stg_cryptocompare__toplist "
        "where snapshot_at = %s returning snapshot_at, coin_id) "
        "insert into ops.vanished (model, version, key) "
        "select 'stg_cryptocompare__toplist', version, to_jsonb(gone) "
        "from version cross join gone",
        gone,
    )

    dbt("run", *PAIRED[:1], *PAIRED[3:])

    assert before == {at(0, 0): (at(0, 30), gone)}
    assert snapshots() == {at(0, 0): (at(0, 30), at(0, 0))}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_times_in_any_order_with_any_builds_give_what_a_fresh_build_gives(
    raw, dbt, tables, database, snapshots, seed
):
    chance = Random(seed)  # noqa: S311 - no secret
    seconds = {
        table: sorted(chance.sample(range(1500), 45)) for table in (LISTINGS, TOPLIST)
    }
    arrivals = [(table, at(0, each)) for table in seconds for each in seconds[table]]
    chance.shuffle(arrivals)
    edges = sorted(chance.sample(range(1, len(arrivals)), 7))
    landed = {LISTINGS: set(), TOPLIST: set()}

    for start, end in zip([0, *edges], [*edges, len(arrivals)], strict=True):
        for table, time in arrivals[start:end]:
            land(raw, table, time)
            landed[table].add(time)
        dbt("run", *PAIRED)
        priced, ranked = (
            {time: (time, coins_at(time)) for time in landed[table]} for table in landed
        )
        assert snapshots() == {
            minute: pair
            for minute, pair in pairs(priced, ranked).items()
            if {coin.id for coin in coins_at(pair[0])}
            & {coin.id for coin in coins_at(pair[1])}
        }
        assert built(tables) == exact(ranks(priced, ranked))

    found = [sorted(database.query(WHOLE.format(table))) for table in TABLES]
    dbt("run", "--full-refresh", *PAIRED)
    fresh = [sorted(database.query(WHOLE.format(table))) for table in TABLES]
    assert found == fresh
    minutes = {
        minute
        for minute, (price, top) in pairs(landed[LISTINGS], landed[TOPLIST]).items()
        if (price - top) > SECOND
    }
    assert len(minutes) > 3
