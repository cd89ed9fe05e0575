"""Daily candles in currencies, each at the newest rate by its day."""

from datetime import timedelta
from random import Random

import pytest

from tests.support.database import kept
from tests.support.klines import DAY, FETCHED, MINUTE, MONDAY, pages
from tests.support.rates import xe_page
from tests.support.raw import Raw
from warehouse.ledger import rebuild

MART = "marts.fct_candles_1d_fx"
MODELS = ("-s", f"+{MART.removeprefix('marts.')}")
PRICES = ("open_price", "high_price", "low_price", "close_price")
CHANGED = f"""
select (opened_at at time zone 'utc')::date::text, currency
from {MART}
where changed_in > %s
"""  # noqa: S608 - a table of ours
DAYS = [MONDAY + number * DAY for number in range(20)]


def rate(day, fetched_at=FETCHED, **mids):
    """Return XE's answer of a day's noon."""
    return xe_page(mids, f"{day:%Y-%m-%d}T12:00:00Z", fetched_at)


def three_minutes(symbol, day, fetched_at=FETCHED, revision=0):
    """Return the page of a day that began three minutes ago."""
    (made,) = pages(
        symbol, day, day + 3 * MINUTE, fetched_at=fetched_at, revision=revision
    )
    return made


def expected(tables):
    """Convert each candle of a market in dollars at the newest rate by its day."""
    rates = {}
    for row in tables.records("select * from marts.rpt_usd_rates_1d"):
        rates.setdefault(row["currency_to"], {})[row["rate_date"]] = row
    found = {}
    for candle in tables.records("select * from marts.fct_candles_1d"):
        day = candle["opened_at"].date()
        if not candle["symbol"].endswith("USDT"):
            continue
        prices = [candle[name] for name in PRICES]
        key = candle["symbol"], candle["opened_at"]
        found[*key, "USD"] = (*prices, 1, day)
        for currency, known in rates.items():
            by_then = [at for at in known if day - timedelta(days=14) <= at <= day]
            if by_then:
                mid = known[max(by_then)]["currency_to_usd_rate"]
                found[*key, currency] = (
                    *(price * mid for price in prices),
                    mid,
                    max(by_then),
                )
    return found


def converted(tables):
    """Return the prices, the rate and its date of each row, by its key."""
    return {
        (row["symbol"], row["opened_at"], row["currency"]): (
            *(row[name] for name in PRICES),
            row["rate"],
            row["rate_date"],
        )
        for row in tables.records(f"select * from {MART}")  # noqa: S608 - a table of ours
    }


def changed(database, version):
    """Return the days and currencies that a build wrote."""
    return set(database.query(CHANGED, version))


def version_of(database):
    ((version,),) = database.query(
        "select version from ops.versions where model = 'fct_candles_1d_fx'"
    )
    return version


@pytest.fixture
def converting(database, dbt):
    """Return 20 days of three symbols, one of them of no known market, and rates."""

    def make():
        raw = Raw(database)
        raw.land(
            three_minutes(symbol, day)
            for day in DAYS
            for symbol in ("BTCUSDT", "ETHUSDT", "BTCEUR")
        )
        raw.land_answers(
            "xe__rates",
            [
                rate(DAYS[0], NGN=1500.5, GHS=12.25),
                rate(DAYS[1], NGN=1501.5),
                rate(DAYS[5], NGN=1502.125, KES=1e-7),
            ],
        )
        dbt("run", *MODELS)

    kept(database, "fx_candles", make)
    raw = Raw(database)
    raw.next_id()
    raw.next_id()
    return raw


def test_a_candle_has_the_newest_rate_of_each_currency_by_its_day(converting, tables):
    found = converted(tables)

    assert found == expected(tables)
    assert {currency for *_, currency in found} == {"USD", "NGN", "GHS", "KES"}
    assert max(at for _, at, currency in found if currency == "GHS") == DAYS[14]
    assert {symbol for symbol, *_ in found} == {"BTCUSDT", "ETHUSDT"}


def test_a_late_candle_comes_in_every_currency(converting, database, dbt, tables):
    before = version_of(database)
    late = three_minutes("BTCUSDT", DAYS[3], FETCHED + DAY, revision=1)
    converting.land([late])

    dbt("run", *MODELS)

    assert converted(tables) == expected(tables)
    day = f"{DAYS[3]:%Y-%m-%d}"
    wanted = {(day, currency) for currency in ("USD", "NGN", "GHS")}
    assert changed(database, before) == wanted


def test_a_late_rate_moves_the_days_up_to_the_next_one(
    converting, database, dbt, tables
):
    before = version_of(database)
    converting.land_answers("xe__rates", [rate(DAYS[3], FETCHED + DAY, NGN=1600.25)])

    dbt("run", *MODELS)

    assert converted(tables) == expected(tables)
    days = {f"{day:%Y-%m-%d}" for day in DAYS[3:5]}
    assert changed(database, before) == {(day, "NGN") for day in days}


def test_a_market_whose_peg_goes_has_no_prices_until_it_is_back(
    converting, database, dbt, tables
):
    dollars = expected(tables)
    database.query(
        "update staging.stg_pegged_assets set currency = 'EUR', changed_in = 99"
    )
    database.query(
        "update ops.versions set version = 99 where model = 'stg_pegged_assets'"
    )

    dbt("run", "-s", "fct_candles_1d_fx")
    without = converted(tables)
    rebuild("stg_pegged_assets", None, None)
    dbt("run", "-s", "stg_pegged_assets", "fct_candles_1d_fx")

    assert without == {}
    assert converted(tables) == dollars


def test_any_order_of_arrival_gives_the_same_prices(database, dbt, tables):
    raw = Raw(database)
    chance = Random(4)  # noqa: S311 - no secret
    candles = [
        three_minutes("BTCUSDT", day, FETCHED + age * DAY, revision=age)
        for day in DAYS[:8]
        for age in (0, 1)
    ]
    quotes = [
        rate(day, FETCHED + age * DAY, NGN=1500 + chance.randrange(1000) / 8)
        for day in DAYS[:8:2]
        for age in (0, 1)
    ]
    chance.shuffle(candles)
    chance.shuffle(quotes)
    for part in range(4):
        raw.land(candles[part::4])
        raw.land_answers("xe__rates", quotes[part::4])
        dbt("run", *MODELS)

    assert converted(tables) == expected(tables)
    assert len(converted(tables)) == 16
