"""Arrears and portfolio against a day-by-day computation, and what a build touches."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from tests.dbt_project.conftest import kept
from tests.dbt_project.loan_files import READ_AT, Loan, files_of, land
from tests.dbt_project.loan_truth import life, missed, position
from tests.dbt_project.raw import Raw

LOANS = ("-s", "stg_loans__*+")
MARTS = (
    *("dim_loans", "dim_loan_spans", "fct_loan_payments_1d", "fct_loan_instalments"),
    *("fct_loan_arrears_1d", "fct_missed_payments", "rpt_loans"),
)
LATER = READ_AT + timedelta(days=1)
WORKED = Loan(
    "worked",
    date(2023, 1, 10),
    (
        ("1", date(2023, 2, 10), Decimal(5000)),
        ("2", date(2023, 3, 10), Decimal(10000)),
    ),
    (("1", date(2023, 2, 15), Decimal(5000)),),
)


def random_loan(chance: Random, number: int) -> Loan:
    """Give a loan that is paid early, late, in parts, in lumps, too much or never."""
    release = date(2023, 1, 1) + timedelta(days=chance.randrange(150))
    dues, due = [], release
    for place in range(chance.randrange(0, 9)):
        due += timedelta(days=chance.choice([0, 7, 30, 31]) if place else 30)
        amount = Decimal(chance.randrange(1, 500_000)) / chance.choice([100, 1000])
        dues.append((f"S{chance.randrange(10**6)}-{place}", due, amount))
    chance.shuffle(dues)
    total = sum((amount for *_, amount in dues), Decimal(0))
    payments, day = [], release - timedelta(days=chance.choice([0, 0, 3]))
    while chance.random() < 0.85 and len(payments) < 12:
        day += timedelta(days=chance.choice([0, 1, 5, 20, 33, 60]))
        part = Decimal(chance.randrange(1, 40)) / 100
        payments.append(
            (f"P{chance.randrange(10**6)}-{len(payments)}", day, round(total * part, 2))
        )
    missing = total - sum((amount for *_, amount in payments), Decimal(0))
    if missing > 1 and chance.random() < 0.5:
        crumb = chance.choice(["0", "0.0005", "0.001", "0.0011", "0.01"])
        payments.append(("last", day, missing - Decimal(crumb)))
    return Loan(f"R{number:03}", release, tuple(dues), tuple(payments))


CHANCE = Random(20230210)  # noqa: S311 - no secret
BOOK = [WORKED, *(random_loan(CHANCE, number) for number in range(60))]
AS_OF = max(paid for loan in BOOK for _, paid, _ in loan.payments)


@pytest.fixture
def book(database, dbt) -> Raw:
    """Give the random book with the worked example in it, landed and built."""

    def make():
        land(Raw(database), files_of(BOOK))
        dbt("build", *LOANS)

    kept(database, "loan_book", make)
    raw = Raw(database)
    raw.next_id()
    return raw


@pytest.fixture
def marts(database):
    """Return what gives the loans' marts, without when and by which build."""

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


def assert_marts(database, loans, as_of):
    """Compare the marts, row for row, with what the days give."""
    arrears = database.query(
        "select loan_id, arrears_date, due_amount, paid_amount, amount_at_risk, "
        "days_past_due from marts.fct_loan_arrears_1d order by 1, 2"
    )
    assert arrears == [
        (loan.name, *row)
        for loan in sorted(loans, key=lambda loan: loan.name)
        for row in life(loan, as_of)[0]
    ]
    assert set(
        database.query(
            "select loan_id, schedule_id, due_date, due_amount, settled_date, "
            "days_late from marts.fct_missed_payments"
        )
    ) == {(loan.name, *row) for loan in loans for row in missed(loan, as_of)}
    assert_portfolio(database, loans, as_of, "marts.rpt_loans")


def assert_portfolio(database, loans, as_of, source):
    """Compare a portfolio, loan for loan, with what the days give."""
    expected = {loan.name: position(loan, as_of) for loan in loans}
    columns = list(expected[loans[0].name])
    found = database.query(f"select {', '.join(columns)} from {source}")  # noqa: S608 - ours
    rows = [dict(zip(columns, row, strict=True)) for row in found]
    assert {row["loan_id"]: row for row in rows} == expected
    assert len(rows) == len(expected)


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
    assert [list(row) for row in report[:1]] == [
        "loan_id borrower_id loan_date_of_release term loan_amount downpayment state "
        "city zip_code payment_frequency maturity_date current_days_past_due "
        "last_due_date last_repayment_date amount_at_risk borrower_credit_score branch "
        "branch_id borrower_name total_amount_paid total_amount_expected".split()
    ]


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


def test_a_build_without_news_and_one_of_the_same_files_again_change_no_mart(
    book, dbt, tables
):
    before = tables.all_places()

    dbt("run", *LOANS)
    assert tables.all_places() == before

    land(book, files_of(BOOK), LATER)
    dbt("run", *LOANS)
    after = tables.all_places()
    for name in (*(f"marts.{mart}" for mart in MARTS), "ops.vanished"):
        assert after[name] == before[name], name


def test_a_late_payment_touches_only_its_loan(book, dbt, database, marts):
    versions = "select name, max(changed_in), count(*) from (" + (
        " union all ".join(
            f"select '{mart} ' || loan_id as name, changed_in from marts.{mart}"  # noqa: S608 - ours
            for mart in MARTS
        )
        + ") as rows group by 1"
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
    set_to = ("--vars", "{loans_as_of: 2023-05-20}")

    dbt("run", *LOANS, *set_to)
    assert_marts(database, BOOK, date(2023, 5, 20))

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
