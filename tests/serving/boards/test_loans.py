"""The loans' board is there where its marts were granted, and tells what they do."""

from decimal import Decimal

import pytest

GRANT = "grant select on marts.rpt_loans, marts.fct_loan_arrears_1d to reader"
REVOKE = "revoke select on marts.rpt_loans, marts.fct_loan_arrears_1d from reader"
PATHS = ("/boards/loans", "/boards/loans/arrears", "/boards/loans/portfolio.json")
BY_DAY = """
select
    arrears_date::text,
    coalesce(sum(amount_at_risk) filter (where days_past_due > %s), 0)::text,
    count(*) filter (where days_past_due > greatest(%s, 0))
from marts.fct_loan_arrears_1d
where arrears_date between %s and %s
group by 1
order by 1
"""


def say(house, statement):
    done = house.run("warehouse", "psql", "--role", "admin", "-c", statement)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def granted(house):
    """Let the reader see the marts of the board, for the time of a test."""
    say(house, GRANT)
    yield
    say(house, REVOKE)


def statuses(house):
    return {path: house.ask(path).status_code for path in PATHS}


def test_the_board_comes_with_the_grant_and_goes_with_it(house):
    closed, opened = dict.fromkeys(PATHS, 404), dict.fromkeys(PATHS, 200)
    assert statuses(house) == closed
    assert "/boards/loans" not in house.ask("/boards").text

    say(house, "grant select on marts.rpt_loans to reader")
    assert statuses(house) == closed  # one of the two is not enough
    say(house, GRANT)
    assert statuses(house) == opened
    assert "/boards/loans" in house.ask("/boards").text
    assert "/boards/loans" in house.ask("/boards/market").text

    tag = house.ask(PATHS[-1]).headers["etag"]
    say(house, REVOKE)
    assert statuses(house) == closed
    again = house.ask(PATHS[-1], headers={"if-none-match": tag})
    assert again.status_code == 404


@pytest.mark.parametrize(
    ("query", "over", "first", "last"),
    [
        ("", -1, "2022-08-19", "2030-01-01"),
        ("?over=30", 30, "2022-08-19", "2030-01-01"),
        ("?from=2023-03-01&to=2023-03-31", -1, "2023-03-01", "2023-03-31"),
        ("?to=2023-03-31&count=10", -1, "2023-03-22", "2023-03-31"),
    ],
)
def test_arrears_by_day_are_the_marts_to_the_last_digit(
    house, granted, look, query, over, first, last
):
    risk, loans = look(f"/boards/loans{query}").figure("arrears")["data"]

    found = house.query(BY_DAY, over, over, first, last)
    assert len(found) > 5
    assert risk["x"] == loans["x"] == [day for day, *_ in found]
    assert [Decimal(y) for y in risk["y"]] == [Decimal(row[1]) for row in found]
    assert loans["y"] == [row[2] for row in found]


@pytest.fixture
def at_the_edges(house):
    """Let open loans be past due by days at the edges of a bucket."""
    change = "update marts.rpt_loans set current_days_past_due = %s where loan_id = %s"
    before = house.query(
        "select current_days_past_due, loan_id from marts.rpt_loans "
        "where total_amount_expected > total_amount_paid order by loan_id",
        role="transformer",
    )
    edges = (30, 31, 60, 61, 90, 91)
    assert len(before) >= len(edges)
    for days, (_, loan) in zip(edges, before, strict=False):
        house.query(change, days, loan, role="transformer")
    yield
    for row in before:
        house.query(change, *row, role="transformer")


@pytest.mark.usefixtures("at_the_edges")
def test_the_portfolio_counts_the_days_of_a_bucket_in(house, granted, look):
    assert_adds_up(house, look("/boards/loans"))


def test_the_portfolio_adds_up_to_the_book_and_tells_its_shares(house, granted, look):
    assert_adds_up(house, look("/boards/loans"))


def assert_adds_up(house, shown):
    past, coming = shown.figure("portfolio")["data"]

    sums = [[Decimal(0), Decimal(0), 0] for _ in range(5)]
    for days, owed, at_risk in house.query(
        "select current_days_past_due, total_amount_expected - total_amount_paid, "
        "amount_at_risk from marts.rpt_loans "
        "where total_amount_expected > total_amount_paid"
    ):
        place = sum(days > limit for limit in (0, 30, 60, 90))
        sums[place] = [
            was + more
            for was, more in zip(sums[place], (owed, at_risk, 1), strict=True)
        ]
    whole = sum(owed for owed, *_ in sums)
    assert past["x"] == ["current", "1-30", "31-60", "61-90", "over 90"]
    assert [Decimal(y) for y in past["y"]] == [at_risk for _, at_risk, _ in sums]
    assert [Decimal(y) for y in coming["y"]] == [
        owed - at_risk for owed, at_risk, _ in sums
    ]
    assert [int(text.split("<br>")[1].split()[0]) for text in coming["text"]] == [
        count for *_, count in sums
    ]
    said = shown.said("portfolio")
    for name, place in (("past due", 1), ("PAR30", 2), ("PAR60", 3), ("PAR90", 4)):
        share = 100 * sum(owed for owed, *_ in sums[place:]) / whole
        assert f"{name} {share:.1f} %" in said
    (as_of,) = house.query("select max(arrears_date) from marts.fct_loan_arrears_1d")[0]
    assert f"As of {as_of}" in said


def test_those_most_in_arrears_come_first_and_without_their_borrowers(
    house, granted, look
):
    shown = look("/boards/loans?over=30")

    found = house.query(
        "select loan_id, current_days_past_due from marts.rpt_loans "
        "where current_days_past_due > 30 order by 2 desc"
    )
    names, *rows = shown.table("most")
    assert [(row[0], int(row[1])) for row in rows] == found
    assert names[:3] == ["Loan", "Days past due", "At risk"]
    borrowers = house.query(
        "select distinct borrower_id, zip_code from marts.rpt_loans"
    )
    for secret in {value for row in borrowers for value in row if value}:
        assert secret not in shown.page.content()


def test_a_stale_file_of_payments_is_told(house, granted, look):
    stale = "update marts.rpt_loans set has_stale_payments = %s"
    house.query(stale, True, role="transformer")
    try:
        said = look("/boards/loans?count=400").said("portfolio")
    finally:
        house.query(stale, False, role="transformer")

    assert "A newer file of payments can't be used" in said
    assert "python -m ingestion loans" in said
    assert "newer file" not in look("/boards/loans?count=401").said("portfolio")


def test_a_time_without_loans_says_so_and_how_they_come(granted, look):
    shown = look("/boards/loans?to=1990-01-01")

    assert "No loan is told of in this time." in shown.said("arrears")
    assert "python -m ingestion loans" in shown.said("arrears")
    assert shown.figure("arrears")["data"] is None


def test_a_number_of_days_that_is_none_is_refused(house, granted):
    refused = house.ask("/boards/loans?over=31", headers={"accept": "text/html"})

    assert refused.status_code == 422
    assert "30, 60, 90 are" in refused.text
