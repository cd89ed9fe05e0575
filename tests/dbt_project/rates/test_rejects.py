"""Bad rates go to quarantine with a reason; the good of their page go on."""

from datetime import timedelta

import pytest

from tests.support.rates import FETCHED, ecb_file, xe_page, xe_period, xe_text
from tests.support.rejections import assert_coded
from warehouse.ledger import rebuild

NOON = "2024-03-09T12:00:00Z"
LATER = FETCHED + timedelta(days=1)
BEYOND = "rate out of range: at least 1e-15 and below 1e15"
AGAIN = "other values further down in the answer"
STAGING = ("-s", "stg_currencies", "+stg_xe__rates__rejected")
ECB = ("-s", "+stg_ecb__rates__rejected")


@pytest.fixture
def reasons(database):
    """Return what looks up the reasons in a quarantine, by record."""

    def reasons(system):
        assert_coded(database, f"staging.stg_{system}__rates__rejected")
        sql = f"select record_key, reason from staging.stg_{system}__rates__rejected"  # noqa: S608 - a table of ours
        return dict(database.query(sql))

    return reasons


def staged(database, system):
    """Return the currencies that have a staged rate."""
    sql = f"select distinct quote_currency from staging.stg_{system}__rates"  # noqa: S608 - a table of ours
    return {code for (code,) in database.query(sql)}


def test_each_bad_rate_of_xe_is_rejected_alone_until_a_good_answer_resolves_it(
    raw, dbt, reasons
):
    wrong = {
        "GHS": (0, "a rate of zero or less"),
        "KES": (-1.5, "a rate of zero or less"),
        "UGX": ("12.5", "not a number where one belongs"),
        "MAD": (1e99, BEYOND),
        "EGP": (1e-30, BEYOND),
        "QQQ": (1.5, "an unknown currency"),
    }
    mids = {"NGN": 1600, **{code: mid for code, (mid, _) in wrong.items()}}
    raw.land_answers("xe__rates", [xe_page(mids, NOON)])
    raw.land_answers("xe__rates", [xe_page({"XOF": 600}, "2024-03-11T00:00:00Z")])
    dbt("run", *STAGING)
    rejected, good = reasons("xe"), staged(raw.database, "xe")

    mended = dict.fromkeys(["GHS", "KES", "UGX", "MAD", "EGP"], 2)
    raw.land_answers("xe__rates", [xe_page(mended, NOON, LATER)])
    dbt("run", *STAGING)

    assert good == {"NGN"}
    assert rejected == {
        **{f"USD{code} 2024-03-09 12:00:00": told for code, (_, told) in wrong.items()},
        "USDXOF 2024-03-11 00:00:00": "in the future",
    }
    assert staged(raw.database, "xe") == {"NGN", *mended}
    assert set(reasons("xe").values()) == {"an unknown currency", "in the future"}


def test_what_is_no_rate_at_all_is_rejected_with_its_place(raw, dbt, reasons):
    period = xe_period({"NGN": {NOON: 1600, "yesterday": 1601}, "X" * 9000: {NOON: 1}})
    for answer in (
        period,
        xe_text("<html>"),
        xe_text('{"to": "\\u0000"}'),
        xe_text('{"from": "USD", "amount": 1, "to": {"GHS": 5, "KES": [null]}}'),
        xe_page({"UGX": 3900}, NOON, amount=None),
        xe_page({"MAD": 10}, NOON, base="usd"),
        xe_page({"EGP": 50}, NOON, amount=0),
    ):
        raw.land_answers("xe__rates", [answer])

    dbt("run", *STAGING)

    assert staged(raw.database, "xe") == {"NGN"}
    assert sorted(reasons("xe").values()) == [
        "an unknown currency",
        *["no amount that the rate is for"] * 2,
        "no code of a currency",
        *["no time"] * 3,
        *["not readable as a page of rates"] * 2,
    ]


def test_a_bad_line_of_the_ecb_costs_itself_only_and_na_is_no_reject(raw, dbt, reasons):
    lines = [
        "Date,USD,JPY,SEK,QQQ,",
        "2024-03-08,1.0932,N/A,-11.17,1.5,",
        "2024-03-07,0.0000,abc,,1.5,",
        "2024-02-30,1.08,160.1,11.1,N/A,",
        "2024-03-05,1.08,160.1",
        "someday,1.08,160.1,11.1,1.5,",
        "2024-03-12,1.08,N/A,N/A,N/A,",
        "",
        ",,,",
    ]
    for text in ("\r\n".join(lines), "<html>", ""):
        raw.land_answers("ecb__rates", [ecb_file(text)])
    dbt("run", *ECB)
    rejected = reasons("ecb")

    mended = "Date,USD,JPY,\n2024-03-07,1.07,160.5,\n"
    raw.land_answers("ecb__rates", [ecb_file(mended, LATER)])
    dbt("run", *ECB)

    assert {key: told for key, told in rejected.items() if "#" not in key} == {
        "SEK 2024-03-08": "a rate of zero or less",
        "QQQ 2024-03-08": "an unknown currency",
        "USD 2024-03-07": "a rate of zero or less",
        "JPY 2024-03-07": "not a number where one belongs",
        "SEK 2024-03-07": "not a number where one belongs",
        "QQQ 2024-03-07": "an unknown currency",
        "USD 2024-03-12": "in the future",
    }
    assert sorted(told for key, told in rejected.items() if "#" in key) == [
        *["no date"] * 2,
        "not as many fields as the heading has",
        *["not readable as a file of rates"] * 2,
    ]
    assert staged(raw.database, "ecb") == {"USD", "JPY"}
    assert set(rejected) - set(reasons("ecb")) == {"USD 2024-03-07", "JPY 2024-03-07"}


def values(database, system):
    """Return the staged rates by currency."""
    sql = f"select quote_currency, rate from staging.stg_{system}__rates"  # noqa: S608 - a table of ours
    return dict(database.query(sql))


def xe_list(*rates):
    """Return XE's answer of a moment that may name a currency more than once."""
    listed = [f'{{"quotecurrency":"{code}","mid":{mid}}}' for code, mid in rates]
    said = f'{{"from":"USD","amount":1,"timestamp":"{NOON}","to":[{",".join(listed)}]}}'
    return xe_text(said)


def test_of_two_rates_of_a_currency_in_one_answer_of_xe_the_last_wins_and_is_no_news(
    raw, dbt, reasons
):
    twice = [("NGN", 1600), ("GHS", 12), ("NGN", 1601), ("NGN", "1602.0")]
    same = [("GHS", "12.00"), ("KES", '"129"'), ("KES", 130), ("UGX", 3), ("UGX", 0)]
    at, points = "2024-03-08T12:00:00Z", '{"mid":9,"timestamp":"%s"}'
    period = ",".join([points % at, points.replace("9", "10") % at])
    body = f'{{"from":"USD","amount":1,"to":{{"MAD":[{period}]}}}}'
    raw.land_answers("xe__rates", [xe_list(*twice, *same), xe_text(body)])
    dbt("run", *STAGING)
    told, stood = reasons("xe"), values(raw.database, "xe")
    full = dbt("run", "--full-refresh", *STAGING) and reasons("xe")

    raw.land_answers("xe__rates", [xe_page({"NGN": 1600}, NOON, LATER)])
    dbt("run", *STAGING)

    assert stood == {"NGN": 1602, "GHS": 12, "KES": 130, "UGX": 3, "MAD": 10}
    assert told == full
    assert told == {
        "USDNGN 2024-03-09 12:00:00 #1": AGAIN,
        "USDNGN 2024-03-09 12:00:00 #3": AGAIN,
        "USDKES 2024-03-09 12:00:00 #6": AGAIN,
        "USDUGX 2024-03-09 12:00:00": "a rate of zero or less",
        "USDMAD 2024-03-08 12:00:00 #100001": AGAIN,
    }
    assert {key[3:6] for key in reasons("xe")} == {"KES", "UGX", "MAD"}
    assert values(raw.database, "xe")["NGN"] == 1600


def test_of_two_lines_of_a_day_or_two_columns_of_a_currency_the_last_wins_too(
    raw, dbt, reasons
):
    lines = [
        "Date,USD,JPY,SEK,SEK,",
        "2024-03-07,1.08,160.1,11.1,11.1,",
        "2024-03-08,1.09,161.1,11.2,11.3,",
        "2024-03-07,1.08,160.2,N/A,11.10,",
    ]
    raw.land_answers("ecb__rates", [ecb_file("\n".join(lines))])
    dbt("run", *ECB)
    told = reasons("ecb")
    full = dbt("run", "--full-refresh", *ECB) and reasons("ecb")

    mended = "Date,JPY,\n2024-03-07,160.1,\n"
    raw.land_answers("ecb__rates", [ecb_file(mended, LATER)])
    dbt("run", *ECB)

    assert told == full
    assert told == {"JPY 2024-03-07 #1": AGAIN, "SEK 2024-03-08 #2": AGAIN}
    assert reasons("ecb") == {"SEK 2024-03-08 #2": AGAIN}
    rates = raw.database.query(
        "select rate_date::text, quote_currency, rate from staging.stg_ecb__rates "
        "order by 1, 2"
    )
    assert [(day[-1], code, float(rate)) for day, code, rate in rates] == [
        ("7", "JPY", 160.1),
        ("7", "SEK", 11.1),
        ("7", "USD", 1.08),
        ("8", "JPY", 161.1),
        ("8", "SEK", 11.3),
        ("8", "USD", 1.09),
    ]


def test_a_currency_that_joins_or_leaves_the_list_takes_its_rates_along(
    raw, dbt, reasons, tables
):
    raw.land_answers("xe__rates", [xe_page({"NGN": 1600, "QQQ": 2}, NOON)])
    raw.land_answers("ecb__rates", [ecb_file("Date,USD,QQQ,\n2024-03-08,1.09,1.5,\n")])
    dbt("run", "-s", "+rpt_usd_rates_1d", *STAGING[1:], *ECB[1:])
    raw.database.query("delete from staging.stg_currencies where currency = 'USD'")
    raw.database.query(
        "insert into staging.stg_currencies values ('QQQ', 'Q', true, null, null, 99)"
    )
    raw.database.query(
        "insert into ops.vanished values "
        "('stg_currencies', 99, '{\"currency\": \"USD\"}')"
    )
    raw.database.query(
        "update ops.versions set version = 99 where model = 'stg_currencies'"
    )
    rest = ("--exclude", "stg_currencies")

    dbt("run", "-s", "+rpt_usd_rates_1d", *STAGING[2:], *ECB[1:], *rest)
    other = staged(raw.database, "ecb"), staged(raw.database, "xe")
    told = reasons("ecb"), reasons("xe")
    rebuild("stg_currencies", None, None)
    dbt("run", "-s", "+rpt_usd_rates_1d", *STAGING[1:], *ECB[1:])

    assert other == ({"QQQ"}, set())
    assert set(told[0]) == {"USD 2024-03-08"}
    assert len(told[1]) == 2
    assert staged(raw.database, "ecb") == {"USD"}
    assert staged(raw.database, "xe") == {"NGN"}
    assert set(reasons("ecb")) == {"QQQ 2024-03-08"}
    assert set(reasons("xe")) == {"USDQQQ 2024-03-09 12:00:00"}
    rows = tables.records("select currency_to from marts.rpt_usd_rates_1d")
    assert {row["currency_to"] for row in rows} == {"EUR", "NGN"}
