"""What a transfer was worth follows every change of what it is worked out from."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.dbt_project.transfers import ether
from tests.dbt_project.transfers.ether import LAST_CLOSE, MISSING, truth
from tests.support.database import kept
from tests.support.klines import HOUR, MINUTE, pages
from tests.support.raw import Raw
from tests.support.transfers import (
    DAY,
    EVERYTHING,
    FETCHED,
    KNOWN,
    MODELS,
    TOKENS,
    UNKNOWN,
    USDT,
    WETH,
    built_days,
    built_transfers,
    closes,
    token_page,
)
from warehouse.ledger import rebuild

MART = "marts.fct_token_transfers"
NEWS = FETCHED + DAY


@pytest.fixture
def ethereum(database, dbt):
    """Return two days of transfers, with tokens and prices, landed and built."""
    kept(database, "ethereum", lambda: ether.build(Raw(database), dbt))
    raw = Raw(database)
    for _ in range(5):
        raw.next_id()
    return raw


def assert_marts(tables, expected):
    assert built_transfers(tables) == expected.transfers()
    assert built_days(tables) == expected.daily()


def spoil(database, tables):
    """Take all worths away, which only a rebuilt row gets back; return the versions."""
    database.query(f"update {MART} set value_usd = null, priced_at = null")  # noqa: S608


def restored(tables, expected):
    """Return the tokens whose worths are there, which must be right."""
    found = {
        key: row for key, row in built_transfers(tables).items() if row[7] is not None
    }
    assert found.items() <= expected.transfers().items()
    return {row[1] for row in found.values()}


def test_a_late_candle_reaches_what_it_prices_until_the_next_ones_close(
    ethereum, dbt, tables
):
    before = tables.row_versions(MART)

    ethereum.land(pages("ETHUSDT", MISSING, MISSING + MINUTE, fetched_at=NEWS))
    dbt("build", *EVERYTHING)

    assert_marts(tables, truth(without=()))
    written = tables.records(
        f"select block_at, token_address from {MART} where changed_in = 2"  # noqa: S608
    )
    assert written
    start = MISSING.replace(minute=0) + HOUR
    assert {row["token_address"] for row in written} == {WETH}
    assert all(start <= row["block_at"] < start + HOUR for row in written)
    assert len(tables.row_versions(MART) - before) == len(written)


def test_a_revised_last_candle_reaches_a_day_of_transfers_and_none_later(
    ethereum, dbt, tables
):
    hour = LAST_CLOSE - HOUR

    ethereum.land(pages("ETHUSDT", hour, LAST_CLOSE, revision=1, fetched_at=NEWS))
    dbt("build", *EVERYTHING)

    revised = closes("ETHUSDT", hour, LAST_CLOSE, revision=1)
    expected = truth(revised=revised)
    assert_marts(tables, expected)
    (last,) = {
        row[0] for row in expected.transfers().values() if row[0] == LAST_CLOSE + DAY
    } & {row[0] for row in built_transfers(tables).values() if row[8] == LAST_CLOSE}
    assert last - LAST_CLOSE == DAY


def test_a_candle_that_vanished_leaves_its_transfers_to_the_one_before(
    ethereum, dbt, tables, database
):
    hour = LAST_CLOSE - HOUR
    database.query(
        "with gone as (delete from marts.fct_candles_1h where opened_at = %s returning "
        "exchange, symbol, opened_at) insert into ops.vanished "
        "select 'fct_candles_1h', 2, to_jsonb(gone) from gone",
        hour,
    )
    database.query("update ops.versions set version = 2 where model = 'fct_candles_1h'")

    dbt("build", *MODELS)

    expected = truth()
    del expected.closes["ETHUSDT"][hour]
    assert_marts(tables, expected)


def test_amended_tokens_reach_their_transfers_and_sums(ethereum, dbt, tables):
    rows = [
        (WETH, None, "", "1e9", "many", 9),
        (USDT, "USDT0", "x" * 10_000, "7", "1", 9),
        (UNKNOWN, "NEW", "new", "77", "1", 9),
    ]

    ethereum.land_answers(TOKENS, [token_page(rows, NEWS)])
    dbt("build", *MODELS)

    tokens = {**KNOWN, USDT: ("USDT0", 7), UNKNOWN: ("NEW", 77)}
    assert_marts(tables, replace(truth(), tokens=tokens))


@pytest.mark.parametrize(
    ("change", "reached"),
    [
        ("stg_token_prices set symbol = 'BTCUSDT' where symbol = 'ETHUSDT'", {WETH}),
        ("stg_markets set quote_asset = 'EUR' where symbol = 'ETHUSDT'", {WETH}),
        ("stg_pegged_assets set currency = 'EUR' where asset = 'USDT'", {WETH, USDT}),
    ],
    ids=["token prices", "markets", "pegs"],
)
def test_a_changed_list_reaches_every_transfer_that_it_prices(
    ethereum, dbt, tables, database, change, reached
):
    spoil(database, tables)
    database.query(f"update staging.{change}")
    rebuild(change.split()[0], None, None)  # and so the next build puts it right

    dbt("build", *MODELS)

    assert restored(tables, truth()) == reached


def test_an_amendment_reaches_the_transfers_of_its_token(
    ethereum, dbt, tables, database
):
    database.query(
        "insert into staging.stg_token_amendments select %s, 'ODD', 'Odd', 3, false, 1",
        WETH,
    )
    database.query(
        "update marts.dim_tokens set decimals = 3, is_amended = true, "
        "token_symbol = 'ODD' where token_address = %s",
        WETH,
    )
    rebuild("stg_token_amendments", None, None)
    spoil(database, tables)

    dbt("build", *MODELS)  # the list has no such token, so its row goes

    assert restored(tables, truth()) == {WETH}
    (token,) = tables.records(
        f"select * from marts.dim_tokens where token_address = '{WETH}'"  # noqa: S608
    )
    assert (token["decimals"], token["is_amended"]) == (18, False)


def test_a_worth_is_24_hours_old_at_most(ethereum, tables):
    found = {
        row[0] - LAST_CLOSE - DAY: row[8]
        for (_, index), row in built_transfers(tables).items()
        if index == 5
    }

    assert found == {timedelta(): LAST_CLOSE, timedelta(seconds=12): None}
