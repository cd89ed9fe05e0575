"""Arrears computed without SQL: each loan's money, day by day, coin by coin."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from tests.support.database import Database
from tests.support.loan_files import Loan

CRUMB = Decimal("0.001")
ONE_DAY = timedelta(days=1)


class Account:
    """A loan's money: what came and went, what that leaves open of each instalment."""

    def __init__(self, loan: Loan) -> None:
        self.loan = loan
        self.due = sorted(loan.instalments, key=lambda item: (item[1], item[0]))
        self.total = sum((amount for *_, amount in self.due), Decimal(0))
        self.paid = Decimal(0)
        self.open = [[name, due, amount] for name, due, amount in self.due]
        self.settled: dict[str, date] = {}
        self.ended: date | None = None

    def pay(self, on: date) -> None:
        """Take the payments of a day, for the oldest instalment first."""
        for _, paid_on, amount in self.loan.payments:
            if paid_on == on:
                self.paid += amount
        left, missing = max(self.paid, Decimal(0)), Decimal(0)
        for item, (name, due, amount) in zip(self.open, self.due, strict=True):
            part = min(amount, left)
            left -= part
            item[2] = amount - part
            missing += item[2]
            if missing > CRUMB:
                self.settled.pop(name, None)
            else:
                is_free = self.total_up_to(name) <= CRUMB
                self.settled.setdefault(name, due if is_free else on)
        if missing > CRUMB:
            self.ended = None
        elif self.ended is None:
            self.ended = on

    def total_up_to(self, name: str) -> Decimal:
        """Return what is due with an instalment and all before it."""
        place = [item[0] for item in self.due].index(name)
        return sum((amount for *_, amount in self.due[: place + 1]), Decimal(0))

    def arrears(self, on: date) -> tuple[Decimal, int]:
        """Return what is at risk at the end of a day, and for how many days."""
        late = [item for item in self.open if item[1] <= on]
        at_risk = sum((item[2] for item in late), Decimal(0))
        if at_risk <= CRUMB:
            return Decimal(0), 0
        oldest = min(due for name, due, _ in late if name not in self.settled)
        return at_risk, (on - oldest).days


def life(loan: Loan, as_of: date) -> tuple[list[tuple], Account]:
    """Return a row per day, and the account at the end of the last.

    A row is day, due so far, paid so far, at risk, days past due.
    """
    rows, account = [], Account(loan)
    dues = [due for _, due, _ in loan.instalments]
    first = min([loan.release, *dues])
    on = min([first, *(paid for _, paid, _ in loan.payments)])
    while on <= as_of:
        account.pay(on)
        if on >= first:
            due = sum((a for _, d, a in loan.instalments if d <= on), Decimal(0))
            rows.append((on, due, account.paid, *account.arrears(on)))
        on += ONE_DAY
    if account.ended:
        last = max(first, account.ended)
        rows = [row for row in rows if row[0] <= last]
    return rows, account


def kept_payments(loan: Loan, as_of: date) -> list[date]:
    """Return the days of the payments of which something is left at the end of a day.

    Money is taken back from the payment of that name, else from the newest of that
    amount, else from the newest of the others.
    """

    def directions(of: Callable[[tuple], object], one: tuple) -> set[bool]:
        return {other[2] < 0 for other in loan.payments if of(other) == of(one)}

    def pool(one: tuple) -> object:
        if len(directions(lambda each: each[0], one)) == 2:
            return one[0]
        if len(directions(lambda each: abs(each[2]), one)) == 2:
            return abs(one[2])
        return None

    stacks: dict[object, list[list]] = {}
    known = [one for one in loan.payments if one[1] <= as_of and one[2]]
    for one in sorted(known, key=lambda each: (each[1], each[2] < 0, each[0])):
        stack = stacks.setdefault(pool(one), [])
        if one[2] > 0:
            stack.append([one[1], one[2]])
        missing = max(-one[2], Decimal(0))
        while missing and stack:
            part = min(missing, stack[-1][1])
            missing -= part
            stack[-1][1] -= part
            if not stack[-1][1]:
                stack.pop()
    return [day for stack in stacks.values() for day, _ in stack]


def missed(loan: Loan, as_of: date) -> list[tuple]:
    """Return the missed instalments: name, due, amount, settled, days late."""
    _, account = life(loan, as_of)
    return [
        (name, due, amount, settled, ((settled or as_of) - due).days)
        for name, due, amount in loan.instalments
        for settled in [account.settled.get(name)]
        if due <= as_of and (settled is None or settled > due)
    ]


def position(loan: Loan, as_of: date) -> dict[str, object]:
    """Return what a portfolio says of a loan at the end of a day."""
    _, account = life(loan, as_of)
    at_risk, days_past_due = account.arrears(as_of)
    dues = [due for _, due, _ in loan.instalments if due <= as_of]
    return {
        "loan_id": loan.name,
        "borrower_id": f"B-{loan.name}",
        "loan_date_of_release": loan.release,
        "current_days_past_due": days_past_due,
        "amount_at_risk": at_risk,
        "last_due_date": max(dues, default=None),
        "last_repayment_date": max(kept_payments(loan, as_of), default=None),
        "total_amount_paid": account.paid,
        "total_amount_expected": sum((a for *_, a in loan.instalments), Decimal(0)),
    }


def assert_marts(database: Database, loans: Sequence[Loan], as_of: date) -> None:
    """Compare the marts, row for row, with what the days give."""
    arrears = database.query(
        "select loan_id, arrears_date, due_amount, paid_amount, amount_at_risk, "
        "days_past_due from marts.fct_loan_arrears_1d order by 1, 2"
    )
    wanted = [
        (loan.name, *row)
        for loan in sorted(loans, key=lambda loan: loan.name)
        for row in life(loan, as_of)[0]
    ]
    print("only built", sorted(set(arrears) - set(wanted))[:20])
    print("only true", sorted(set(wanted) - set(arrears))[:20])
    assert arrears == wanted
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
