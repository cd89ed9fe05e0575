"""Arrears, missed payments and portfolio equal a computation day by day."""

from datetime import date
from decimal import Decimal

import pytest

from tests.support.loan_book import AS_OF, BOOK
from tests.support.loan_files import files_of
from tests.support.loan_truth import assert_marts, assert_portfolio

COLUMNS = (
    *("loan_id", "borrower_id", "loan_date_of_release", "term", "loan_amount"),
    *("downpayment", "state", "city", "zip_code", "payment_frequency", "maturity_date"),
    *(
        "current_days_past_due",
        "last_due_date",
        "last_repayment_date",
        "amount_at_risk",
    ),
    *("borrower_credit_score", "branch", "branch_id", "borrower_name"),
    *("total_amount_paid", "total_amount_expected"),
    *("payments_file_at", "has_stale_payments"),
)


def test_the_worked_example(book):
    arrears = {
        day: (at_risk, days)
        for day, at_risk, days in book.database.query(
            "select to_char(arrears_date, 'DD Mon'), amount_at_risk, days_past_due "
            "from marts.fct_loan_arrears_1d "
            "where loan_id = 'worked' and arrears_date < '2024-01-01'"
        )
    }
    late = book.database.query(
        "select schedule_id, due_amount, settled_date, days_late "
        "from marts.fct_missed_payments where loan_id = 'worked' order by 1"
    )

    assert arrears["09 Feb"] == (0, 0)
    assert arrears["10 Feb"] == (5000, 0)
    assert arrears["12 Feb"] == (5000, 2)
    assert arrears["14 Feb"] == (5000, 4)
    assert arrears["15 Feb"] == (0, 0)
    assert arrears["20 Feb"] == (0, 0)
    assert arrears["20 Mar"] == (10000, 10)
    assert late == [
        ("1", 5000, date(2023, 2, 15), 5),
        ("2", 10000, None, (AS_OF - date(2023, 3, 10)).days),
    ]


def test_marts_equal_what_the_days_give(book):
    assert_marts(book.database, BOOK, AS_OF)

    assert book.database.query("select count(*) from marts.fct_missed_payments")[0][
        0
    ] > len(BOOK)


@pytest.mark.parametrize(
    "as_of", ["2022-12-01", "2023-02-12", "2023-06-30", "2023-09-01", "2027-01-01"]
)
def test_a_portfolio_of_any_day_equals_what_the_days_give(book, as_of):
    assert_portfolio(
        book.database,
        BOOK,
        date.fromisoformat(as_of),
        f"marts.loan_portfolio('{as_of}')",
    )


def test_the_report_has_the_columns_and_rows_of_the_function(book, tables):
    report = tables.records("select * from marts.rpt_loans order by loan_id")
    portfolio = tables.records(
        f"select * from marts.loan_portfolio('{AS_OF}') order by loan_id"  # noqa: S608 - ours
    )

    for row in report:
        del row["updated_at"], row["changed_in"]
    assert report == portfolio
    assert tuple(report[0]) == COLUMNS


def test_a_build_of_no_rows_leaves_the_function_whole(book, dbt):
    dbt("build", "--empty", "-s", "loan_portfolio")

    count = "select count(*) from marts.loan_portfolio('2023-06-30')"
    assert book.database.query(count) == [(len(BOOK),)]


def test_totals_equal_the_files(book):
    files = files_of(BOOK)
    totals = {
        name: sum(
            Decimal(line.split(",")[place]) for line in files[name].splitlines()[1:]
        )
        for name, place in (("payments", 2), ("schedules", 3))
    }

    [found] = book.database.query("""
        select sum(total_amount_paid), sum(total_amount_expected), (
            select sum(due_amount) from marts.fct_loan_instalments
        ) from marts.rpt_loans
    """)

    assert found == (totals["payments"], totals["schedules"], totals["schedules"])
