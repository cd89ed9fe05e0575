"""The marts of all systems held against what the stand-ins have, row by row."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module

from ingestion.ingest import tables_of
from ingestion.sources import EXCHANGES
from tests.dbt_project.rankings.test_road import expected as expected_coins
from tests.dbt_project.rates.test_marts import fct
from tests.support import loan_truth, rates
from tests.support.candle_truth import GRAINS, assert_candles, candles
from tests.support.tables import Tables
from tests.support.windows import (
    assert_windows,
    built_windows,
    samples,
    windows,
)
from tests.trust.world import PAYDAYS, SYMBOLS, TURBINES, World, midnight
from warehouse.doctor import examine

TRANSFERS = """
select
    transaction_hash, log_index::int, block_at, token_address, from_address,
    to_address, amount_raw, amount
from marts.fct_token_transfers
"""
COINS = """
select coin_id, coin_rank, symbol, price_usd, volume_24h_usd, source_rank
from marts.rpt_top_coins
"""
MOST_DECIMALS = 77
CLOCK_OFF = "This host's clock was "
CURRENCIES = ("NGN", "KES", "UGX", "XOF", "GHS", "EGP", "MAD")


def assert_truth(world: World) -> None:
    """Compare the marts of every system with the stand-ins' own truth."""
    for system in world.systems:
        COMPARISONS[system](world, Tables(world.database))


def assert_binance(world: World, tables: Tables) -> None:
    """Compare the candles of all grains."""
    now = world.clock.timestamp() * 1000
    klines = {
        (symbol, datetime.fromtimestamp(row[0] / 1000, UTC)): row
        for symbol in SYMBOLS
        for row in world.sandbox.truth(symbol, world.first.isoformat())
        if row[6] < now
    }
    assert klines
    for grain in GRAINS:
        found = tables.rows(f"marts.fct_candles_{grain}", "updated_at", "changed_in")
        found = {key: row for key, row in found.items() if row["exchange"] == "binance"}
        assert_candles(found, candles(klines, grain))


def assert_plant(world: World, tables: Tables) -> None:
    """Compare the windows of ten minutes."""
    span = world.first.isoformat(), world.clock.isoformat()
    expected = windows(
        sample
        for turbine in TURBINES
        for sample in samples(turbine, world.sandbox.readings(turbine, *span))
    )
    assert_windows(built_windows(tables), expected)


def assert_xe(world: World, tables: Tables) -> None:
    """Compare the rates of the day."""
    told = _truth(world, "xe", at=world.clock.isoformat())
    said = json.loads(told, parse_float=Decimal, parse_int=Decimal)
    at = datetime.fromisoformat(said["timestamp"])
    found = {key: row for key, row in fct(tables).items() if key[0] == "xe"}
    assert len(found) == len(CURRENCIES)
    for (_, base, quote, day), (rate, _, quoted_at, _) in found.items():
        assert (base, day, quoted_at) == ("USD", at.date(), at)
        assert rates.close(rate, said["rates"][quote]), quote


def assert_ecb(world: World, tables: Tables) -> None:
    """Compare the whole history."""
    page = rates.ecb_file(_truth(world, "ecb"), world.clock)
    found = {key: row[0:3:2] for key, row in fct(tables).items() if key[0] == "ecb"}
    assert found == {key: row[:2] for key, row in rates.daily([], [page]).items()}


def assert_loans(world: World, _: Tables) -> None:
    """Compare arrears, missed payments and the portfolio."""
    loan_truth.assert_marts(world.database, world.loans, PAYDAYS[world.paydays])


def assert_coins(world: World, _: Tables) -> None:
    """Compare the newest ranks."""
    found = {coin: tuple(others) for coin, *others in world.database.query(COINS)}
    assert found == expected_coins(world.sandbox, slip=world.clock.minute % 2)


def assert_ethereum(world: World, _: Tables) -> None:
    """Compare the transfers of the days that are over, amounts to the last digit."""
    span = (world.first.isoformat(), midnight(world.clock).isoformat())
    decimals = _decimals(world)
    expected = {
        (row["transaction_hash"], row["log_index"]): (
            datetime.fromtimestamp(row["block_timestamp"] / 10**6, UTC),
            *(row["token_address"], row["from_address"], row["to_address"]),
            Decimal(row["value"]),
            _amount(row["value"], decimals.get(row["token_address"])),
        )
        for row in world.sandbox.ethereum("token_transfers", *span)
    }
    found = {
        (name, index): tuple(others)
        for name, index, *others in world.database.query(TRANSFERS)
    }
    assert found == expected


def _truth(world: World, system: str, **asked: str) -> str:
    url = f"{world.sandbox.url}/_control/truth/{system}"
    answer = world.sandbox.session.get(url, params=asked, timeout=600)
    assert answer.ok, answer.text
    return answer.text


def _decimals(world: World) -> Mapping[str, str | None]:
    """Return what the newest block says of each token."""
    span = "2015-07-30T00:00Z", world.today.isoformat()
    rows = world.sandbox.ethereum("tokens", *span)
    rows.sort(key=lambda row: row["block_timestamp"])
    return {row["address"]: row["decimals"] for row in rows}


def _amount(value: str, decimals: str | None) -> Decimal | None:
    is_known = decimals and decimals.isdigit() and int(decimals) <= MOST_DECIMALS
    if not is_known:
        return None
    sign, digits, _ = Decimal(value).as_tuple()
    return Decimal((sign, digits, -int(decimals)))


def assert_no_load_counts_twice(world: World) -> None:
    """Look for loads noted twice, and for a page in two loads that count."""
    twice = "select load_id from raw._dlt_loads group by 1 having count(*) > 1"
    assert world.database.query(twice) == []
    for system in world.systems:
        for table in tables_of(system):
            pages = world.database.query(
                f"select request, fetched_at, count(*) from raw.{table} as page "  # noqa: S608 - ours
                "inner join raw._dlt_loads as done "
                "on done.load_id = page._dlt_load_id and done.status = 0 "
                "group by 1, 2 having count(*) > 1"
            )
            assert pages == [], table


def assert_healthy(world: World) -> None:
    """Let the doctor look, after the vacuum that a test's seconds leave no time for.

    All it finds is that the stand-ins' clocks are hours behind, as a world sets them.
    """
    world.database.query("vacuum (analyze)", role="admin")
    found = [tuple(finding) for finding in examine(lambda _: None)]
    assert [each for each in found if not each[0].startswith(CLOCK_OFF)] == []


COMPARISONS = {
    "binance": assert_binance,
    **{
        name: import_module(f"tests.trust.content.{name}").SYSTEM.assert_minutes
        for name in {*EXCHANGES} - {"binance"}
    },
    "plant": assert_plant,
    "xe": assert_xe,
    "ecb": assert_ecb,
    "loans": assert_loans,
    "coinmarketcap": assert_coins,
    "cryptocompare": assert_coins,
    "ethereum": assert_ethereum,
}
