"""What counts as money received: payments that go back, and rows that move none."""

from datetime import date
from decimal import Decimal

import pytest

from tests.support.loan_files import HEADINGS, LOANS, Loan, files_of, land

LOAN = Loan(
    "L",
    date(2024, 1, 1),
    (("1", date(2024, 2, 1), Decimal(100)), ("2", date(2024, 3, 1), Decimal(100))),
)
POSITION = """
select total_amount_paid, amount_at_risk, current_days_past_due, last_repayment_date
from {}
"""
PAID = "P1,100.00,2024-02-01"
FIRST = date(2024, 2, 1)


@pytest.fixture
def build(raw, dbt):
    """Return what builds the loan and its function with some lines of payments."""

    def build(*lines: str, heading: str = "") -> None:
        text = "\n".join(
            [HEADINGS["payments"] + heading, *(f"L,{line}" for line in lines)]
        )
        land(raw, {**files_of([LOAN]), "payments": text})
        dbt("build", *LOANS)

    return build


@pytest.mark.parametrize(
    ("back", "heading"),
    [
        ("P2,-100.00,2024-02-04", ""),
        ("P1,-100.00,2024-02-04", ""),
        ("P2,(100.00),2024-02-04", ""),
        ("P2,100.00-,2024-02-04", ""),
        ("P2,100.00,2024-02-04,Refund", ",type"),
        ("P2,-100.00,2024-02-04,charge-back", ",Payment Type"),
        ("P1,100.00,2024-02-04,REVERSAL", ",status"),
    ],
)
def test_a_payment_that_goes_back_is_not_paid_from_its_day_on(
    raw, build, back, heading
):
    build(PAID + ("," if heading else ""), back, heading=heading)

    ask = raw.database.query
    assert ask(POSITION.format("marts.rpt_loans")) == [(0, 100, 3, None)]
    for day, position in {
        "2024-02-03": (100, 0, 0, FIRST),
        "2024-02-04": (0, 100, 3, None),
        "2024-03-31": (0, 200, 59, None),
    }.items():
        told = ask(POSITION.format(f"marts.loan_portfolio('{day}')"))
        assert told == [position], day
    assert ask(
        "select arrears_date::text, paid_amount, amount_at_risk, days_past_due "
        "from marts.fct_loan_arrears_1d where arrears_date >= '2024-02-01' order by 1"
    ) == [
        ("2024-02-01", 100, 0, 0),
        ("2024-02-02", 100, 0, 0),
        ("2024-02-03", 100, 0, 0),
        ("2024-02-04", 0, 100, 3),
    ]


@pytest.mark.parametrize(
    "word", ["reversed", "failed", "Cancelled", "pending", "written off", "WRITTEN_OFF"]
)
def test_a_row_that_moves_no_money_is_no_repayment_and_moves_no_day(raw, build, word):
    build(
        f"{PAID},paid",
        f"P2,100.00,2024-02-20,{word}",
        f"P3,,2024-02-21,{word}",
        "P4,0.00,2024-02-22,",
        heading=",payment_status",
    )

    assert raw.database.query(POSITION.format("marts.rpt_loans")) == [
        (100, 0, 0, FIRST)
    ]
    assert raw.database.query(
        "select as_of_date from intermediate.int_loans__dated"
    ) == [(FIRST,)]
    assert raw.database.query("select reason from staging.stg_loans__rejected") == []


@pytest.mark.parametrize("usual", ["paid", ""])
def test_a_status_that_is_not_known_is_a_reject_that_names_those_that_are(
    raw, build, usual
):
    build(f"{PAID},{usual}", "P2,100.00,2024-02-20,lent", heading=",status")

    assert raw.database.query(POSITION.format("marts.rpt_loans"))[0][0] == 100
    [(key, reason)] = raw.database.query(
        "select record_key, reason from staging.stg_loans__rejected"
    )
    assert key == "payments.csv #3"
    assert reason.startswith("a status that is not known, lent: known are paid, ")
    assert "reversed" in reason
    assert "chargeback" in reason


def test_an_instalment_that_fell_back_and_was_settled_again_is_missed_once(raw, build):
    build(PAID, "P1,-100,2024-02-04", "P2,60,2024-02-10", "P3,40,2024-02-14")

    assert raw.database.query(
        "select schedule_id, settled_date, days_late from marts.fct_missed_payments"
    ) == [("1", date(2024, 2, 14), 13)]
    assert raw.database.query(POSITION.format("marts.rpt_loans")) == [
        (100, 0, 0, date(2024, 2, 14))
    ]


def test_a_part_that_goes_back_leaves_its_payment_the_last_one(raw, build):
    build(PAID, "P2,50,2024-02-10", "P3,-20,2024-02-12")

    assert raw.database.query(POSITION.format("marts.rpt_loans")) == [
        (130, 0, 0, date(2024, 2, 10))
    ]


def test_what_goes_back_of_one_payment_on_several_days_all_counts(raw, build):
    build(
        *("P1,100,2024-02-01,payment", "P1,30,2024-02-03,refund"),
        *("P1,50,2024-02-10,refund", "P1,20,2024-02-10,refund"),
        heading=",type",
    )

    assert raw.database.query(POSITION.format("marts.rpt_loans")) == [
        (50, 50, 9, FIRST)
    ]
    assert raw.database.query(
        "select record_key, reason from staging.stg_loans__rejected"
    ) == [("payments.csv #4", "other values further down")]
    build(PAID + ",", "P1,-30,2024-02-04,", "P1,-70,2024-02-10,", heading=",type")
    assert raw.database.query(POSITION.format("marts.rpt_loans")) == [(0, 100, 9, None)]


def test_arrears_go_on_after_a_settlement_that_did_not_last(raw, build):
    build("P1,200,2024-02-01", "P2,-100,2024-02-20", "P3,100,2024-03-02")

    assert raw.database.query(
        "select first_date, last_date from marts.dim_loan_spans"
    ) == [(date(2024, 1, 1), date(2024, 3, 2))]
    assert raw.database.query(
        "select count(*), max(amount_at_risk) from marts.fct_loan_arrears_1d"
    ) == [(62, 100)]
