"""The files of a loan book as the loader leaves them in `raw`, without dlt."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from tests.support.raw import Raw

LOANS = ("-s", "stg_loans__*+", "--exclude", "marts.quality")
READ_AT = datetime(2024, 3, 5, 12, tzinfo=UTC)
HEADINGS = {
    "borrowers": "Borrower_Id,State,City,zip_code,borrower_credit_score",
    "loans": "Borrower_id,loan_id,Date_of_release,Term,LoanAmount,Downpayment,"
    "payment_frequency,maturity_date",
    "schedules": "loan_id,schedule_id,Expected_payment_date,Expected_payment_amount",
    "payments": "loan_id,payment_id,Amount_paid,Date_paid",
}


@dataclass(frozen=True)
class Loan:
    """A loan with its instalments and payments: name, day, amount.

    A payment below zero takes money back.
    """

    name: str
    release: date
    instalments: tuple[tuple[str, date, Decimal], ...] = ()
    payments: tuple[tuple[str, date, Decimal], ...] = ()


def day(text: date) -> str:
    """Return a day as the files have it, month first where that can't be misread."""
    return f"{text:%m/%d/%Y}" if text.day > 12 else str(text)


def text_of(file: str, rows: Iterable[Iterable[object]]) -> str:
    """Return a file's text from its rows."""
    lines = [HEADINGS[file], *(",".join(map(str, row)) for row in rows)]
    return "".join(f"{line}\n" for line in lines)


def files_of(loans: Iterable[Loan]) -> dict[str, str]:
    """Return the four files of a book; each loan has a borrower of its own."""
    loans = list(loans)
    return {
        "borrowers": text_of(
            "borrowers",
            [(f"B-{loan.name}", "Oyo", "Ibadan", "0200", 600) for loan in loans],
        ),
        "loans": text_of(
            "loans",
            [
                (f"B-{loan.name}", loan.name, day(loan.release))
                + (len(loan.instalments), 1000, 0, "Monthly", "12/31/2023")
                for loan in loans
            ],
        ),
        "schedules": text_of(
            "schedules",
            [
                (loan.name, name, day(due), amount)
                for loan in loans
                for name, due, amount in loan.instalments
            ],
        ),
        "payments": text_of(
            "payments",
            # out of order
            sorted(
                (
                    (loan.name, name, amount, day(paid))
                    for loan in loans
                    for name, paid, amount in loan.payments
                ),
                key=lambda row: row[1],
            ),
        ),
    }


def land(
    raw: Raw, files: Mapping[str, str], read_at: datetime = READ_AT, **settings: str
) -> None:
    """Insert files, by name, as one complete load; none has changed since the first."""
    load = raw.next_id()
    with raw.loader() as loader:
        for name, text in files.items():
            request = json.dumps(
                {"file": f"{name}.csv", "changed_at": str(READ_AT), **settings}
            )
            loader.execute(
                f"insert into raw.loans__{name} values (%s, %s, %s, null, %s)",  # noqa: S608 - a table of ours
                (request, text, read_at, load),
            )
        loader.execute(
            "insert into raw._dlt_loads values (%s, 'loans', 0, now(), 'hash')", (load,)
        )
