"""A minute of rankings reads what arrived and what it touches, not the history."""

import pytest

from tests.support.database import kept
from tests.support.rankings import (
    LISTINGS,
    MINUTE,
    MODELS,
    NOON,
    TOPLIST,
    Coin,
    listings,
    toplist,
)
from tests.support.raw import Raw

COUNT, MINUTES = 60, 600
GENERATED = """
with minutes as (
    select
        snapshot_at,
        1700000000 + extract(epoch from snapshot_at)::bigint / 60 || '.1' as load,
        '"snapshot_at":"' || to_char(snapshot_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        || '",' as noted,
        snapshot_at + interval '5 seconds' as fetched_at
    from generate_series(
        %(end)s - %(minutes)s * interval '1 minute',
        %(end)s - interval '1 minute',
        '1 minute'
    ) as snapshot_at
), coins as (
    select
        string_agg(format(
            '{"id":%%s,"symbol":"C","name":"Coin","quote":[{"symbol":"USD","price":1.5}]}',
            number
        ), ',') as listed,
        string_agg(format(
            '{"ID":%%s,"SYMBOL":"C","NAME":"Coin",'
            '"ASSET_ALTERNATIVE_IDS":[{"NAME":"CMC","ID":"%%s"}]}',
            number, number
        ), ',') as topped
    from generate_series(1, %(coins)s) as number
), listings as (
    insert into raw.coinmarketcap__listings
    select
        '{' || noted || '"start":1,"limit":1000,"wanted":1000}',
        '{"status":{"error_code":0},"data":[' || listed || ']}',
        fetched_at, null, load
    from minutes cross join coins
), toplist as (
    insert into raw.cryptocompare__toplist
    select
        '{' || noted || '"page":1,"page_size":100,"wanted":500}',
        '{"Data":{"LIST":[' || topped || ']},"Err":{}}',
        fetched_at, null, load
    from minutes cross join coins
)
insert into raw._dlt_loads
select load, system, 0, now(), 'hash'
from minutes cross join unnest(array['coinmarketcap', 'cryptocompare']) as system
"""
COINS = [Coin(number, linked_id=number) for number in range(1, COUNT + 1)]


@pytest.fixture
def history(database, dbt):
    """Return ten hours of rankings, built, and a minute that is missing."""

    def make():
        raw = Raw(database)
        with raw.loader() as loader:
            bounds = {"end": NOON, "minutes": MINUTES, "coins": COUNT}
            loader.execute(GENERATED, bounds)
            loader.execute(
                "analyze raw.coinmarketcap__listings, raw.cryptocompare__toplist, "
                "raw._dlt_loads"
            )
        dbt("build", *MODELS)

    kept(database, "coin_history", make)
    return Raw(database)


@pytest.mark.parametrize(
    "minute",
    [NOON, NOON - 300 * MINUTE],
    ids=["the next minute", "an old minute again"],
)
def test_a_minute_reads_no_table_from_end_to_end(history, read, minute):
    history.land_answers(LISTINGS, listings(COINS[:50], minute, 30))
    history.land_answers(TOPLIST, toplist(COINS, minute, 31))

    found = read(*MODELS)

    big = {name: read for name, read in found.items() if read[0] > 4000}
    assert set(big) == {
        "staging.stg_coinmarketcap__listings",
        "staging.stg_cryptocompare__toplist",
        "marts.fct_coin_ranks_1m",
    }
    assert {name: scanned for name, (_, scanned, _) in big.items() if scanned} == {}
    for rows, _, fetched in big.values():
        assert rows >= COUNT * MINUTES
        assert fetched < rows / 8


def test_nothing_new_reads_next_to_nothing_of_the_rankings(history, read):
    found = read(*MODELS)

    big = {name: read for name, read in found.items() if read[0] > 4000}
    assert {name: scanned for name, (_, scanned, _) in big.items() if scanned} == {}
    assert sum(fetched for _, _, fetched in big.values()) < 5000


@pytest.mark.parametrize(
    "asked",
    [
        "marts.rpt_top_coins",
        "marts.rpt_coin_moves where snapshot_at = '2024-03-05 10:00Z'",
        "marts.rpt_unmatched_coins where snapshot_at = '2024-03-05 10:00Z'",
        "marts.top_coins(10, '2024-03-05 10:00:30Z')",
    ],
)
def test_a_reader_of_one_snapshot_reads_that_one(history, asked):
    plan = history.database.query(
        f"explain (analyze, buffers) select * from {asked}",  # noqa: S608 - ours
        role="reader",
    )

    assert "Index" in str(plan)
    assert "Seq Scan on" not in str(plan)
