"""What is asked of the rankings: the top, the moves, the unmatched."""

import json

from tests.support.ranking_minutes import (
    APART,
    GONE,
    MINUTES,
    of_minutes,
    others,
)
from tests.support.rankings import NOON, SECOND, ranks


def test_what_is_staged_is_either_ranked_or_unmatched(coins, database):
    unmatched = database.query(
        "select snapshot_at, source, coin_id, source_rank, fetched_at "
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
    apart = [coin for minute, _, coin, *_ in unmatched if minute == APART]
    assert len(apart) == len(set(apart)) == 110
    told = {
        (ranked_at, place): top
        for ranked_at, tops in of_minutes(MINUTES)[1].values()
        for place, top in enumerate(tops, 1)
    }
    for _, source, coin, place, fetched_at in unmatched:
        if source == "cryptocompare":
            assert told[fetched_at, place].id == coin


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
    assert newest == everything
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
