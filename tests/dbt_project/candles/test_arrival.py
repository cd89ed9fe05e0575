"""The same pages give the same marts, in whatever order they come, and when some go."""

from decimal import Decimal
from random import Random

import pytest

from tests.support.candle_truth import GRAINS, assert_candles, candles
from tests.support.klines import (
    BUILT_UNTIL,
    DAY,
    FETCHED,
    HOUR,
    MINUTE,
    MONDAY,
    every_minute,
    kline,
    pages,
)
from tests.trust.content.coinbase import trades

START, END = MONDAY + 20 * HOUR, MONDAY + 30 * HOUR
HOLE = [START + place * MINUTE for place in range(30, 40)]
GAP = ("BTCUSDT", HOLE[0], HOLE[-1] + MINUTE)
STAGED = "staging.stg_binance__klines"


def answers():
    """Return three answers that overlap, contradict each other and leave a hole."""
    old, new = FETCHED - DAY, FETCHED + DAY
    until = START + 2 * HOUR
    return [
        pages("BTCUSDT", START, END - HOUR, without=HOLE),
        pages("BTCUSDT", START + HOUR, END, revision=1, fetched_at=new),
        pages("BTCUSDT", START, until, revision=2, fetched_at=old, without=HOLE),
    ]


def test_one_name_at_two_exchanges_is_two_series(built, dbt, tables):
    """A later build looks up the parts of a bucket, and finds its own alone."""
    before = of_exchange(tables, "binance")
    start = int((MONDAY + 4 * MINUTE).timestamp())
    rows = [[start, 1, 3, 2, 2, 0.5]]

    built.land_answers(
        "coinbase__candles", [trades(rows, *[MONDAY + 4 * MINUTE] * 2, "BTCUSDT")]
    )
    dbt("run")

    assert of_exchange(tables, "binance") == before
    other = of_exchange(tables, "coinbase")
    for (grain, _), row in other.items():
        assert row["minute_count"] == 1, grain
        assert (row["low_price"], row["high_price"], row["base_volume"]) == (
            *(1, 3),
            Decimal("0.5"),
        )

    built.land(
        pages("BTCUSDT", MONDAY, MONDAY + MINUTE, revision=1, fetched_at=FETCHED + DAY)
    )
    dbt("run")

    assert of_exchange(tables, "coinbase") == other
    assert of_exchange(tables, "binance") != before


def test_what_is_known_of_an_exchange_says_nothing_of_another(built, dbt):
    one, two, three = (BUILT_UNTIL + place * 5 * MINUTE for place in range(3))
    lacking = [start + 2 * MINUTE for start in (one, two, three)]
    gap, quiet = (("BTCUSDT", span, span + MINUTE) for span in lacking[1:])
    rows = [
        [int(opened_at.timestamp()), 1, 3, 2, 2, 0.5]
        for opened_at in (lacking[0], *every_minute(two, three))
        if opened_at != lacking[1]
    ]

    built.land(pages("BTCUSDT", one, three + 5 * MINUTE, without=lacking), gaps=[gap])
    built.land(table="coinbase__candles", quiet=[quiet])
    built.land_answers("coinbase__candles", [trades(rows, one, three, "BTCUSDT")])
    dbt("run")

    found = built.database.query(
        "select exchange, opened_at, is_complete, is_final from marts.fct_candles_5m "
        "where symbol = 'BTCUSDT' and opened_at >= %s",
        BUILT_UNTIL,
    )
    assert set(found) == {
        ("binance", one, False, False),
        ("binance", two, False, True),
        ("binance", three, False, False),
        ("coinbase", one, False, False),
        ("coinbase", two, False, False),
    }


def of_exchange(tables, exchange):
    """Return an exchange's candles of all grains, but for when they were built."""
    candles_of = "(select * from marts.fct_candles_{} where exchange = '{}') as held"
    return {
        (grain, key): row
        for grain in GRAINS
        for key, row in tables.rows(
            candles_of.format(grain, exchange), "updated_at", "changed_in"
        ).items()
    }


@pytest.mark.parametrize("builds", [[[0, 1, 2]], [[2], [1], [0]], [[1, 0], [2]]])
def test_any_order_of_arrival_gives_the_same_marts(
    database, dbt, raw, tables, found, builds
):
    for order in builds:
        for place in order:
            raw.land(answers()[place], gaps=[GAP] if place == 0 else [])
        dbt("run")

    found.append((tables.marts(), tables.rows(STAGED, "changed_in", "load_id")))
    assert found[-1] == found[0]
    assert len(found[0][0]["marts.fct_candles_5m"]) == 118


@pytest.fixture(scope="module")
def found():
    """Return a list of what was found with each order so far."""
    return []


def test_a_full_refresh_gives_the_marts_that_increments_gave(built, dbt, tables):
    made = answers()
    Random(7).shuffle(made)  # noqa: S311 - no secret
    for answer in made:
        built.land(answer)
    dbt("run")
    before = tables.marts()

    dbt("run", "--full-refresh")

    assert tables.marts() == before


def test_minutes_that_raw_no_longer_holds_empty_their_buckets_after_a_full_refresh(
    built, dbt, tables
):
    lost = MONDAY + 1000 * MINUTE
    built.database.query(
        "delete from raw.binance__klines where request::jsonb ->> 'symbol' = 'ETHUSDT' "
        "and (request::jsonb ->> 'startTime')::bigint >= %s",
        lost.timestamp() * 1000,
        role="loader",
    )

    dbt("run", "--full-refresh", "-s", "stg_binance__klines")
    dbt("build")

    left = {
        ("BTCUSDT", MONDAY + place * MINUTE): kline("BTCUSDT", MONDAY + place * MINUTE)
        for place in range(26 * 60)
    } | {
        ("ETHUSDT", MONDAY + place * MINUTE): kline("ETHUSDT", MONDAY + place * MINUTE)
        for place in range(1000)
    }
    for grain in GRAINS:
        found = tables.rows(f"marts.fct_candles_{grain}", "updated_at", "changed_in")
        assert_candles(found, candles(left, grain))
    vanished = dict(
        built.database.query(
            "select model, count(distinct key) from ops.vanished group by 1"
        )
    )
    assert vanished == {
        "stg_binance__klines": 560,
        "fct_candles_5m": 112,
        "fct_candles_15m": 37,
        "fct_candles_1h": 9,
        "fct_candles_4h": 2,
        "fct_candles_1d": 1,
    }
