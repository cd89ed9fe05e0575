"""Who is at work at the same time neither waits for ever nor sees half of anything.

Matrix "company": what was at work at once, by system.
"""

import time

import pytest

from ingestion.sources import SYSTEMS
from tests.support.klines import CANDLES
from tests.support.processes import Worker
from tests.support.tables import MARTS
from tests.trust.company import (
    TIMEOUT,
    build,
    long_reader,
    new_readers,
    wait_for_a_lock,
)
from tests.trust.walks_in_time import Ecb, Ethereum, Rankings, Xe
from tests.trust.walks_of_keys import Binance, Loans, Plant

MATRIX = "company"
LONG_READER = "long reader, refresh"
TWO_INGESTIONS = "two ingestions"
DURING_BUILD = "ingestion, build"
TWO_BUILDS = "two builds"
MINUTE_JOB = "minute, full build"
ROWS = (TWO_INGESTIONS, DURING_BUILD, TWO_BUILDS, MINUTE_JOB, LONG_READER)
RANKED = ("coinmarketcap", "cryptocompare")
ALL = ("-s", "tickhouse")
MINUTE = (
    *("-s", "stg_coinmarketcap__listings+", "stg_cryptocompare__toplist+"),
    *("--exclude", "marts.across", "marts.quality"),
    *("rpt_coin_moves", "rpt_top_coins", "rpt_unmatched_coins"),
)
READABLE = """
select 'marts.' || relname, has_table_privilege('reader', pg_class.oid, 'select')
from pg_class
where relnamespace = 'marts'::regnamespace and relkind in ('r', 'v')
order by 1
"""
# these tell of the loads and of minutes, of which more come
GROWING = ("coin", "fct_loads", "rpt_source_health", "rpt_rejected", "rpt_gaps")


def test_a_full_refresh_waits_for_a_long_reader_and_keeps_no_other_waiting(
    built, database, tables, dbt_target, tmp_path, record_property
):
    before = tables.marts()

    with (
        new_readers(database, MARTS) as others,
        long_reader(database, MARTS) as leave,
    ):
        refresh = ("--full-refresh", "-s", *CANDLES.split())
        building = build(tmp_path / "built", dbt_target / "vars-0", *refresh)
        wait_for_a_lock(database)
        time.sleep(TIMEOUT + 1)
        assert building.is_at_work
        leave()
        assert building.result() == {}

    assert others.errors == []
    assert others.longest < TIMEOUT / 2
    assert {len(counts) for counts in others.counts.values()} == {1}
    assert tables.marts() == before
    record_property("matrix", (MATRIX, LONG_READER, "binance", "whole"))


@pytest.fixture
def walks(sandbox, tables, environment, tmp_path):
    """Return the ways of all systems, at their starts."""
    environment["SOURCES__XE__CURRENCIES"] = '["NGN", "GHS", "XOF"]'
    environment["SOURCES__LOANS__FOLDER"] = str(tmp_path / "loans")
    (tmp_path / "loans").mkdir()
    kinds = (Binance, Plant, Xe, Ecb, Rankings, Ethereum, Loans)
    return [kind(sandbox, tables) for kind in kinds]


@pytest.fixture
def whole(record_property):
    """Return what notes that of some systems nothing was lost, doubled or halved."""

    def whole(row, systems=SYSTEMS):
        for system in SYSTEMS:
            told = "whole" if system in systems else "-"
            record_property("matrix", (MATRIX, row, system, told))

    return whole


def assert_well(reports):
    for report in reports:
        assert not report.bad, report.sentence()


def assert_true(walks):
    for walk in walks:
        walk.assert_true()


@pytest.mark.long
def test_nothing_is_lost_doubled_or_halved_whoever_is_at_work_at_once(
    walks, database, dbt, dbt_target, tmp_path, whole
):
    parsed = dbt_target / "vars-0"
    for walk in walks:
        walk.go_on()
        twice = [Worker(walk.run), Worker(walk.run)]
        for reports in [each.result() for each in twice]:
            assert_well(reports)
            walk.note(reports)

    firsts = [build(tmp_path / f"first-{n}", parsed, *ALL) for n in range(2)]
    assert [each.result() for each in firsts] == [{}, {}]
    dbt("run", *ALL)
    assert_true(walks)

    builds = [build(tmp_path / f"build-{n}", parsed, *ALL) for n in range(2)]
    for walk in walks:
        walk.go_on()
        reports = walk.run()
        assert_well(reports)
        walk.note(reports)
    assert [each.result() for each in builds] == [{}, {}]
    dbt("run", *ALL)
    assert_true(walks)
    for row in (TWO_INGESTIONS, DURING_BUILD, TWO_BUILDS):
        whole(row)

    found = database.query(READABLE, role="admin")
    marts = [mart for mart, is_readable in found if is_readable]
    closed = [mart for mart, is_readable in found if not is_readable]
    assert closed, "loans are not for every reader"
    (rankings,) = [walk for walk in walks if isinstance(walk, Rankings)]
    with (
        new_readers(database, marts) as others,
        new_readers(database, closed, "transformer") as lenders,
        long_reader(database, marts) as leave,
        long_reader(database, closed, "transformer") as leave_loans,
    ):
        refresh = build(tmp_path / "refresh", parsed, "--full-refresh", *ALL)
        wait_for_a_lock(database)
        rankings.go_on()
        reports = rankings.run()
        assert_well(reports)
        rankings.note(reports)
        minute = build(tmp_path / "minute", parsed, *MINUTE)
        time.sleep(TIMEOUT + 1)
        leave()
        leave_loans()
        assert minute.result() == {}
        assert refresh.result() == {}

    assert (others.errors, lenders.errors) == ([], [])
    assert max(others.longest, lenders.longest) < TIMEOUT / 2
    counts = others.counts | lenders.counts
    halved = {mart: seen for mart, seen in counts.items() if len(seen) > 1}
    assert not [m for m in halved if not any(part in m for part in GROWING)], halved
    dbt("run", *ALL)
    assert_true(walks)
    whole(MINUTE_JOB, RANKED)
    whole(LONG_READER)


def test_a_view_stays_while_its_table_is_made_anew(coins, database, dbt):
    ranks = "select * from marts.rpt_top_coins order by coin_id"
    before = database.query(ranks, role="reader")

    dbt("run", "--full-refresh", "-s", "fct_coin_ranks_1m")
    alone = database.query(ranks, role="reader")
    dbt(
        "run", "--full-refresh", "-s", "fct_coin_ranks_1m+", "--exclude", "marts.across"
    )

    assert before
    assert [row[:5] for row in alone] == [row[:5] for row in before]
    assert len(database.query(ranks, role="reader")) == len(before)
