"""Staging of a loan book: files taken apart, repaired by stated rules, or rejected."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.support.loan_book import WORKED
from tests.support.loan_files import HEADINGS, READ_AT, files_of, land, text_of
from tests.support.rejections import assert_coded
from warehouse import ROOT

BUNDLE = {
    name: (ROOT / "sandbox" / "loans" / f"{name}.csv").read_text() for name in HEADINGS
}
HOUR = timedelta(hours=1)
UNREAD = "a field that says no date and no number from 0 to below 1e20"
NO_NUMBER = "an amount that is no number, such as 1234.50"
NO_FORM = "no date in a form that is read: write it like 2024-02-01"
REJECTED = """
select record_key, subject_id, reason, is_kept
from staging.stg_loans__rejected
order by file_name, item_position, record_key
"""


@pytest.fixture
def build(dbt):
    """Return what builds the staging of loans."""
    return lambda: dbt("run", "-s", "staging.loans")


def payments(raw):
    """Return the staged payments."""
    return raw.database.query(
        "select loan_id, payment_id, paid_date, paid_amount "
        "from staging.stg_loans__payments order by 1, 2"
    )


def rejected(raw):
    """Return the rejects without whose they are, in the order of the files."""
    assert_coded(raw.database, "staging.stg_loans__rejected")
    return [(key, reason) for key, _, reason, _ in raw.database.query(REJECTED)]


def with_payments(*lines, heading=HEADINGS["payments"]):
    """Return the files of the worked example with other payments."""
    return {**files_of([WORKED]), "payments": "\n".join([heading, *lines])}


def test_the_faults_of_the_bundle_land_where_they_should(raw, build):
    land(raw, BUNDLE)

    build()

    assert raw.database.query(REJECTED) == [
        ("borrowers.csv #4", "BRW-003", "repeated further down", False),
        (
            "borrowers.csv #5 borrower_credit_score",
            "BRW-004",
            UNREAD,
            True,
        ),
        (
            "loans.csv #4 maturity_date",
            "LN-1003",
            UNREAD,
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
            "worked,5,01/31/2023,100",
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
            "worked,14,100,01/31/23",
            "worked,15,100,2023-01-31 10:30",
            "worked,16,100,",
            "worked,17,100,13.13.2023",
        ),
    )

    build()

    on = date(2023, 1, 31)
    assert payments(raw) == [("worked", "1", on, 100), ("worked", "12", on, 2)]
    assert [reason for _, reason in rejected(raw)] == [
        "no loan",
        "no payment",
        *["not a valid date"] * 2,
        NO_FORM,
        *[NO_NUMBER] * 2,
        "no amount",
        "a loan that is not in the book",
        *["not as many fields as headings"] * 2,
        "other values further down",
        NO_NUMBER,
        "not a valid date",
        NO_FORM,
        "a date with a time other than midnight: write only the day",
        "no date",
        "not a valid date",
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
        "loan_id(fk),payment_id(pk),Amount_paid,Date_paid\nworked,1,02/15/2023,5000",
        "1. loan_id [text];2. payment_id;Amount_paid (NGN, net);Date_paid NGN\n"
        "worked;1;5.000,00;15/02/2023",
        "`Loan ID`\tpayments.payment_id\t3) AMOUNT PAID fk\tDate_paid{day}\n"
        "worked\t1\t5 000,00 €\t15.02.2023",
        "loan_id,payment_id,Amount_paid,Date_paid\nworked,1,5E3,2023-02-15T00:00:00Z",
        "loan_id,Amount_paid,payment_id,Date_paid\nworked,P-1,5000.00,2023-02-15",
        "loan_id,payment_id,Amount_paid,Date_paid\n"
        "worked,1,+5000.,2023-02-15 00:00:00\nworked,2,.50,02/30/2023",
        "loan_id,payment_id,Amount_paid,Date_paid\n"
        'worked,1,"$5,000",2/15/2023 12:00:00 AM\nworked,2,.50,02/30/2023',
        "loan_id,payment_id,Amount_paid,Date_paid\n"
        "worked,1,5000,2/15/2023 0:00\nworked,2,.50,02/30/2023 0:00:00",
        "loan_id_1,FK payment_id,Amount_paid in TZS,Date_paid not null date\n"
        "worked,1,5000,2023-02-15",
        "loan_id,payment_id,Amount_paid,Date_paid,,\nworked,1,5000,2023-02-15,,",
        "loan_id,payment_id,Amount_paid,Date_paid\nworked,1,5000,2023-02-15,",
        "loan_id,payment_id,Amount_paid,Date_paid,\nworked,1,5000,2023-02-15",
    ],
    ids=[
        *("Windows", "quoted", "other columns", "swapped", "keys told, swapped"),
        *("semicolons", "tabs", "an exponent", "key and amount swapped"),
        *("midnight", "the clock of America", "the clock of a spreadsheet"),
        *("words beside the headings", "columns of nothing"),
        *("commas behind rows", "a comma behind headings"),
    ],
)
def test_a_file_may_be_written_in_many_ways(raw, build, text):
    land(raw, {**files_of([WORKED]), "payments": text})

    build()

    [(loan, name, *rest)] = payments(raw)
    assert (loan, *rest) == ("worked", date(2023, 2, 15), 5000)
    assert name in ("1", "P-1")


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
            "no heading Amount_paid, Date_paid among loan_id, payment_id: name the "
            "columns loan_id, payment_id, Amount_paid, Date_paid",
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


OTHER_PAIRS = {
    "schedules": (
        "loan_id,schedule_id,Expected_payment_amount,Expected_payment_date\n"
        "worked,1,02/15/2023,5000.00\nworked,2,03/15/2023,10000.00\n",
        "select due_date, due_amount from staging.stg_loans__schedules order by 1",
        [(date(2023, 2, 15), 5000), (date(2023, 3, 15), 10000)],
        ("schedules.csv #1 expected_payment_amount", "date and amount"),
    ),
    "loans": (
        "Borrower_id,loan_id,Date_of_release,LoanAmount,Term,maturity_date\n"
        "B,worked,01/10/2023,15000,03/20/2023,2\n",
        "select loan_date_of_release, loan_amount, term, maturity_date "
        "from staging.stg_loans__loans",
        [(date(2023, 1, 10), 15000, 2, date(2023, 3, 20))],
        ("loans.csv #1 term", "date and amount"),
    ),
}


@pytest.mark.parametrize("name", OTHER_PAIRS)
def test_two_headings_of_any_file_may_be_swapped_if_the_values_tell(raw, build, name):
    text, query, expected, (record, kinds) = OTHER_PAIRS[name]
    land(raw, {**files_of([WORKED]), name: text})

    build()

    assert raw.database.query(query) == expected
    assert (record, f"the headings of {kinds} are swapped") in rejected(raw)


@pytest.mark.parametrize(
    ("lines", "settings", "expected"),
    [
        (['1,"1.234,50",25/03/2023', '2,"1.234",04/03/2023'], {}, ["1234.50", "1234"]),
        (["1,1.234,03/25/2023", "2,1.5,03/04/2023"], {}, ["1.234", "1.5"]),
        (['1,"1,234",2023-03-25', '2,"1,234,567",4.3.2023'], {}, ["1234", "1234567"]),
        (
            ['1,"1,234",25.3.2023', "2,5,04/03/2023"],
            {"dates": "dmy", "decimal": ","},
            ["1.234", "5"],
        ),
        (
            ["1,5,25/03/2023"] * 10
            + ["1,5,25/03/2023", "2,6,04/03/2023", "3,7,03/13/2023"],
            {},
            ["5", "6"],
        ),
    ],
    ids=["comma", "point", "thousands", "set", "one of many astray"],
)
def test_mark_and_order_are_those_of_the_whole_file(
    raw, build, lines, settings, expected
):
    land(raw, with_payments(*(f"worked,{line}" for line in lines)), **settings)

    build()

    days = [date(2023, 3, 25), date(2023, 3, 4)]
    assert payments(raw) == [
        ("worked", str(place + 1), days[place], Decimal(amount))
        for place, amount in enumerate(expected)
    ]


UNUSABLE = {
    "03/04/2023 can be read month first or day first, and nothing in the file says "
    "which: set SOURCES__LOANS__DATES to mdy or dmy": ["1,5,03/04/2023"],
    "1,234 can be read with a decimal point or with a decimal comma, and nothing in "
    "the file says which: set SOURCES__LOANS__DECIMAL to . or ,": [
        '1,"1,234",2023-03-04'
    ],
    "1 amounts can only be read with a decimal point, 2 only with a decimal comma: "
    "write all alike, or set SOURCES__LOANS__DECIMAL to . or ,": [
        *("1,1.5,2023-03-04", '2,"1,5",2023-03-04', '3,"2,5",2023-03-04'),
    ],
    "amounts in $ and €: a loan book has one currency": [
        *("1,$5,2023-03-04", "2,€5,2023-03-04"),
    ],
    "no value under Amount_paid, such as five, is a number: write 1234.50": [
        "1,five,2023-03-04"
    ],
    "no value under Date_paid, such as today, is a date: write 2024-02-01": [
        "1,5,today"
    ],
    "nothing stands under Amount_paid: fill that column": [
        *("1,,2023-03-04", "2,,2023-03-05"),
    ],
    "nothing stands under payment_id: fill that column": [",5,2023-03-04"],
    "no line has as many fields as headings: write one under each, in quotes where it "
    "has a separator in it": ["1,5,000,2023-03-04", "2,6,000,2023-03-05"],
}


@pytest.mark.parametrize("reason", UNUSABLE, ids=range(len(UNUSABLE)))
def test_a_file_that_can_be_read_in_two_ways_or_in_none_is_not_used(raw, build, reason):
    land(raw, with_payments("worked,1,9,2023-01-31"))
    build()
    text = with_payments(*(f"worked,{line}" for line in UNUSABLE[reason]))["payments"]
    land(raw, {"payments": text}, READ_AT + HOUR)

    build()

    assert payments(raw) == [("worked", "1", date(2023, 1, 31), 9)]
    assert rejected(raw) == [("payments.csv #0", reason)]


def test_what_is_ambiguous_but_the_same_either_way_needs_no_setting(raw, build):
    land(raw, with_payments("worked,1,5,03/03/2023", "worked,2,7,2023-04-03"))

    build()

    assert payments(raw) == [
        ("worked", "1", date(2023, 3, 3), 5),
        ("worked", "2", date(2023, 4, 3), 7),
    ]


def test_two_columns_with_one_heading_are_not_guessed_between(raw, build):
    heading = "loan_id,payment_id,Amount_paid,Date_paid,date paid"
    land(raw, with_payments("worked,1,5,2023-01-31,2023-01-30", heading=heading))

    build()

    assert payments(raw) == []
    assert rejected(raw) == [
        ("payments.csv #0", "several columns with the heading Date_paid: leave one")
    ]


def test_a_heading_alone_goes_before_one_with_something_beside_it(raw, build):
    heading = "loan_id (old),loan_id,payment_id,Amount_paid,Date_paid"
    land(raw, with_payments("other,worked,1,5,2023-01-31", heading=heading))

    build()

    assert payments(raw) == [("worked", "1", date(2023, 1, 31), 5)]
