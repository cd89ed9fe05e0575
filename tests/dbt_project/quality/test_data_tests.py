"""dbt's own tests look at what changed since they last passed, and fail for it."""

import pytest

from tests.support.klines import DAY, FETCHED, HOUR, MINUTE, MONDAY, pages
from tests.support.rates import xe_page

HOURLY = "equals_its_minutes_fct_candles_1h"
SPOIL = "update marts.fct_candles_1h set {} where opened_at = '2024-03-04 05:00+00'"


@pytest.fixture
def outcome(dbt):
    """Return what tests a model and returns the outcome of a test of it."""

    def outcome(name, model, *words):
        results = dbt("test", "-s", model, *words, check=False)
        (found,) = [
            str(each.status) for each in results if each.node.name.startswith(name)
        ]
        return found

    return outcome


def test_a_row_that_changed_is_tested_until_it_passes(built, outcome):
    built.database.query(SPOIL.format("trade_count = -1, changed_in = 2"))
    built.database.query(
        "update ops.versions set version = 2 where model = 'fct_candles_1h'"
    )

    first = outcome(HOURLY, "fct_candles_1h")
    second = outcome(HOURLY, "fct_candles_1h")

    assert (first, second) == ("fail", "fail")


def test_a_row_that_passed_is_looked_at_again_by_an_audit_only(built, outcome):
    built.database.query(SPOIL.format("trade_count = -1"))

    usual = outcome(HOURLY, "fct_candles_1h")
    audit = outcome(HOURLY, "fct_candles_1h", "--vars", "{audit: true}")

    assert (usual, audit) == ("pass", "fail")


@pytest.mark.parametrize("column", ["base_currency", "quote_currency"])
def test_a_row_that_joins_nothing_fails_its_relationship(
    raw, database, dbt, outcome, column
):
    raw.land_answers("xe__rates", [xe_page({"NGN": 1500}, "2024-03-09T12:00:00Z")])
    models = ("fct_fx_rates_1d", "dim_currencies")
    dbt("run", "-s", "+fct_fx_rates_1d", "+dim_currencies")

    first = outcome(f"relationships_fct_fx_rates_1d_{column}", *models)
    database.query(
        f"update marts.fct_fx_rates_1d set {column} = 'XXA', changed_in = 2; "  # noqa: S608 - a column of ours
        "update ops.versions set version = 2 where model = 'fct_fx_rates_1d'"
    )

    assert first == "pass"
    assert outcome(f"relationships_fct_fx_rates_1d_{column}", *models) == "fail"


def test_a_build_of_no_rows_counts_as_no_test(built, dbt, outcome):
    built.database.query(SPOIL.format("trade_count = -1, changed_in = 2"))
    built.database.query(
        "update ops.versions set version = 2 where model = 'fct_candles_1h'"
    )

    dbt("build", "--empty")

    assert outcome(HOURLY, "fct_candles_1h") == "fail"


@pytest.mark.parametrize(
    ("gaps", "told"),
    [([], "warn"), ([("BTCUSDT", 3 * HOUR, 3 * HOUR + MINUTE)], "pass")],
)
def test_a_past_day_with_a_hole_is_told_unless_the_source_has_it_too(
    database, dbt, raw, outcome, gaps, told
):
    hole = MONDAY + 3 * HOUR
    raw.land(
        pages("BTCUSDT", MONDAY, MONDAY + DAY + HOUR, without=[hole]),
        gaps=[(symbol, MONDAY + start, MONDAY + end) for symbol, start, end in gaps],
    )
    dbt("run")

    assert outcome("no_unexplained_gap", "fct_candles_1d") == told


def test_days_that_are_missing_altogether_are_told(database, dbt, raw, outcome):
    raw.land(pages("BTCUSDT", MONDAY, MONDAY + DAY))
    dbt("run")
    first = outcome("no_unexplained_gap", "fct_candles_1d")
    raw.land(pages("BTCUSDT", MONDAY + 3 * DAY, MONDAY + 4 * DAY, fetched_at=FETCHED))
    dbt("run")

    assert (first, outcome("no_unexplained_gap", "fct_candles_1d")) == ("pass", "warn")


def test_all_compiles_where_nothing_was_ever_built(raw, dbt):
    results = dbt("compile", "--select", "tickhouse")

    assert {result.status for result in results} == {"success"}
    assert any(result.node.resource_type == "test" for result in results)
