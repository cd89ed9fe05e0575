"""A newer answer of days takes back those that it lacks, of the currencies it has."""

import json
from contextlib import closing
from datetime import timedelta
from random import Random

import psycopg2
import pytest

from tests.support.rates import FETCHED, ecb_file, xe_page

HOUR = timedelta(hours=1)
REJECTED = ("+stg_xe__rates__rejected", "+stg_ecb__rates__rejected")
BUILD = ("run", "-s", "+fct_fx_rates_1d", *REJECTED)
RATES = """
select quote_currency, to_char(rate_date, 'DD'), round(rate)::int
from marts.fct_fx_rates_1d
where provider = %s
order by 1, 2
"""
# as a build opens that has the second load to read
OPENED = """
insert into ops.loads_read (model, load_id, version)
values ('stg_ecb__rates', '1709700000.5', 2);
select
    set_config('ledger.model', 'stg_ecb__rates', true),
    set_config('ledger.version', '2', true),
    set_config('ledger.done_stg_ecb__rates__answers', '1', true),
    set_config('ledger.done_stg_currencies', '1', true)
"""
TOLD = """
select record_key, fetched_at
from staging.stg_{}__rates__rejected
order by 1
"""


def xe_days(series, hours=0, start=1, end=9, page=1, per_page=100):
    """Return XE's answer of days of March, each currency's rates by day."""
    request = {
        "endpoint": "historic_rate/period",
        "start_timestamp": f"2024-03-{start:02}T00:00",
        "end_timestamp": f"2024-03-{end:02}T23:59",
        "page": page,
        "per_page": per_page,
    }
    to = {
        code: [
            {"mid": rate, "timestamp": f"2024-03-{day:02}T00:00:00Z"}
            for day, rate in rates.items()
        ]
        for code, rates in series.items()
    }
    body = json.dumps({"from": "USD", "amount": 1, "to": to})
    return json.dumps(request), body, FETCHED + hours * HOUR


def test_the_days_that_xe_lacks_go_for_the_currencies_that_it_has(raw, database, dbt):
    month = {day: day for day in range(1, 10)}
    old = xe_days({"NGN": month, "GHS": month})
    live = xe_page({"NGN": 50}, "2024-03-05T13:00:00Z", FETCHED - HOUR)
    fresh = xe_page({"NGN": 70}, "2024-03-07T13:00:00Z", FETCHED + 2 * HOUR)
    left = {day: 20 for day in (2, 3, 4, 6)}
    new = xe_days({"NGN": left}, hours=1, start=2, end=7)
    for answer in (old, live):
        raw.land_answers("xe__rates", [answer])
    dbt(*BUILD)
    for answer in (new, fresh):
        raw.land_answers("xe__rates", [answer])
    dbt(*BUILD)

    rates = database.query(RATES, "xe")
    assert [(day, rate) for code, day, rate in rates if code == "GHS"] == [
        (f"{day:02}", day) for day in month
    ]
    assert [(day, rate) for code, day, rate in rates if code == "NGN"] == [
        ("01", 1),
        *((f"{day:02}", 20) for day in left),
        ("07", 70),
        ("08", 8),
        ("09", 9),
    ]
    assert database.query(TOLD.format("xe")) == [
        (f"USDNGN 2024-03-{time}", new[2])
        for time in ("05 00:00:00", "05 13:00:00", "07 00:00:00")
    ]

    raw.land_answers("xe__rates", [xe_days({"NGN": {5: 99}}, hours=-2)])
    dbt(*BUILD)
    assert database.query(RATES, "xe") == rates
    dbt(*BUILD, "--full-refresh")
    assert database.query(RATES, "xe") == rates


def test_a_full_page_of_xe_tells_nothing_of_the_days_after_its_last(raw, database, dbt):
    raw.land_answers("xe__rates", [xe_days({"NGN": {1: 1, 4: 4, 5: 5, 8: 8}})])
    pages = [
        xe_days({"NGN": {1: 10, 3: 10}}, 1, per_page=2),
        xe_days({"NGN": {5: 10, 6: 10}}, 2, page=2, per_page=2),
    ]
    for page in pages:
        raw.land_answers("xe__rates", [page])
    dbt(*BUILD)

    assert [day for _, day, _ in database.query(RATES, "xe")] == [
        *("01", "03", "04", "05", "06", "08")
    ]


def test_a_file_of_the_ecb_takes_back_days_and_cells_of_its_own_columns(
    raw, database, dbt
):
    old = ecb_file(
        "Date,USD,JPY,CZK,\n2024-03-07,1,2,3,\n2024-03-06,1,2,3,\n"
        "2024-03-05,1,2,3,\n2024-03-04,1,2,3,\n2024-03-01,1,2,3,\n"
    )
    new = ecb_file(
        "Date,USD,JPY,\n2024-03-06,1,bad,\n2024-03-04,1,N/A,\n", FETCHED + HOUR
    )
    raw.land_answers("ecb__rates", [old])
    dbt(*BUILD)
    raw.land_answers("ecb__rates", [new])
    dbt(*BUILD)

    rates = database.query(RATES, "ecb")
    days = {
        code: [day for other, day, _ in rates if other == code]
        for code in ("USD", "JPY", "CZK")
    }
    assert days == {
        "USD": ["01", "04", "06", "07"],
        "JPY": ["01", "06", "07"],
        "CZK": ["01", "04", "05", "06", "07"],
    }
    assert [key for key, _ in database.query(TOLD.format("ecb"))] == [
        *("JPY 2024-03-04", "JPY 2024-03-05", "JPY 2024-03-06", "USD 2024-03-05")
    ]


@pytest.mark.parametrize("seed", range(2))
def test_any_answers_of_xe_in_any_order_end_as_a_fresh_build(raw, database, dbt, seed):
    chance = Random(seed)  # noqa: S311 - no secret
    for build in range(3):
        for number in range(4):
            start = chance.randrange(1, 8)
            end = chance.randrange(start, 10)
            series = {
                code: {
                    day: chance.randrange(1, 50)
                    for day in range(start, end + 1)
                    if chance.random() < 0.7
                }
                for code in chance.sample(["NGN", "GHS", "KES"], 2)
            }
            hours = chance.randrange(20) + number / 10 + build / 100
            raw.land_answers("xe__rates", [xe_days(series, hours, start, end)])
        dbt(*BUILD)
    rates, told = database.query(RATES, "xe"), database.query(TOLD.format("xe"))

    dbt(*BUILD, "--full-refresh")

    assert told
    assert database.query(RATES, "xe") == rates
    assert database.query(TOLD.format("xe")) == told


def test_a_history_that_comes_again_is_not_looked_through_for_each_of_its_rates(
    raw, database, dbt
):
    """What its increment touches grows as the rates do, not as their square."""
    days, codes = 600, ("USD", "SEK", "GBP", "JPY", "CHF", "NOK")
    first = (FETCHED - timedelta(days=days)).date()
    lines = [f"Date,{','.join(codes)},"] + [
        f"{first + timedelta(days=day)},{'1.5,' * len(codes)}" for day in range(days)
    ]
    raw.land_answers("ecb__rates", [ecb_file("\n".join(lines))])
    dbt("run", "-s", "+stg_ecb__rates")
    again = ecb_file("\n".join(lines), FETCHED + HOUR)
    raw.land_answers("ecb__rates", [again], "1709700000.5")
    dbt("run", "-s", "stg_ecb__rates__answers")
    node = dbt("compile", "-s", "stg_ecb__rates")[-1].node

    with (
        closing(psycopg2.connect(database.urls["transformer"])) as held,
        held.cursor() as cursor,
    ):
        cursor.execute(OPENED)
        cursor.execute(f"explain (analyze, format json) {node.compiled_code}")
        (((plan,),),) = cursor.fetchall()

    assert touched(plan["Plan"]) < 100 * days * len(codes)


def touched(plan):
    """Return how many rows the parts of a plan gave, and looked at in vain."""
    lost = ("Rows Removed by Join Filter", "Rows Removed by Filter")
    each = plan["Actual Rows"] + sum(plan.get(name, 0) for name in lost)
    below = sum(touched(part) for part in plan.get("Plans", []))
    return each * plan["Actual Loops"] + below
