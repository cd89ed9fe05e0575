"""What arrives decides what is written: an hour, a revised minute, nothing new."""

from tests.support.klines import (
    BUILT_UNTIL,
    DAY,
    FETCHED,
    HOUR,
    MINUTE,
    MONDAY,
    SYMBOLS,
    pages,
)
from tests.support.tables import MARTS

STAGING = "staging.stg_binance__klines"
NEWS = FETCHED + DAY
TAIL = 10
TOUCHED = dict(zip(MARTS, (12, 4, 1, 1, 1, 1), strict=True))


def test_a_second_build_changes_nothing_in_any_table(built, dbt, tables):
    before = tables.all_row_versions()

    dbt("build")

    assert tables.all_row_versions() == before


def test_an_hour_more_writes_its_minutes_and_the_buckets_that_hold_them(
    built, dbt, tables
):
    tail = BUILT_UNTIL - TAIL * MINUTE
    until = BUILT_UNTIL + HOUR
    before = {name: tables.row_versions(name) for name in tables.names()}
    for symbol in SYMBOLS:
        built.land(pages(symbol, tail, until, fetched_at=NEWS))

    dbt("build")

    written = {name: tables.row_versions(name) - before[name] for name in before}
    assert built.database.query(
        "select symbol, count(*), min(opened_at) from staging.stg_binance__klines "
        "where changed_in = 2 group by 1 order by 1"
    ) == [(symbol, 60, BUILT_UNTIL) for symbol in SYMBOLS]
    assert len(written[STAGING]) == len(SYMBOLS) * (TAIL + 60)
    assert {mart: len(written[mart]) for mart in MARTS} == {
        mart: len(SYMBOLS) * buckets for mart, buckets in TOUCHED.items()
    }
    assert not written["ops.vanished"]


def test_a_period_fetched_again_unchanged_advances_fetched_at_and_nothing_else(
    built, dbt, tables
):
    before = {mart: tables.row_versions(mart) for mart in MARTS}
    built.land(pages("BTCUSDT", MONDAY, MONDAY + 6 * HOUR, fetched_at=NEWS))

    dbt("run")

    assert {mart: tables.row_versions(mart) for mart in MARTS} == before
    assert built.database.query(
        "select count(*), min(changed_in), max(changed_in) "
        "from staging.stg_binance__klines where fetched_at = %s",
        NEWS,
    ) == [(360, 1, 1)]


def test_a_revised_minute_moves_the_buckets_that_hold_it(built, dbt, tables):
    before = tables.marts()
    minute = MONDAY + 7 * HOUR + 3 * MINUTE
    built.land(pages("BTCUSDT", minute, minute + MINUTE, revision=1, fetched_at=NEWS))

    dbt("run")

    after = tables.marts()
    moved = {
        mart: [key for key in rows if rows[key] != before[mart][key]]
        for mart, rows in after.items()
    }
    opened = [7 * HOUR, 7 * HOUR, 7 * HOUR, 4 * HOUR, 0 * HOUR, 0 * HOUR]
    assert list(moved.values()) == [[("BTCUSDT", MONDAY + time)] for time in opened]
