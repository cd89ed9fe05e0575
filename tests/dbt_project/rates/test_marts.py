"""The marts of currency rates, held against a computation of their own."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from tests.support import rates
from tests.support.database import kept
from tests.support.rates import FETCHED, ecb_file, xe_page, xe_period
from tests.support.raw import Raw

MODELS = ("-s", "+rpt_usd_rates_1d", "fx_rate")
FCT, RPT = "marts.fct_fx_rates_1d", "marts.rpt_usd_rates_1d"
DAY = timedelta(days=1)
JUNE = date(2009, 6, 5)


def xe_year():
    """Return XE's noons of 2009 for two currencies, and a few later pulls."""
    chance = Random(2009)  # noqa: S311 - no secret
    noons = [f"{date(2009, 1, 1) + n * DAY}T12:00:00Z" for n in range(365)]
    series = {
        "NGN": {at: 148 + chance.randrange(10**10) / 10**10 for at in noons},
        "XOF": {at: 470 + chance.randrange(10**10) / 10**10 for at in noons},
        "SEK": {at: 7 + chance.randrange(10**10) / 10**10 for at in noons[:31]},
    }
    late = xe_page(
        {"NGN": 1.5e-7, "UGX": 123456789.123456}, "2009-06-05T23:00:00Z", FETCHED + DAY
    )
    many = xe_page({"KES": 4411.7777777777}, "2009-06-05T23:00:00Z", amount=55)
    return [xe_period(series), late, many]


@pytest.fixture
def built(database, dbt):
    """Return the recorded year of the ECB and a year of XE, landed and built."""

    def make():
        raw = Raw(database)
        raw.land_answers("ecb__rates", [rates.recorded_year()])
        raw.land_answers("xe__rates", xe_year())
        dbt("build", *MODELS)

    kept(database, "fx", make)
    raw = Raw(database)
    raw.next_id()
    raw.next_id()
    return raw


def fct(tables):
    """Return rate, inverse, time and pull of each row, by its key."""
    rows = tables.records(f"select * from {FCT}")  # noqa: S608 - a table of ours
    keys = ("provider", "base_currency", "quote_currency", "rate_date")
    values = ("rate", "inverse_rate", "quoted_at", "fetched_at")
    return {
        tuple(row[key] for key in keys): tuple(row[name] for name in values)
        for row in rows
    }


def rpt(tables):
    """Return provider and both rates of each row, by day and currency."""
    rows = tables.records(f"select * from {RPT}")  # noqa: S608 - a table of ours
    assert {row["currency_from"] for row in rows} <= {"USD"}
    return {
        (row["rate_date"], row["currency_to"]): (
            row["provider"],
            row["usd_to_currency_rate"],
            row["currency_to_usd_rate"],
        )
        for row in rows
    }


def assert_marts(tables, xe, ecb):
    """Compare both marts with what the answers say."""
    said = rates.daily(xe, ecb)
    found, dollars = fct(tables), rpt(tables)
    assert found.keys() == said.keys()
    for key, (rate, quoted_at, fetched_at) in said.items():
        assert rates.close(found[key][0], rate), key
        assert abs(found[key][1] * rate - 1) < Decimal("1e-12"), key
        assert found[key][2:] == (quoted_at, fetched_at), key
    expected = rates.in_dollars(said)
    assert dollars.keys() == expected.keys()
    for key, (provider, price, mid) in expected.items():
        assert dollars[key][0] == provider, key
        assert rates.close(dollars[key][1], price), key
        assert rates.close(dollars[key][2], mid), key


def test_the_marts_equal_a_computation_that_shares_no_code(built, tables):
    assert_marts(tables, xe_year(), [rates.recorded_year()])

    assert fct(tables)["ecb", "EUR", "USD", JUNE][0] == Decimal("1.4177")
    assert rpt(tables)[JUNE, "XOF"][0] == "xe"
    assert rpt(tables)[JUNE, "SEK"][0] == "ecb"
    assert rpt(tables)[date(2009, 1, 5), "SEK"][0] == "xe"


def test_a_second_build_changes_nothing(built, dbt, tables):
    before = tables.all_row_versions()
    built.land_answers("ecb__rates", [rates.recorded_year(FETCHED - DAY)])

    dbt("build", *MODELS)

    after = tables.all_row_versions()
    noted = {"ops.loads_read", "staging.stg_ecb__rates__answers"}
    assert {name for name in after if after[name] != before.get(name)} <= noted


def test_answers_in_any_order_give_what_a_full_refresh_gives(built, dbt, tables):
    old, new = FETCHED - DAY, FETCHED + 2 * DAY
    late = [
        xe_page({"NGN": 151.5, "GHS": 1.44}, "2009-06-05T01:00:00Z", new),
        xe_page({"NGN": 999, "MAD": 8.1}, "2009-06-05T23:59:59Z", old),
        xe_page({"NGN": 149.5}, "2009-06-06T00:00:00Z", new),
    ]
    newest = "Date, USD, SEK, XAU, \n05 June 2009, 1.5000, N/A, 0.0011, \n"
    for answer in late:
        built.land_answers("xe__rates", [answer])
    built.land_answers("ecb__rates", [ecb_file(newest, new)])
    dbt("run", *MODELS[:2])
    xe, ecb = [*xe_year(), *late], [rates.recorded_year(), ecb_file(newest, new)]
    ecb[1] = ecb_file(newest.replace("June", "Jun"), new)
    assert_marts(tables, xe, ecb)
    assert fct(tables)["xe", "USD", "NGN", JUNE][0] == Decimal("151.5")
    before = fct(tables), rpt(tables)

    dbt("run", "--full-refresh", *MODELS[:2])

    assert (fct(tables), rpt(tables)) == before


def test_a_late_rate_of_the_euro_moves_every_rate_crossed_over_it(built, dbt, tables):
    before = rpt(tables)
    late = "Date,USD,\n2009-06-05,2.8354,\n"
    built.land_answers("ecb__rates", [ecb_file(late, FETCHED + DAY)])

    dbt("run", *MODELS[:2])

    after = rpt(tables)
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {
        key for key in after if key[0] == JUNE and after[key][0] == "ecb"
    }
    assert len(changed) > 25
    for key in changed - {(JUNE, "EUR")}:
        assert rates.close(after[key][1], 2 * before[key][1])
    assert after[JUNE, "EUR"][1] == Decimal("2.8354")


def test_rates_that_raw_no_longer_holds_go_after_a_full_refresh(built, dbt, tables):
    built.database.query(
        "update raw.ecb__rates "
        "set payload = regexp_replace(payload, '2009-06-05,1.4177', '2009-06-05,N/A')",
        role="loader",
    )

    dbt("run", "--full-refresh", "-s", "stg_ecb__rates")
    dbt("run", *MODELS[:2])

    assert ("ecb", "EUR", "USD", JUNE) not in fct(tables)
    assert ("ecb", "EUR", "SEK", JUNE) in fct(tables)
    left = {code for day, code in rpt(tables) if day == JUNE}
    assert left == {"NGN", "XOF", "UGX", "KES"}
