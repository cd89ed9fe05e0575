"""The ranking of coins by the minute, held against a computation of its own."""

import json
from decimal import Decimal
from random import Random

import pytest

from tests.dbt_project.conftest import kept
from tests.dbt_project.rankings import (
    LISTINGS,
    MINUTE,
    MODELS,
    NOON,
    SECOND,
    TOPLIST,
    Coin,
    listings,
    ranks,
    toplist,
)
from tests.dbt_project.raw import Raw

MART = "marts.fct_coin_ranks_1m"
RANKS = (
    *("-s", "stg_coinmarketcap__listings", "stg_cryptocompare__toplist"),
    "fct_coin_ranks_1m",
)
MINUTES = [NOON + number * MINUTE for number in range(8)]
GONE = MINUTES[4]
WHOLE = "to_jsonb(mart) - 'updated_at' - 'changed_in'"


def of_minute(minute):
    """Give both sources' coins of a minute, told by its time alone."""
    chance = Random(minute.isoformat())  # noqa: S311 - no secret
    listed = [
        Coin(
            number,
            str(chance.randrange(10**12) / 10**8),
            symbol=f"S{number % 7}",
            name=f"Coin {number}",
        )
        for number in chance.sample(range(1, 121), 110)
    ]
    told = [str(number) if number % 11 else None for number in range(1, 131)]
    told[5] = told[6] = "7"
    volumes = {number: chance.randrange(10**9) for number in range(1, 131)}
    order = sorted(volumes, key=volumes.get, reverse=True)[:115]
    tops = [Coin(number, str(volumes[number]), told[number - 1]) for number in order]
    return listed, [*tops[:50], tops[49], *tops[50:]]


def of_minutes(minutes):
    """Give what counts of some minutes, as `ranks` takes it."""
    priced, ranked = {}, {}
    for minute in minutes:
        listed, tops = of_minute(minute)
        late = 70 if minute == MINUTES[6] else 8
        priced[minute] = (minute + 5 * SECOND, listed)
        ranked[minute] = (minute + late * SECOND, tops)
    return priced, ranked


def land(raw, *minutes):
    priced, ranked = of_minutes(minutes)
    for minute in minutes:
        for table, answer, (at, coins) in (
            (LISTINGS, listings, priced[minute]),
            (TOPLIST, lambda *one: toplist(*one, size=50), ranked[minute]),
        ):
            pages = answer(coins, minute, (at - minute).total_seconds())
            raw.land_answers(table, pages[::-1])


@pytest.fixture
def coins(database, dbt):
    """Give seven of eight minutes, built; one's answers are too far apart."""

    def make():
        land(Raw(database), *[minute for minute in MINUTES if minute != GONE])
        dbt("build", *MODELS)

    kept(database, "coins", make)
    raw = Raw(database)
    for _ in range(30):
        raw.next_id()
    return raw


def built(tables):
    """Give the mart as `ranks` does."""
    return {
        (row["snapshot_at"], row["coin_id"]): {
            "coin_rank": row["coin_rank"],
            "symbol": row["symbol"],
            "price": row["price_usd"],
            "volume": row["volume_24h_usd"],
            "source_rank": row["source_rank"],
            "previous_rank": row["previous_rank"],
            "rank_change": row["rank_change"],
            "priced_at": row["priced_at"],
            "ranked_at": row["ranked_at"],
        }
        for row in tables.records(f"select * from {MART}")  # noqa: S608 - a table of ours
    }


def exact(expected):
    """Give what `ranks` gives, its texts as exact numbers."""
    return {
        key: {
            name: Decimal(value) if name in ("price", "volume") else value
            for name, value in row.items()
        }
        for key, row in expected.items()
    }


def others(minutes):
    return of_minutes([minute for minute in MINUTES if minute not in minutes])


def test_the_ranks_equal_a_computation_that_shares_no_code(coins, tables):
    expected = exact(ranks(*others([GONE])))

    found = built(tables)

    assert found == expected
    assert {key[0] for key in found} == set(MINUTES) - {GONE, MINUTES[6]}
    assert len(found) > 6 * 70
    assert {row["rank_change"] is None for row in found.values()} == {True, False}
    skews = tables.records(
        f"select distinct skew_seconds, price_age_seconds > 0 as is_old from {MART}"  # noqa: S608 - a table of ours
    )
    assert skews == [{"skew_seconds": Decimal(3), "is_old": True}]


def test_a_late_snapshot_changes_itself_and_its_successors_movement(coins, dbt, tables):
    before = tables.places(MART)
    land(coins, GONE)

    dbt("run", *RANKS)

    found = built(tables)
    assert found == exact(ranks(*of_minutes(MINUTES)))
    written = tables.records(
        f"select distinct snapshot_at from {MART} "  # noqa: S608 - a table of ours
        f"where changed_in = (select max(changed_in) from {MART})"
    )
    assert {row["snapshot_at"] for row in written} == {GONE, GONE + MINUTE}
    assert len(before - tables.places(MART)) <= 120


def test_a_newer_answer_takes_coins_away_and_the_successor_notices(coins, dbt, tables):
    minute = MINUTES[1]
    fewer = of_minute(minute)[1][30:80]
    coins.land_answers(TOPLIST, toplist(fewer, minute, 20, size=100))

    dbt("run", *RANKS)

    priced, ranked = others([GONE])
    ranked[minute] = (minute + 20 * SECOND, fewer)
    assert built(tables) == exact(ranks(priced, ranked))


def test_a_minute_that_empties_is_skipped_by_its_successor(coins, dbt, tables):
    minute = MINUTES[2]
    unknown = [Coin(1, told_id="999")]
    coins.land_answers(TOPLIST, toplist(unknown, minute, 20))

    dbt("run", *RANKS)

    priced, ranked = others([GONE])
    ranked[minute] = (minute + 20 * SECOND, unknown)
    found = built(tables)
    assert found == exact(ranks(priced, ranked))
    assert minute not in {key[0] for key in found}


def test_any_order_and_repetition_gives_what_a_full_refresh_gives(
    database, raw, dbt, tables
):
    def mart():
        return database.query(f"select ({WHOLE})::text from {MART} as mart order by 1")  # noqa: S608 - a table of ours

    for minutes in (MINUTES[5:], MINUTES[:2], MINUTES[4:6], MINUTES[2:5]):
        land(raw, *minutes[::-1])
        dbt("run", *RANKS)
    found = built(tables), mart()

    dbt("run", "--full-refresh", *RANKS)

    assert found[0] == exact(ranks(*of_minutes(MINUTES)))
    assert (built(tables), mart()) == found


def test_a_build_of_nothing_new_writes_nothing(coins, dbt, tables):
    before = tables.all_places()

    dbt("run", *MODELS)

    assert tables.all_places() == before


def test_what_is_staged_is_either_ranked_or_unmatched(coins, database):
    unmatched = database.query(
        "select snapshot_at, source, coin_id, source_rank "
        "from marts.rpt_unmatched_coins",
        role="reader",
    )
    ((listed, topped, ranked),) = database.query(
        "select (select count(*) from staging.stg_coinmarketcap__listings), "
        "(select count(*) from staging.stg_cryptocompare__toplist), "
        "(select count(*) from marts.fct_coin_ranks_1m)"
    )
    sources = [source for _, source, *_ in unmatched]
    assert sources.count("coinmarketcap") == listed - ranked
    assert sources.count("cryptocompare") == topped - ranked
    apart = {coin for minute, _, coin, _ in unmatched if minute == MINUTES[6]}
    assert len(apart) > 110
    told = {
        (minute, place): top
        for minute in MINUTES
        for place, top in enumerate(of_minute(minute)[1], 1)
    }
    for minute, source, coin, place in unmatched:
        if source == "cryptocompare":
            assert told[minute, place].id == coin


def test_the_moves_tell_who_entered_left_rose_and_fell(coins, database):
    rows = database.query(
        "select movement, coin_id, coin_rank, previous_rank, rank_change "
        "from marts.rpt_coin_moves where snapshot_at = %s",
        MINUTES[1],
        role="reader",
    )
    expected = ranks(*others([GONE]))
    first, second = (
        {coin: row["coin_rank"] for (at, coin), row in expected.items() if at == minute}
        for minute in MINUTES[:2]
    )

    told = {coin: (movement, *others) for movement, coin, *others in rows}

    assert told == {
        **{coin: ("left", None, first[coin], None) for coin in first.keys() - second},
        **{
            coin: ("entered", second[coin], None, None)
            for coin in second.keys() - first
        },
        **{
            coin: (
                "up" if first[coin] > second[coin] else "down",
                *(second[coin], first[coin], first[coin] - second[coin]),
            )
            for coin in first.keys() & second
            if first[coin] != second[coin]
        },
    }
    assert {movement for movement, *_ in told.values()} == {
        *("left", "entered", "up", "down")
    }


def test_top_coins_answers_with_the_nearest_earlier_snapshot(coins, database):
    def top(*asked):
        return database.query(
            f"select snapshot_at, coin_rank from marts.top_coins({', '.join(asked)})",  # noqa: S608 - words of ours
            role="reader",
        )

    def at(time):
        return f"at => '{time.isoformat()}'"

    assert top("3", at(MINUTES[1])) == [(MINUTES[1], rank) for rank in (1, 2, 3)]
    assert {row[0] for row in top("3", at(GONE + 59 * SECOND))} == {MINUTES[3]}
    assert top("3", at(NOON - SECOND)) == []
    assert top("0") == []
    assert len(top("1000")) == len(top()) == len(top("at => now()")) > 70
    newest = database.query("select * from marts.rpt_top_coins", role="reader")
    everything = database.query("select * from marts.top_coins()", role="reader")
    assert sorted(newest, key=lambda row: row[1]) == everything
    assert everything[0][0] == MINUTES[7]


def test_a_build_of_no_rows_leaves_top_coins_whole(coins, dbt, database):
    dbt("build", "--empty", "-s", "top_coins")

    assert len(database.query("select * from marts.top_coins(5)")) == 5


def test_the_columns_are_the_public_ones(coins, database):
    names = [
        name
        for (name,) in database.query(
            "select column_name from information_schema.columns "
            "where table_schema = 'marts' and table_name = 'fct_coin_ranks_1m'"
        )
    ]
    assert set(names) >= {
        *("snapshot_at", "coin_rank", "coin_id", "symbol", "coin_name", "price_usd"),
        *("volume_24h_usd", "source_rank", "previous_rank", "rank_change"),
        *("priced_at", "ranked_at", "price_updated_at", "volume_updated_at"),
        "skew_seconds",
    }
    ((text,),) = database.query(
        "select to_jsonb(top)::text from marts.top_coins(1) as top"
    )
    assert set(json.loads(text)) == set(names) - {"changed_in"}
