"""Rates as Frankfurter gives them, held against the marts' own rule for a rate."""

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal

import pytest

V1, V2 = "/frankfurter/v1", "/frankfurter/v2"


def exact(answer):
    """Return JSON whose numbers are as they were written."""
    return json.loads(answer.text, parse_float=Decimal)


@pytest.mark.parametrize("base", ["EUR", "USD", "GBP", "NGN"])
def test_the_newest_rates_are_those_of_the_marts_where_no_law_has_fixed_one(
    house, base
):
    rates = exact(house.ask(f"{V2}/rates?base={base.lower()}"))

    held = house.query(
        """
        select found.rate_date::text, %s, codes.currency, found.rate
        from (
            select currency_to as currency from marts.rpt_usd_rates_1d
            union select 'USD'
        ) as codes
        cross join lateral marts.fx_rate(%s, codes.currency) as found
        where found.provider in ('xe', 'ecb', 'xe+ecb')
        order by 1, 3
        """,
        *(base, base),
    )
    fixed = house.query(
        "select currency from marts.dim_currencies, "
        "marts.fx_rate(%s, currency) as found where found.provider like 'law%%'",
        base,
    )
    got = [tuple(rate.values()) for rate in rates if (rate["quote"],) not in fixed]
    assert got == held
    assert len(held) > 5


QUOTED = [
    *(("xe", "USD", "EUR", "0.74"), ("xe", "USD", "NGN", "151.3")),
    *(("xe", "USD", "ZAR", "7.71"), ("xe", "ZAR", "USD", "0.129")),
    *(("ecb", "EUR", "USD", "1.3525"), ("ecb", "EUR", "GBP", "0.9049")),
    *(("ecb", "EUR", "ZAR", "10.44"),),
]


@pytest.fixture
def quoted_by_both(house) -> Iterator[str]:
    """Have a day that both providers quote, and return it."""
    day = "2010-03-01"
    for rate in QUOTED:
        house.query(
            "insert into marts.fct_fx_rates_1d "
            "select %s, %s, %s, %s::date, %s::numeric, 1 / %s::numeric, now(), now(), "
            "now(), 1",
            *(*rate[:3], day, rate[3], rate[3]),
            role="transformer",
        )
    yield day
    house.query(
        "delete from marts.fct_fx_rates_1d where rate_date = %s",
        day,
        role="transformer",
    )


@pytest.mark.parametrize("base", ["EUR", "USD", "GBP", "NGN", "ZAR"])
def test_xe_goes_before_the_ecb_and_few_legs_before_many(house, quoted_by_both, base):
    rates = exact(house.ask(f"{V2}/rates?base={base}&date={quoted_by_both}"))

    held = house.query(
        "select codes.code, found.rate "
        "from unnest(array['EUR', 'GBP', 'NGN', 'USD', 'ZAR']) as codes (code) "
        "cross join lateral marts.fx_rate(%s, codes.code, %s) as found "
        "where codes.code != %s order by 1",
        *(base, quoted_by_both, base),
    )
    assert [(rate["quote"], rate["rate"]) for rate in rates] == held
    assert len(held) == 4


def test_a_range_has_each_day_that_was_quoted_in_each_form(house):
    query = "base=USD&quotes=EUR,GBP&from=2026-01-01&to=2026-01-31"
    held = house.query("""
        select dollars.rate_date::text, 'USD', other.quote_currency,
            trim_scale(case when other.quote_currency = 'USD' then 1 / dollars.rate
            else other.rate / dollars.rate end)
        from marts.fct_fx_rates_1d as dollars
        join marts.fct_fx_rates_1d as other using (provider, base_currency, rate_date)
        where provider = 'ecb' and dollars.quote_currency = 'USD'
            and other.quote_currency in ('GBP', 'USD')
            and rate_date between '2026-01-01' and '2026-01-31'
    """)
    held = sorted((day, base, {"USD": "EUR"}.get(q, q), r) for day, base, q, r in held)

    as_json = exact(house.ask(f"{V2}/rates?{query}"))
    lines = house.ask(
        f"{V2}/rates?{query}", headers={"accept": "application/x-ndjson"}
    ).text.splitlines()
    as_csv = csv.DictReader(io.StringIO(house.ask(f"{V2}/rates.csv?{query}").text))

    assert [tuple(row.values()) for row in as_json] == held
    assert [tuple(exact_row(line).values()) for line in lines] == held
    assert [(*row.values(),) for row in as_csv] == [(*r[:3], str(r[3])) for r in held]
    assert len({day for day, *_ in held}) > 15


def exact_row(line: str) -> dict:
    """Return a line of JSON whose numbers are as they were written."""
    return json.loads(line, parse_float=Decimal)


def test_a_group_is_the_mean_of_a_range_s_days(house):
    query = "from=2026-01-01&to=2026-02-28&quotes=USD"
    days = exact(house.ask(f"{V2}/rates?{query}"))
    months = exact(house.ask(f"{V2}/rates?{query}&group=month"))
    weeks = exact(house.ask(f"{V2}/rates?{query}&group=week"))

    assert [row["date"] for row in months] == ["2026-01-01", "2026-02-01"]
    january = [row["rate"] for row in days if row["date"] < "2026-02"]
    assert abs(months[0]["rate"] - sum(january) / len(january)) < Decimal("1e-15")
    # weeks are told by their place after the first of January
    assert [row["date"] for row in weeks[:3]] == [
        *("2026-01-01", "2026-01-08", "2026-01-15")
    ]


def test_a_day_without_rates_has_those_of_the_newest_before_it(house):
    (row,) = exact(house.ask(f"{V2}/rates?date=2026-11-22&quotes=USD"))
    v1 = exact(house.ask(f"{V1}/2026-11-22?symbols=USD"))

    assert row["date"] == "2026-11-20"
    assert (v1["date"], v1["rates"]) == ("2026-11-20", {"USD": row["rate"]})
    assert exact(house.ask(f"{V2}/rate/eur/usd?date=2026-11-22")) == row


def test_a_day_to_come_has_the_newest_rates(house):
    path = f"{V2}/rates?base=USD"

    assert house.ask(f"{path}&date=9999-12-31").json() == house.ask(path).json()


def test_only_the_providers_named_are_asked(house):
    rates = house.ask(f"{V2}/rates?base=USD&providers=xe").json()

    held = house.query(
        "select quote_currency from marts.fct_fx_rates_1d "
        "where provider = 'xe' group by 1 order by 1"
    )
    assert [(row["quote"],) for row in rates] == held


def test_version_1_tells_a_range_by_the_day_and_multiplies_an_amount(house):
    one = exact(house.ask(f"{V1}/2026-01-05..2026-01-09?base=USD&symbols=EUR,JPY"))
    ten = exact(
        house.ask(f"{V1}/2026-01-05..2026-01-09?from=usd&to=EUR, jpy&amount=10")
    )

    assert (one["start_date"], one["end_date"]) == ("2026-01-05", "2026-01-09")
    assert set(one["rates"]["2026-01-05"]) == {"EUR", "JPY"}
    assert ten["amount"] == 10
    for day, rates in one["rates"].items():
        assert ten["rates"][day] == {code: 10 * rate for code, rate in rates.items()}


def test_currencies_and_providers_are_those_that_there_are_rates_of(house):
    names = house.ask(f"{V1}/currencies").json()
    listed = house.ask(f"{V2}/currencies?scope=all").json()
    providers = {each["key"]: each for each in house.ask(f"{V2}/providers").json()}

    assert names["EUR"] == "Euro"
    assert [row["iso_code"] for row in listed] == sorted(names)
    first, last = house.query(
        "select min(rate_date)::text, max(rate_date)::text "
        "from marts.fct_fx_rates_1d where provider = 'ecb'"
    )[0]
    ecb = providers["ECB"]
    assert (ecb["start_date"], ecb["end_date"]) == (first, last)
    assert house.ask(f"{V2}/currency/ngn").json()["providers"] == ["XE"]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("v2/rates?quotes=NOPE", 422, "NOPE"),
        ("v2/rates?group=day&from=2026-01-01", 422, "week"),
        ("v2/rates?date=yesterday", 422, "2024-01-31"),
        ("v2/rates?date=2026-01-01&from=2026-01-01", 422, "conflicting"),
        ("v2/rates?providers=boc", 422, "ECB"),
        ("v2/rates?when=now", 422, "quotes"),
        ("v2/rates?from=2000-01-01", 422, "366 days"),
        ("v2/rates?from=2026-02-01&to=2026-01-01", 422, "after"),
        ("v2/rate/eur/usd?date=0001-01-03", 404, "0001-01-03"),
        ("v1/2015-01-01", 404, "not found"),
        ("v1/today", 422, "2024-01-31"),
        ("v1/latest?base=USD&symbols=USD", 422, "bad currency pair"),
        ("v1/latest?amount=-1", 422, "amount"),
        ("v1/2000-01-01..", 422, "366 days"),
    ],
)
def test_what_can_t_be_given_is_refused_in_frankfurter_s_form(
    house, path, status, said
):
    answer = house.ask(f"/frankfurter/{path}")

    body = answer.json()
    assert answer.status_code == status
    assert said in body["message"]
    assert body.get("status") == (status if path.startswith("v2") else None)
