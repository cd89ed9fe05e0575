"""The same pages give the same marts, in whatever order they come, and when some go."""

from random import Random

import pytest

from tests.support.candle_truth import GRAINS, assert_candles, candles
from tests.support.klines import DAY, FETCHED, HOUR, MINUTE, MONDAY, kline, pages

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
