"""Staging of a loan book: files taken apart, repaired by stated rules, or rejected."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.dbt_project.loan_book import WORKED
from tests.dbt_project.loan_files import HEADINGS, READ_AT, files_of, land, text_of
from warehouse import ROOT

BUNDLE = {
    name: (ROOT / "sandbox" / "loans" / f"{name}.csv").read_text() for name in HEADINGS
}
HOUR = timedelta(hours=1)
REJECTED = """
select record_key, subject_id, reason, is_kept
from staging.stg_loans__rejected
order by file_name, item_position, record_key
"""


@pytest.fixture
def build(dbt):
    """Return what builds the staging of loans."""
    return lambda: dbt("run", "-s", "staging.stg_loans__*")


def payments(raw):
    """Give the staged payments."""
    return raw.database.query(
        "select loan_id, payment_id, paid_date, paid_amount "
        "from staging.stg_loans__payments order by 1, 2"
    )


def rejected(raw):
    """Give the rejects without whose they are, in the order of the files."""
    return [(key, reason) for key, _, reason, _ in raw.database.query(REJECTED)]


def with_payments(*lines, heading=HEADINGS["payments"]):
    """Give the files of the worked example with other payments."""
    return {**files_of([WORKED]), "payments": "\n".join([heading, *lines])}


def test_the_faults_of_the_bundle_land_where_they_should(raw, build):
    land(raw, BUNDLE)

    build()

    assert raw.database.query(REJECTED) == [
        ("borrowers.csv #4", "BRW-003", "repeated further down", False),
        (
            "borrowers.csv #5 borrower_credit_score",
            "BRW-004",
            "a field that says no date or number",
            True,
        ),
        (
            "loans.csv #4 maturity_date",
            "LN-1003",
            "a field that says no date or number",
            True,
        ),
        (
            "payments.csv #1 amount_paid",
            None,
            "the headings of date and amount are swapped",
            True,
        ),
        ("payments.csv #6", "LN-1002", "repeated further down", False),
    ]
    assert raw.database.query(
        "select borrower_id, city, borrower_credit_score, unread_fields "
        "from staging.stg_loans__borrowers where borrower_id < 'BRW-002' "
        "or borrower_credit_score is null order by 1"
    ) == [
        ("BRW-001", "Surulere, Lagos", 702, None),
        ("BRW-004", "Port Harcourt, Rivers", None, {"borrower_credit_score": "a"}),
        ("BRW-006", "Aba", None, None),
    ]
    assert raw.database.query(
        "select loan_id, downpayment, maturity_date, unread_fields "
        "from staging.stg_loans__loans where loan_id in ('LN-1003', 'LN-1004') "
        "order by 1"
    ) == [
        ("LN-1003", 10000, None, {"maturity_date": "02/29/2023"}),
        ("LN-1004", Decimal("25000.50"), date(2023, 8, 15), None),
    ]
    staged = {(row[0], row[1]): row[2:] for row in payments(raw)}
    assert len(staged) == BUNDLE["payments"].count("\n") - 1
    assert staged["LN-1007", "PAY-1007-01"] == (date(2023, 3, 20), 49280)
    assert staged["LN-1002", "PAY-1002-03"] == (date(2022, 12, 3), 16800)


def test_each_senseless_row_is_rejected_alone_with_its_reason(raw, build):
    land(
        raw,
        with_payments(
            "worked,1,100,01/31/2023",
            ",2,100,01/31/2023",
            "worked,,100,01/31/2023",
            "worked,3,100,02/29/2023",
            "worked,4,100,13/01/2023",
            "worked,5,-100,01/31/2023",
            "worked,6,ten,01/31/2023",
            "worked,7,NaN,01/31/2023",
            "worked,8,,01/31/2023",
            "nobody,9,100,01/31/2023",
            "worked,10,100",
            "worked,11,100,200,01/31/2023",
            "worked,12,1,01/31/2023",
            "worked,12,2,01/31/2023",
            "worked,12,three,01/31/2023",
            "worked,13,100,01/31/0203",
        ),
    )

    build()

    on = date(2023, 1, 31)
    assert payments(raw) == [("worked", "1", on, 100), ("worked", "12", on, 2)]
    assert [reason for _, reason in rejected(raw)] == [
        "no loan",
        "no payment",
        *["no date that there is"] * 2,
        "an amount below zero",
        *["an amount that is no number"] * 3,
        "a loan that is not in the book",
        *["not as many fields as headings"] * 2,
        "other values further down",
        "an amount that is no number",
        "no date that there is",
    ]
    assert rejected(raw)[0][0] == "payments.csv #3"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffLOAN_ID,Payment Id,amount_paid,DATE_PAID\r\n"
        "worked,1,5000.00,02/15/2023\r\n\r\n",
        '"loan_id","payment_id","Date_paid","Amount_paid"\n'
        '"worked","1","2023-02-15","5,000.00"',
        "Date_paid,note,payment_id,loan_id,Amount_paid\n"
        '2/15/2023,"said ""soon"",\nthen paid", 1 ,\tworked,5000\n,,,,\n',
        "loan_id,payment_id,Date_paid,Amount_paid\nworked,1,5000,02/15/2023\n",
    ],
    ids=["Windows", "quoted", "other columns", "swapped"],
)
def test_a_file_may_be_written_in_many_ways(raw, build, text):
    land(raw, {**files_of([WORKED]), "payments": text})

    build()

    assert payments(raw) == [("worked", "1", date(2023, 2, 15), 5000)]


def test_the_newest_readable_file_is_the_whole_truth(raw, build):
    land(raw, with_payments("worked,1,1,01/31/2023", "worked,2,2,01/31/2023", "worked"))
    build()
    assert [row[1] for row in payments(raw)] == ["1", "2"]
    assert rejected(raw) == [("payments.csv #4", "not as many fields as headings")]

    newer = "worked,2,2.5,01/31/2023\nworked,3,3,01/31/2023"
    land(raw, {"payments": with_payments(newer)["payments"]}, READ_AT + 2 * HOUR)
    build()
    land(raw, with_payments("worked,1,9,01/31/2023"), READ_AT + HOUR)
    build()
    assert [(row[1], row[3]) for row in payments(raw)] == [
        ("2", Decimal("2.5")),
        ("3", Decimal(3)),
    ]
    assert rejected(raw) == []

    for text in ("<html>", "", "loan_id,payment_id\nworked,1\n"):
        land(raw, {"payments": text}, READ_AT + 3 * HOUR)
    build()
    assert len(payments(raw)) == 2
    assert rejected(raw) == [
        (
            "payments.csv #0",
            "a file without the headings loanid, paymentid, amountpaid, datepaid",
        )
    ]

    land(raw, {"payments": text_of("payments", [])}, READ_AT + 4 * HOUR)
    build()
    assert payments(raw) == []
    assert rejected(raw) == [
        ("payments.csv #1", "a file without rows below its headings")
    ]


def test_a_payment_waits_in_quarantine_until_its_loan_is_in_the_book(raw, build):
    files = files_of([WORKED])
    land(raw, {**files, "loans": text_of("loans", [])})
    build()
    before = payments(raw), [reason for _, reason in rejected(raw)]

    land(raw, {"loans": files["loans"]}, READ_AT + HOUR)
    build()
    there = payments(raw), rejected(raw)
    land(raw, {"loans": text_of("loans", [])}, READ_AT + 2 * HOUR)
    build()

    unknown = "a loan that is not in the book"
    assert before == ([], ["a file without rows below its headings", *[unknown] * 3])
    assert there == ([("worked", "1", date(2023, 2, 15), 5000)], [])
    assert (payments(raw), [reason for _, reason in rejected(raw)]) == before
