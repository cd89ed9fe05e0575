"""Arrears computed without SQL: each loan's money, day by day, coin by coin."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from tests.conftest import Database
from tests.dbt_project.loan_files import Loan

CRUMB = Decimal("0.001")
ONE_DAY = timedelta(days=1)


class Account:
    """A loan's money: what is open of each instalment, and what came."""

    def __init__(self, loan: Loan) -> None:
        ordered = sorted(loan.instalments, key=lambda item: (item[1], item[0]))
        self.loan = loan
        self.open = [[name, due, amount] for name, due, amount in ordered]
        self.settled: dict[str, date] = {
            name: due
            for place, (name, due, _) in enumerate(self.open)
            if sum(item[2] for item in self.open[: place + 1]) <= CRUMB
        }
        self.paid = Decimal(0)

    def pay(self, on: date) -> None:
        """Take the payments of a day, for the oldest instalment first."""
        for _, paid_on, amount in self.loan.payments:
            if paid_on == on:
                self.paid += amount
                for item in self.open:
                    part = min(item[2], amount)
                    item[2] -= part
                    amount -= part
        missing = Decimal(0)
        for name, _, left in self.open:
            missing += left
            if missing <= CRUMB:
                self.settled.setdefault(name, on)

    def arrears(self, on: date) -> tuple[Decimal, int]:
        """Give what is at risk at the end of a day, and for how many days."""
        late = [item for item in self.open if item[1] <= on]
        at_risk = sum((item[2] for item in late), Decimal(0))
        if at_risk <= CRUMB:
            return Decimal(0), 0
        oldest = min(due for name, due, _ in late if name not in self.settled)
        return at_risk, (on - oldest).days


def life(loan: Loan, as_of: date) -> tuple[list[tuple], Account]:
    """Give a row per day, and the account at the end of the last.

    A row is day, due so far, paid so far, at risk, days past due.
    """
    rows, account = [], Account(loan)
    dues = [due for _, due, _ in loan.instalments]
    first = min([loan.release, *dues])
    on = min([first, *(paid for _, paid, _ in loan.payments)])
    ended = False
    while on <= as_of:
        account.pay(on)
        if on >= first and not ended:
            due = sum((a for _, d, a in loan.instalments if d <= on), Decimal(0))
            rows.append((on, due, account.paid, *account.arrears(on)))
            ended = len(account.settled) == len(loan.instalments)
        on += ONE_DAY
    return rows, account


def missed(loan: Loan, as_of: date) -> list[tuple]:
    """Give the missed instalments: name, due, amount, settled, days late."""
    _, account = life(loan, as_of)
    return [
        (name, due, amount, settled, ((settled or as_of) - due).days)
        for name, due, amount in loan.instalments
        for settled in [account.settled.get(name)]
        if due <= as_of and (settled is None or settled > due)
    ]


def position(loan: Loan, as_of: date) -> dict[str, object]:
    """Give what a portfolio says of a loan at the end of a day."""
    _, account = life(loan, as_of)
    at_risk, days_past_due = account.arrears(as_of)
    dues = [due for _, due, _ in loan.instalments if due <= as_of]
    paid = [paid for _, paid, _ in loan.payments if paid <= as_of]
    return {
        "loan_id": loan.name,
        "borrower_id": f"B-{loan.name}",
        "loan_date_of_release": loan.release,
        "current_days_past_due": days_past_due,
        "amount_at_risk": at_risk,
        "last_due_date": max(dues, default=None),
        "last_repayment_date": max(paid, default=None),
        "total_amount_paid": account.paid,
        "total_amount_expected": sum((a for *_, a in loan.instalments), Decimal(0)),
    }


def assert_marts(database: Database, loans: Sequence[Loan], as_of: date) -> None:
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


def assert_portfolio(
    database: Database, loans: Sequence[Loan], as_of: date, source: str
) -> None:
    """Compare a portfolio, loan for loan, with what the days give."""
    expected = {loan.name: position(loan, as_of) for loan in loans}
    columns = list(expected[loans[0].name])
    found = database.query(f"select {', '.join(columns)} from {source}")  # noqa: S608 - ours
    rows = [dict(zip(columns, row, strict=True)) for row in found]
    assert {row["loan_id"]: row for row in rows} == expected
    assert len(rows) == len(expected)
