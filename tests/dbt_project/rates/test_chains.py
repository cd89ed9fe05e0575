"""Chains of `fx_rate`: of one day, over dollar and euro, by law from its day on."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from random import Random

import pytest

from tests.dbt_project.rates import rate_truth
from tests.support.database import kept
from tests.support.rates import daily, ecb_file, recorded_year, xe_page, xe_period
from tests.support.raw import Raw

MODELS = ("-s", "+rpt_usd_rates_1d", "fx_rate")
DAY = timedelta(days=1)
TODAY = datetime(2026, 11, 1, tzinfo=UTC)
HEADING = "Date,USD,JPY,SEK,CZK,TRL,TRY,ROL,RON,SKK,HRK,CYP,MTL,SIT,EEK,LVL,LTL,BGN"
# the ECB's own, about the days on which a currency ended
LINES = """
2004-12-30,1.3604,141.03,9.0155,30.395,1829000,N/A,39465,N/A,38.71,N/A,0.5796,0.4346,239.74,15.6466,0.698,3.4528,1.9559
2004-12-31,1.3621,139.65,9.0206,30.464,1836200,N/A,39390,N/A,38.745,N/A,0.58,0.4343,239.76,15.6466,0.6979,3.4528,1.9559
2005-01-03,1.3507,138.84,8.9758,30.361,N/A,1.815,39230,N/A,38.655,N/A,0.58,0.4343,239.78,15.6466,0.6964,3.4528,1.9559
2005-06-30,1.2092,133.95,9.4259,30.03,N/A,1.6194,36030,N/A,38.414,7.313,0.5735,0.4293,239.47,15.6466,0.6961,3.4528,1.9559
2005-07-01,1.2087,134.24,9.4866,29.99,N/A,1.6163,N/A,3.603,38.315,7.3045,0.5735,0.4293,239.45,15.6466,0.6962,3.4528,1.9558
2006-12-29,1.317,156.93,9.0404,27.485,N/A,1.864,N/A,3.3835,34.435,7.3504,0.5782,0.4293,239.64,15.6466,0.6972,3.4528,1.9558
2007-01-02,1.327,157.76,9.0245,27.525,N/A,1.8758,N/A,3.3829,34.383,7.3625,0.5782,0.4293,N/A,15.6466,0.6984,3.4528,1.9558
2008-12-31,1.3917,126.14,10.87,26.875,N/A,2.1488,N/A,4.0225,30.126,7.3555,N/A,N/A,N/A,15.6466,0.7083,3.4528,1.9558
2010-12-31,1.3362,108.65,8.9655,25.061,N/A,2.0694,N/A,4.262,N/A,7.383,N/A,N/A,N/A,15.6466,0.7094,3.4528,1.9558
2011-01-03,1.3348,108.7,8.937,25.088,N/A,2.0807,N/A,4.2725,N/A,7.3845,N/A,N/A,N/A,N/A,0.7098,3.4528,1.9558
2022-12-30,1.0666,140.66,11.1218,24.116,N/A,19.9649,N/A,4.9495,N/A,7.5365,N/A,N/A,N/A,N/A,N/A,N/A,1.9558
2023-01-02,1.0683,139.62,11.1663,24.176,N/A,20.0039,N/A,4.94,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,1.9558
2023-04-27,1.1042,147.16,11.3805,23.512,N/A,21.4528,N/A,4.939,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,1.9558
2025-12-31,1.175,184.09,10.8215,24.237,N/A,50.4838,N/A,5.0968,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,1.9558
2026-01-02,1.1721,183.94,10.8085,24.177,N/A,50.4332,N/A,5.0895,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A
"""
LATE = [
    xe_page({"EGP": 30.9518469196, "XOF": 594.06}, "2023-04-27T12:00:00Z"),
    xe_page({"HRK": 7.0551, "NGN": 461.5}, "2022-12-31T12:00:00Z"),
    xe_page({"HRK": 7.0552, "EUR": 0.9364}, "2023-01-02T12:00:00Z"),
    xe_page({"SLL": 13000}, "2022-06-30T12:00:00Z"),
    xe_page({"SLE": 13.25}, "2022-07-02T12:00:00Z"),
]
ASKED = """
select pair.source, pair.target, asked.day, found.rate, found.rate_date, found.provider
from unnest(%s::text[], %s::text[]) as pair (source, target)
cross join unnest(%s::date[]) as asked (day)
cross join marts.fx_rate(
    pair.source, pair.target, asked.day + interval '12 hours'
) as found
"""


def xe_year():
    """Return three currencies at XE in 2009, each now and then without a rate."""
    chance = Random(12)  # noqa: S311 - no secret
    noons = [f"{date(2009, 1, 1) + n * DAY}T12:00:00Z" for n in range(120)]
    return xe_period(
        {
            code: {
                at: usual + chance.randrange(10**9) / 10**10
                for at in noons
                if chance.random() > 0.3
            }
            for code, usual in (("NGN", 148), ("XOF", 470), ("EUR", 0.7), ("HRK", 5))
        }
    )


@pytest.fixture
def asked(database, dbt):
    """Return what asks for pairs at days, of the ECB's 2009, ends, and some of XE."""
    answers = {
        # the year is newer, or the file around it would take its days back
        "ecb": [ecb_file(HEADING + LINES, TODAY), recorded_year(TODAY + DAY)],
        "xe": [xe_year(), *LATE],
    }

    def make():
        raw = Raw(database)
        for system, pages in answers.items():
            for page in pages:
                raw.land_answers(f"{system}__rates", [page])
        dbt("build", *MODELS)

    kept(database, "fx_chains", make)

    def asked(pairs, days):
        sources, targets = zip(*pairs, strict=True)
        rows = database.query(
            ASKED, list(sources), list(targets), list(days), role="reader"
        )
        return {tuple(row[:3]): tuple(row[3:]) for row in rows}

    asked.quotes = {
        key: Fraction(rate)
        for key, (rate, *_) in daily(answers["xe"], answers["ecb"]).items()
    }
    return asked


@pytest.fixture
def rate(asked):
    """Return what asks for one pair at one day."""

    def rate(source, target, day):
        (found,) = asked([(source, target)], [date.fromisoformat(day)]).values()
        return found

    return rate


def assert_rate(found, value, day, provider):
    assert found[1:] == (date.fromisoformat(day), provider)
    assert abs(found[0] - value) <= value * Decimal("1e-15")


def test_both_legs_of_a_cross_are_of_one_day(rate):
    found = rate("TRL", "USD", "2004-12-31")
    assert_rate(found, Decimal("1.3621") / 1836200, "2004-12-31", "ecb")
    # the naira is of Saturday, the yen of Friday and Monday, the euro of Monday
    assert rate("NGN", "USD", "2023-01-02")[1:] == (date(2022, 12, 31), "xe")
    assert rate("NGN", "JPY", "2023-01-02") == rate_truth.NOTHING
    assert rate("NGN", "EUR", "2023-01-02") == rate_truth.NOTHING


def test_a_chain_goes_over_the_dollar_and_the_euro(rate):
    found = rate("EGP", "JPY", "2023-04-27")

    assert str(found[0]).startswith("4.30581600328")
    assert found[1:] == (date(2023, 4, 27), "xe+ecb")
    assert_rate(
        rate("JPY", "EGP", "2023-04-29"),
        Decimal("30.9518469196") * Decimal("1.1042") / Decimal("147.16"),
        *("2023-04-27", "xe+ecb"),
    )


def test_from_the_day_of_a_law_its_rate_counts_and_before_it_the_markets(rate):
    kuna = Decimal("7.53450")
    for day in ("2023-01-01", "2023-01-02", "2026-11-26"):
        assert rate("EUR", "HRK", day) == (kuna, date.fromisoformat(day), "law")
        assert_rate(rate("HRK", "EUR", day), 1 / kuna, day, "law")
    found = rate("EUR", "HRK", "2022-12-30")
    assert found == (Decimal("7.5365"), date(2022, 12, 30), "ecb")
    assert rate("EUR", "BGN", "2025-12-31")[0] == Decimal("1.9558")
    found = rate("EUR", "BGN", "2026-01-01")
    assert found == (Decimal("1.95583"), date(2026, 1, 1), "law")
    assert rate("EUR", "HRK", "2005-06-29") == rate_truth.NOTHING


def test_each_fixed_currency_has_the_rate_of_its_law_from_its_day_on(rate):
    for code, law in rate_truth.LAWS.items():
        since = rate(law.anchor, code, str(law.since))
        before = rate(law.anchor, code, str(law.since - DAY))

        assert since == (Decimal(str(float(law.units))), law.since, "law"), code
        assert before[2] != "law", code


def test_the_list_of_currencies_says_what_laws_fix_and_which_of_the_ended_have_none(
    asked, tables
):
    listed = {
        row["currency"]: (row["pegged_to"], row["peg_rate"], row["is_in_use"])
        for row in tables.records("select * from staging.stg_currencies")
    }

    assert {code: found for code, found in listed.items() if found[0]} == {
        code: (law.anchor, Decimal(str(float(law.units))), not law.has_ended)
        for code, law in rate_truth.LAWS.items()
    }
    ended = {code for code, (*_, is_in_use) in listed.items() if not is_in_use}
    assert ended - set(rate_truth.LAWS) == {"CUC", "VEF", "ZWD", "ZWL"}


def test_a_cross_of_a_fixed_currency_has_the_day_of_its_moving_leg(rate):
    kuna, dollar = Decimal("7.53450"), Decimal("1.0666")

    # by law, though XE quotes the kuna in dollars the day before, and for ever after
    found = rate("HRK", "USD", "2023-01-01")
    assert_rate(found, dollar / kuna, "2022-12-30", "law+ecb")
    found = rate("USD", "HRK", "2023-01-08")
    assert_rate(found, kuna * Decimal("0.9364"), "2023-01-02", "law+xe")
    found = rate("SKK", "CZK", "2011-01-03")
    assert_rate(found, Decimal("25.088") / Decimal("30.1260"), "2011-01-03", "law+ecb")
    found = rate("EEK", "LVL", "2014-01-01")
    assert_rate(found, Decimal("0.702804") / Decimal("15.6466"), "2014-01-01", "law")


def test_a_new_unit_of_an_old_currency_is_reached_by_law(rate):
    assert rate("TRL", "EUR", "2004-12-31")[1:] == (date(2004, 12, 31), "ecb")
    # no rate of the new lira yet: the last of the old
    assert_rate(
        rate("TRL", "EUR", "2005-01-02"), 1 / Decimal(1836200), "2004-12-31", "ecb"
    )
    found = rate("TRL", "EUR", "2005-01-03")
    assert_rate(found, 1 / Decimal(1815000), "2005-01-03", "law+ecb")
    found = rate("TRL", "ROL", "2005-07-01")
    lei = Decimal("3.603") * 10000 / (Decimal("1.6163") * 1_000_000)
    assert_rate(found, lei, "2005-07-01", "law+ecb")
    found = rate("SLL", "USD", "2022-07-02")
    assert_rate(found, 1 / Decimal(13250), "2022-07-02", "law+xe")


def test_a_peg_is_the_law_to_the_euro_and_a_quote_in_dollars_still_counts(rate):
    found = rate("EUR", "XOF", "2023-04-29")
    assert found == (Decimal("655.957"), date(2023, 4, 29), "law")
    assert rate("XAF", "XOF", "2023-04-29") == (Decimal(1), date(2023, 4, 29), "law")
    assert rate("USD", "XOF", "2023-04-27")[1:] == (date(2023, 4, 27), "xe")
    found = rate("USD", "XAF", "2023-04-27")
    assert_rate(found, Decimal("655.957") / Decimal("1.1042"), "2023-04-27", "law+ecb")


def test_no_rate_of_any_pair_and_day_differs_from_a_search_through_all_chains(asked):
    codes = (
        "USD EUR NGN XOF XAF JPY HRK SKK EEK LVL BGN TRL TRY ROL RON EGP SLL SLE ABC"
    )
    starts = (
        *("2004-12-30", "2005-06-30", "2006-12-30", "2008-12-31", "2009-02-05"),
        *("2009-04-28", "2010-12-31", "2022-06-30", "2022-12-30", "2023-04-27"),
        *("2025-12-31", "2026-01-10"),
    )
    days = [
        date.fromisoformat(start) + age * DAY
        for start in starts
        for age in (0, 1, 2, 3, 4, 9, 13, 14, 15)
    ]
    pairs = list(product(codes.split(), repeat=2))

    found = asked(pairs, days)

    wrong, providers = {}, set()
    for (source, target, day), (rate, rate_date, provider) in found.items():
        expected = rate_truth.answer(asked.quotes, source, target, day)
        is_close = (rate is None) == (expected[0] is None) and (
            rate is None or abs(Fraction(rate) - expected[0]) <= expected[0] / 10**15
        )
        if not is_close or (rate_date, provider) != expected[1:]:
            wrong[source, target, day] = (rate, rate_date, provider), expected
        providers.add(provider)
    assert providers == {
        *(None, "law", "xe", "ecb", "xe+ecb", "law+xe", "law+ecb", "law+xe+ecb"),
    }
    assert len(found) == len(pairs) * len(set(days))
    assert wrong == {}


def test_rates_are_looked_up_by_the_index_of_their_currencies(asked, database):
    database.query("analyze marts.fct_fx_rates_1d")
    plan = database.query(
        "explain select * from marts.fx_rate('HRK', 'JPY', '2009-04-28')"
    )
    scans = [line.strip(" ->") for (line,) in plan if "Scan on fct_fx" in line]

    assert scans
    assert not [scan for scan in scans if scan.startswith(("Seq", "Parallel"))]
