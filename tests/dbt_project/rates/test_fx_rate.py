"""The function fx_rate: straight, inverse, crossed, as of a time, or nothing."""

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import psycopg2
import pytest
from psycopg2.errors import InsufficientPrivilege

from tests.support.database import kept
from tests.support.rates import ecb_file, xe_page
from tests.support.raw import Raw
from warehouse.ledger import rebuild

FRIDAY, SATURDAY = date(2024, 3, 8), date(2024, 3, 9)
AT = "2024-03-10 12:00+00"


@pytest.fixture
def rate(database, dbt):
    """Return what asks the function as the reader, of a few rates of March 2024."""

    def make():
        raw = Raw(database)
        lines = [
            "Date,USD,JPY,SEK,PLN,",
            "2024-03-08,1.0932,160.99,11.1725,N/A,",
            "2024-03-07,1.0895,161.27,11.2,4.3000,",
            "2024-02-25,1.0800,160.00,11.0,4.2000,",
        ]
        raw.land_answers("ecb__rates", [ecb_file("\n".join(lines))])
        raw.land_answers(
            "xe__rates",
            [
                xe_page({"NGN": 1600, "XOF": 601.5}, "2024-03-09T23:00:00Z"),
                xe_page({"NGN": 1500, "EUR": 0.5}, "2024-03-08T23:00:00Z"),
            ],
        )
        dbt("build", "-s", "+rpt_usd_rates_1d", "fx_rate")

    kept(database, "fx_rate", make)

    def rate(source, target, at=AT):
        ((value, day, provider),) = database.query(
            "select rate, rate_date, provider from marts.fx_rate(%s, %s, %s)",
            *(source, target, at),
            role="reader",
        )
        return value, day, provider

    return rate


def close(told, value, *others):
    assert told[1:] == others
    assert abs(told[0] - value) < value * Decimal("1e-12")


def test_a_rate_is_straight_or_the_inverse_whichever_is_there(rate):
    assert rate("USD", "NGN") == (Decimal(1600), SATURDAY, "xe")
    close(rate("NGN", "USD"), 1 / Decimal(1600), SATURDAY, "xe")
    assert rate("EUR", "JPY") == (Decimal("160.99"), FRIDAY, "ecb")
    close(rate("jpy", "eur"), 1 / Decimal("160.99"), FRIDAY, "ecb")


def test_a_currency_in_itself_is_one(rate):
    assert rate("NGN", "NGN") == (Decimal(1), date(2024, 3, 10), None)


def test_on_one_date_xe_goes_before_the_ecb(rate):
    close(rate("EUR", "USD"), Decimal(2), FRIDAY, "xe")
    assert rate("EUR", "USD", "2024-03-07") == (
        *(Decimal("1.0895"), date(2024, 3, 7), "ecb"),
    )


def test_others_are_crossed_over_the_dollar_or_the_euro(rate):
    close(rate("NGN", "XOF"), Decimal("601.5") / 1600, SATURDAY, "xe")
    close(rate("SEK", "JPY"), Decimal("160.99") / Decimal("11.1725"), FRIDAY, "ecb")
    close(
        rate("PLN", "USD"),
        Decimal("1.0895") / Decimal("4.3"),
        *(date(2024, 3, 7), "ecb"),
    )
    close(rate("SEK", "USD"), 2 / Decimal("11.1725"), FRIDAY, "xe+ecb")
    close(rate("SEK", "NGN"), 2 * 1500 / Decimal("11.1725"), FRIDAY, "xe+ecb")


def test_the_newest_on_or_before_the_day_counts_and_none_after_it(rate):
    assert rate("USD", "NGN", "2024-03-08 00:00+00")[0] == 1500
    assert rate("USD", "NGN", "2024-03-07 23:59+00") == (None, None, None)
    assert rate("EUR", "PLN", "2024-03-08")[1:] == (date(2024, 3, 7), "ecb")
    assert rate("EUR", "PLN", "2024-03-06")[0] == Decimal("4.2")


def test_a_rate_older_than_14_days_is_none(rate):
    assert rate("EUR", "PLN", "2024-03-21")[1] == date(2024, 3, 7)
    assert rate("EUR", "PLN", "2024-03-22") == (None, None, None)
    assert rate("USD", "ABC") == (None, None, None)
    assert rate("USD", None) == (None, None, None)


def test_the_time_is_now_unless_given(rate, database):
    assert database.query("select * from marts.fx_rate('USD', 'USD')") == [
        (Decimal(1), datetime.now(UTC).date(), None)
    ]
    assert rate("USD", "NGN", datetime.now(UTC)) == (None, None, None)


def test_a_build_of_no_rows_leaves_it_whole(rate, dbt):
    dbt("build", "--empty", "-s", "fx_rate")

    assert rate("USD", "NGN") == (Decimal(1600), SATURDAY, "xe")


def test_a_build_waits_for_another_that_replaces_a_function(rate, dbt, database):
    rebuild("fx_rate", None, None)
    with (
        closing(psycopg2.connect(database.urls["transformer"])) as other,
        other.cursor() as cursor,
    ):
        cursor.execute("select pg_advisory_xact_lock(hashtext('functions'))")
        cursor.execute("set transaction_timeout = '3s'")
        cursor.execute("select clock_timestamp()")
        ((began_at,),) = cursor.fetchall()
        dbt("build", "-s", "fx_rate")

    ((waited,),) = database.query("select clock_timestamp() - %s", began_at)
    assert waited > timedelta(seconds=3)


def test_only_the_reader_and_its_owner_may_call_it(rate, database):
    with pytest.raises(InsufficientPrivilege):
        database.query("select * from marts.fx_rate('USD', 'USD')", role="loader")
    ((granted,),) = database.query(
        "select coalesce(array_to_string(proacl, ','), 'public') "
        "from pg_proc where proname = 'fx_rate'"
    )
    assert "reader=X/transformer" in granted
    assert not [part for part in granted.split(",") if part.startswith("=")]
