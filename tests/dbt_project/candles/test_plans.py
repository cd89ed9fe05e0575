"""An increment scans no input: what it reads follows what arrived, tests included."""

import pytest

from tests.dbt_project.conftest import counters
from tests.support.database import kept
from tests.support.klines import DAY, FETCHED, HOUR, MONDAY, pages
from tests.support.raw import Raw

DAYS = 100
START = MONDAY - DAYS * DAY
GENERATED = """
with pages as (
    select
        symbol,
        opened_at,
        '{"interval":"1m","symbol":"' || symbol || '"}' as request,
        1700000000 + extract(epoch from opened_at)::bigint / 3600 || '.1' as load
    from
        unnest(array['BTCUSDT', 'ETHUSDT']) as symbol,
        generate_series(%(start)s, %(end)s - interval '1 hour', '1 hour') as opened_at
), landed as (
    insert into raw.binance__klines
    select request, payload, %(fetched_at)s, null, load
    from pages
    cross join lateral (
        select '[' || string_agg(format(
            '[%%s,"1.%%s","2.5","0.5","1.25","3.%%s",%%s,"4.0",7,"1.0","2.0","0"]',
            milliseconds, minute, minute, milliseconds + 59999
        ), ',') || ']' as payload
        from generate_series(0, 59) as minute
        cross join lateral (
            select (extract(epoch from opened_at)::bigint + minute * 60) * 1000
                as milliseconds
        ) as time
    ) as body
)
insert into raw._dlt_loads
select distinct load, 'binance', 0, now(), 'hash' from pages
"""
WEEK_OF_MINUTES = 2 * 7 * 24 * 60


@pytest.fixture
def history(database, dbt):
    """Return 288,000 stored minutes of two symbols, built, in pages of an hour."""

    def make():
        raw = Raw(database)
        with raw.loader() as loader:
            span = {"start": START, "end": MONDAY, "fetched_at": FETCHED}
            loader.execute(GENERATED, span)
            loader.execute("analyze raw.binance__klines, raw._dlt_loads")
        dbt("build")

    kept(database, "history", make)
    return Raw(database)


@pytest.mark.parametrize(
    ("start", "arrival"), [(MONDAY, "next hour"), (START + DAY, "revised hour")]
)
def test_an_increment_reads_no_big_table_from_end_to_end(history, read, start, arrival):
    for symbol in ("BTCUSDT", "ETHUSDT"):
        history.land(
            pages(symbol, start, start + HOUR, revision=1, fetched_at=FETCHED + DAY)
        )

    found = read()

    big = {name: read for name, read in found.items() if read[0] > 4000}
    assert set(big) >= {
        "raw.binance__klines",
        "staging.stg_binance__klines",
        "marts.fct_candles_5m",
        "marts.fct_candles_15m",
        "marts.fct_candles_1h",
    }
    assert {name: scanned for name, (_, scanned, _) in big.items() if scanned} == {}
    rows, _, fetched = big["staging.stg_binance__klines"]
    assert rows >= 2 * DAYS * 24 * 60
    assert fetched < 4 * WEEK_OF_MINUTES, arrival


def test_nothing_new_reads_next_to_nothing(history, read):
    found = read()

    big = {name: read for name, read in found.items() if read[0] > 4000}
    assert {name: scanned for name, (_, scanned, _) in big.items() if scanned} == {}
    assert sum(fetched for _, _, fetched in big.values()) < 5000


def test_a_later_day_is_written_without_looking_for_each_of_its_minutes(
    history, read, dbt
):
    """Nothing stands there, and its buckets are made of what came."""
    table = "staging.stg_binance__klines"
    read()
    later = MONDAY + 30 * DAY
    history.land(
        page
        for hour in range(24)
        for page in pages(
            "BTCUSDT",
            later + hour * HOUR,
            later + (hour + 1) * HOUR,
            fetched_at=FETCHED + DAY + hour * HOUR,
        )
    )
    before = searches(history.database, table)

    dbt("run")

    searched = searches(history.database, table) - before
    written = "select count(*) from staging.stg_binance__klines where opened_at >= %s"
    assert history.database.query(written, later) == [(24 * 60,)]
    assert searched < 60


def searches(database, table):
    """Return how often any index of a table was searched, once all sessions ended."""
    counters(database)
    sql = "select sum(idx_scan) from pg_stat_user_indexes where relid = %s::regclass"
    return int(database.query(sql, table)[0][0])
