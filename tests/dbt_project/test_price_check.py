"""CoinMarketCap's prices held against the candles that had closed by then."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.database import kept
from tests.support.klines import DAY, FETCHED, HOUR, MINUTE, pages
from tests.support.rankings import (
    LISTINGS,
    NOON,
    TOPLIST,
    Coin,
    listings,
    toplist,
)
from tests.support.raw import Raw
from warehouse.ledger import rebuild

MODELS = ("-s", "+rpt_price_check")
COINS = {"BTCUSDT": 1, "ETHUSDT": 1027}
CHECKS = "select * from marts.rpt_price_check"
NEW = "select checked_at from marts.rpt_price_check where changed_in > %s"
VERSION = "select version from ops.versions where model = 'rpt_price_check'"


def snapshot(raw, minute):
    """Land both sources' answers of a minute: two coins with a market, one without."""
    listed = [Coin(1, "50000.5"), Coin(1027, "1e-7"), Coin(77, "3")]
    tops = [Coin(9000 + coin.id, "10", linked_id=str(coin.id)) for coin in listed]
    raw.land_answers(LISTINGS, listings(listed, minute))
    raw.land_answers(TOPLIST, toplist(tops, minute))


def expected(tables):
    """Hold each listed price against the newest complete candle of the hour before."""
    candles = tables.records("select * from marts.fct_candles_5m where is_complete")
    found = {}
    for rank in tables.records("select * from marts.fct_coin_ranks_1m"):
        for symbol, coin_id in COINS.items():
            closed = {
                candle["opened_at"] + 5 * MINUTE: candle["close_price"]
                for candle in candles
                if candle["symbol"] == symbol
                and timedelta(0)
                <= rank["priced_at"] - candle["opened_at"] - 5 * MINUTE
                <= HOUR
            }
            if rank["coin_id"] == coin_id and closed:
                found[rank["snapshot_at"], symbol] = (
                    rank["price_usd"],
                    max(closed),
                    closed[max(closed)],
                )
    return found


def checked(tables):
    """Return price, candle's end and close of each check; its difference must fit."""
    found = {}
    for row in tables.records(CHECKS):
        price, close = row["listed_price_usd"], row["candle_close"]
        assert abs(row["difference"] - (price / close - 1)) < Decimal("1e-12")
        assert row["coin_id"] == COINS[row["symbol"]]
        key = row["checked_at"], row["symbol"]
        found[key] = (price, row["candle_closed_at"], close)
    return found


def version(database):
    return database.query(VERSION)[0][0]


@pytest.fixture
def checking(database, dbt):
    """Return snapshots from noon on, and candles that end half an hour after it."""

    def make():
        raw = Raw(database)
        hole = [NOON - 8 * MINUTE]
        for symbol in COINS:
            raw.land(pages(symbol, NOON - HOUR, NOON + HOUR / 2, without=hole))
        for minute in (0, 5, 29, 45, 120):
            snapshot(raw, NOON + minute * MINUTE)
        dbt("run", *MODELS)

    kept(database, "price_check", make)
    raw = Raw(database)
    for _ in range(12):
        raw.next_id()
    return raw


def test_a_price_is_held_against_the_newest_candle_that_had_closed(checking, tables):
    found = checked(tables)

    assert found == expected(tables)
    assert {key: closed for key, (_, closed, _) in found.items()} == {
        (NOON + minute * MINUTE, symbol): NOON + closed * MINUTE
        for minute, closed in ((0, 0), (5, 5), (29, 25), (45, 30))
        for symbol in COINS
    }


def test_a_late_candle_moves_the_checks_of_the_hour_after_it(
    checking, database, dbt, tables
):
    before = version(database)
    late = pages(
        "BTCUSDT", NOON + HOUR / 2, NOON + HOUR / 2 + 5 * MINUTE, fetched_at=FETCHED
    )
    checking.land(late)

    dbt("run", *MODELS)

    assert checked(tables) == expected(tables)
    assert database.query(NEW, before) == [(NOON + 45 * MINUTE,)]


def test_a_revised_candle_and_a_late_snapshot_meet(checking, database, dbt, tables):
    before = version(database)
    checking.land(
        pages(
            "ETHUSDT",
            NOON + 20 * MINUTE,
            NOON + 25 * MINUTE,
            revision=1,
            fetched_at=FETCHED + DAY,
        )
    )
    snapshot(checking, NOON + 26 * MINUTE)

    dbt("run", *MODELS)

    assert checked(tables) == expected(tables)
    new = sorted(minute for (minute,) in database.query(NEW, before))
    assert new == [NOON + place * MINUTE for place in (26, 26, 29)]


def test_without_a_peg_nothing_is_checked_until_it_is_back(
    checking, database, dbt, tables
):
    database.query("update staging.stg_pegged_assets set currency = '', changed_in = 9")
    database.query("update ops.versions set version = 9 where model ~ 'pegged_assets'")

    dbt("run", "-s", "rpt_price_check")
    without = checked(tables)
    rebuild("stg_pegged_assets", None, None)
    dbt("run", "-s", "stg_pegged_assets", "rpt_price_check")

    assert without == {}
    assert checked(tables) == expected(tables) != {}


def test_a_price_more_than_two_percent_off_is_a_warning(checking, dbt):
    results = dbt("test", "-s", "rpt_price_check,test_name:in_range", check=False)

    assert [
        (result.status, result.failures) for result in results if result.failures
    ] == [("warn", 8)]
