"""The rates' board shows who quotes what, marks jumps, and tells the newest's age."""

import re
from datetime import UTC, datetime, timedelta

import pytest

# two days apart in length from `days_ago`, so that nothing depends on the weekday
RATES = """
insert into marts.fct_fx_rates_1d (
    provider, base_currency, quote_currency, rate_date, rate, inverse_rate,
    quoted_at, fetched_at, updated_at, changed_in
)
select
    'xe', 'USD', made.currency, current_date - days_ago, made.rate, 1 / made.rate,
    (current_date - days_ago)::timestamp at time zone 'utc' + interval '12 hours',
    now(), now(), 0
from generate_series(2, 60) as days (days_ago)
cross join lateral (
    values
    -- by 0.1 % up and down; from 40 days ago 3 % more, from 20 days ago 0.8 % less
    (
        'VES', (100 + mod(days_ago, 2) * 0.1) * case
            when days_ago > 40 then 1 when days_ago > 20 then 1.03 else 1.022
        end
    ),
    -- by 0.9 % up and down; from 40 days ago 3 % more, from 20 days ago 6 % more
    (
        'SSP', (100 + mod(days_ago, 2) * 0.9) * case
            when days_ago > 40 then 1 when days_ago > 20 then 1.03 else 1.0918
        end
    ),
    -- nothing for 10 days, then 20 % more
    ('LBP', case when days_ago > 30 then 100.0 else 120.0 end)
) as made (currency, rate)
where made.currency != 'LBP' or days_ago not between 30 and 39
"""
MADE = "xe", "VES", "SSP", "LBP"
AFTERWARDS = """
delete from marts.fct_fx_rates_1d where quote_currency in ('VES', 'SSP', 'LBP')
"""
# XE may have quoted of no day yet of which the ECB has told
QUOTED = """
insert into marts.fct_fx_rates_1d (
    provider, base_currency, quote_currency, rate_date, rate, inverse_rate,
    quoted_at, fetched_at, updated_at, changed_in
)
select
    provider, base_currency, quote_currency,
    (select max(rate_date) from marts.fct_fx_rates_1d where provider = 'ecb'),
    rate, inverse_rate, quoted_at, fetched_at, updated_at, 0
from marts.fct_fx_rates_1d
where provider = 'xe' and quote_currency = 'NGN'
limit 1
on conflict do nothing
"""
UNQUOTED = """
delete from marts.fct_fx_rates_1d where quote_currency = 'NGN' and changed_in = 0
"""
MART = "fct_fx_rates_1d"


@pytest.fixture
def made(house):
    """Have three currencies more at XE, whose newest rates are two days old."""
    house.build(MART, RATES)
    yield
    house.build(MART, AFTERWARDS)


@pytest.fixture
def quoted(house):
    """Have XE's naira of the newest day of which the ECB has told."""
    house.build(MART, QUOTED)
    yield
    house.build(MART, UNQUOTED)


def today():
    return datetime.now(UTC).date()


def lines(shown):
    """Return what is drawn, by its name: days and rates, as text."""
    return {
        line["name"]: dict(zip(line["x"], line["y"], strict=True))
        for line in shown.figure("rates")["data"]
    }


def days(house, sql):
    """Return what a query finds, by its first column."""
    return dict(house.query(f"select rate_date::text, {sql}"))  # noqa: S608 - ours


def test_rates_are_the_marts_to_the_last_digit(look, house):
    shown = look("/boards/rates?currency=SEK&base=EUR&from=2024-01-01&to=2024-12-31")

    assert lines(shown) == {
        "ECB": days(
            house,
            "rate::text from marts.fct_fx_rates_1d "
            "where quote_currency = 'SEK' and base_currency = 'EUR' "
            "and rate_date between '2024-01-01' and '2024-12-31'",
        )
    }


def test_a_base_that_a_provider_does_not_have_is_inverse_or_crossed(look, house):
    inverse = look("/boards/rates?currency=EUR&base=SEK&from=2026-01-01&to=2026-03-31")
    crossed = look("/boards/rates?currency=SEK&base=USD&from=2026-01-01&to=2026-03-31")

    assert lines(inverse)["ECB"] == days(
        house,
        "inverse_rate::text from marts.fct_fx_rates_1d "
        "where quote_currency = 'SEK' and base_currency = 'EUR' "
        "and rate_date between '2026-01-01' and '2026-03-31'",
    )
    assert lines(crossed)["ECB"] == days(
        house,
        "trim_scale(krona.rate / dollar.rate)::text "
        "from marts.fct_fx_rates_1d as krona "
        "inner join marts.fct_fx_rates_1d as dollar using (provider, rate_date) "
        "where krona.quote_currency = 'SEK' and dollar.quote_currency = 'USD' "
        "and provider = 'ecb' and rate_date between '2026-01-01' and '2026-03-31'",
    )


def test_what_no_provider_has_alone_is_as_fx_rate_gives_it(look, house, quoted):
    naira = lines(look("/boards/rates?currency=NGN&base=SEK"))
    franc = lines(look("/boards/rates?currency=XOF&base=EUR"))

    found = house.query("select * from marts.fx_rate('SEK', 'NGN')")
    assert [
        (rate, day, name.lower())
        for name, line in naira.items()
        for day, rate in line.items()
    ] == [(f"{rate}", f"{day}", provider) for rate, day, provider in found]
    assert set(franc["Fixed by law"].values()) == {"655.957"}
    assert len(franc["Fixed by law"]) == 366


def test_a_jump_is_marked_by_what_is_usual_of_the_days_shown(look, made):
    calm = look("/boards/rates?currency=VES&base=USD")
    wild = look("/boards/rates?currency=SSP&base=USD")

    jump = f"{today() - timedelta(days=40)}"
    assert list(lines(calm)["Jump"]) == [jump]
    assert calm.table("jumps")[1:] == [[jump, "xe", "100.1", "103", "2.9"]]
    assert list(lines(wild)["Jump"]) == [f"{today() - timedelta(days=20)}"]


def test_a_line_is_broken_where_more_than_a_week_is_missing(look, made):
    shown = look("/boards/rates?currency=LBP&base=USD")

    (line,) = shown.figure("rates")["data"]
    place = line["y"].index(None)
    assert line["x"][place - 1] == f"{today() - timedelta(days=40)}"
    assert line["x"][place + 1] == f"{today() - timedelta(days=29)}"
    assert line["y"].count(None) == 1
    assert shown.said("jumps") == "There is no jump of LBP per USD in this time."


def test_stale_rates_come_first_with_what_mends_them(look, house, made):
    rows = look("/boards/rates").table("newest")[1:]

    by_state = {state: [row for row in rows if row[0] == state] for state, *_ in rows}
    assert list(by_state) == ["stale", "ended", "fresh"]
    mend = f"python -m ingestion xe --from {today() - timedelta(days=1)}"
    assert [[*row[1:4], row[6]] for row in by_state["stale"]] == [
        [currency, "USD", "xe", f"{mend} asks for it again, then dbt build"]
        for currency in sorted(MADE[1:])
    ]
    assert all(
        re.fullmatch(r"2 days|[34]\d hours", row[5]) for row in by_state["stale"]
    )
    assert [row[1:5] for row in by_state["ended"]] == [
        ["RUB", "EUR", "ecb", "2022-03-01 13:15 UTC"]
    ]
    assert len(rows) == len(
        house.query(
            "select distinct provider, base_currency, quote_currency "
            "from marts.fct_fx_rates_1d"
        )
    )


def test_a_provider_that_is_stale_as_a_whole_is_asked_for_what_is_new(look, house):
    away = """
    update marts.fct_fx_rates_1d
    set rate_date = rate_date {} 9000, quoted_at = quoted_at {} interval '9000 d'
    where provider = 'xe'
    """
    try:
        house.build(MART, away.replace("{}", "-"))
        rows = look("/boards/rates").table("newest")[1:]
    finally:
        house.build(MART, away.replace("{}", "+"))

    assert [row for row in rows if row[0] == "stale"] == rows[:7]
    assert {(row[3], row[6]) for row in rows[:7]} == {
        ("xe", "python -m ingestion xe asks for what is new, then dbt build")
    }


def test_the_currencies_that_have_rates_are_offered_by_their_names(look, house):
    page = look("/boards/rates?currency=ngn&base=usd").page

    offered = page.locator("select[name=currency] option").all_inner_texts()
    assert "NGN Nigerian naira" in offered
    assert page.locator("select[name=currency]").input_value() == "ngn"
    assert page.locator("select[name=base] option").all_inner_texts()[1:] == offered[1:]


def test_an_unknown_currency_and_a_time_without_rates_say_so(look):
    for query in ("currency=QQQ&base=EUR", "currency=USD&base=EUR&to=1990-01-01"):
        shown = look(f"/boards/rates?{query}")

        assert shown.said("rates").startswith("There is no rate of ")
        assert "python -m ingestion ecb --from 2024-01-01" in shown.said("rates")
