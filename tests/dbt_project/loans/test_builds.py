"""What a build of the loans' marts touches: what changed, however it came about."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.support.loan_book import AS_OF, BOOK, WORKED
from tests.support.loan_files import LOANS, READ_AT, files_of, land
from tests.support.loan_truth import assert_marts

MARTS = (
    *("dim_loans", "dim_loan_spans", "fct_loan_payments_1d", "fct_loan_instalments"),
    *("fct_loan_arrears_1d", "fct_missed_payments", "rpt_loans"),
)
LATER = READ_AT + timedelta(days=1)


@pytest.fixture
def marts(database):
    """Return what looks up the loans' marts, without when and by which build."""

    def marts():
        return {
            mart: sorted(
                text
                for (text,) in database.query(
                    "select (to_jsonb(mart) - 'updated_at' - 'changed_in')::text "  # noqa: S608 - a table of ours
                    f"from marts.{mart} as mart"
                )
            )
            for mart in MARTS
        }

    return marts


def test_a_build_without_news_and_one_of_the_same_files_again_change_no_mart(
    book, dbt, tables
):
    before = tables.all_row_versions()

    dbt("run", *LOANS)
    assert tables.all_row_versions() == before

    land(book, files_of(BOOK), LATER)
    dbt("run", *LOANS)
    after = tables.all_row_versions()
    for name in (*(f"marts.{mart}" for mart in MARTS), "ops.vanished"):
        assert after[name] == before[name], name


def test_a_late_payment_touches_only_its_loan(book, dbt, database, marts):
    versions = " union all ".join(
        f"select '{mart} ' || loan_id, max(changed_in), count(*) "  # noqa: S608 - ours
        f"from marts.{mart} group by 1"
        for mart in MARTS
    )
    before = {name: rest for name, *rest in database.query(versions)}
    late = replace(
        WORKED, payments=(*WORKED.payments, ("2", date(2023, 3, 1), Decimal("4000.10")))
    )

    land(book, {"payments": files_of([late, *BOOK[1:]])["payments"]}, LATER)
    dbt("run", *LOANS)

    assert_marts(database, [late, *BOOK[1:]], AS_OF)
    after = {name: rest for name, *rest in database.query(versions)}
    assert {name.split()[1] for name in after if after[name] != before[name]} == {
        "worked"
    }


def test_a_newer_day_and_a_day_that_is_set_move_every_loan_that_it_concerns(
    book, dbt, database, marts
):
    before = marts()
    paid_later = replace(
        WORKED,
        payments=(
            *WORKED.payments,
            ("2", AS_OF + timedelta(days=9), Decimal(10000)),
        ),
    )

    # on the first a loan is paid that is yet to begin
    for day in (date(2023, 4, 11), date(2023, 5, 20)):
        dbt("run", *LOANS, "--vars", f"{{loans_as_of: {day}}}")
        assert_marts(database, BOOK, day)

    land(book, {"payments": files_of([paid_later, *BOOK[1:]])["payments"]}, LATER)
    dbt("run", *LOANS)
    assert_marts(database, [paid_later, *BOOK[1:]], AS_OF + timedelta(days=9))

    land(book, files_of(BOOK), LATER + timedelta(days=1))
    dbt("run", *LOANS)
    assert marts() == before


def test_a_loan_that_the_files_no_longer_have_is_gone_from_every_mart(
    book, dbt, database, marts
):
    land(book, files_of(BOOK[1:]), LATER)

    dbt("run", *LOANS)

    assert_marts(database, BOOK[1:], AS_OF)
    assert "worked" not in str(marts())
    increments = marts()
    dbt("run", "--full-refresh", *LOANS)
    assert marts() == increments
