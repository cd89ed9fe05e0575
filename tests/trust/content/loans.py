"""What may be wrong with a payment; the arrears come from `loan_truth.life`.

A file is the whole truth, so all stories are in one book: a loan a story, whose second
payment is spoilt.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from random import Random

from tests.support.loan_files import HEADINGS, Loan, day, files_of
from tests.support.loan_truth import life
from tests.support.tables import Tables
from tests.trust.content.story import (
    CAME,
    DIGITS,
    EARLIER,
    FAULTS,
    YEARS_LATER,
    Load,
    Rows,
    Story,
    System,
)

AS_OF = date(2023, 6, 30)
DUES = [date(2023, month, 10) for month in (2, 3, 4)]
PAID = [date(2023, 2, 12), date(2023, 3, 15), date(2023, 4, 20)]
NO_NUMBER = "an amount that is no number, such as 1234.50"
BEYOND = "amount out of range: at least 1e-30 and below 1e20"
NO_DATE = "not a valid date"
NO_FORM = "no date in a form that is read: write it like 2024-02-01"
STEADY = Loan(
    "steady",
    date(2023, 1, 1),
    (("1", AS_OF, Decimal(10)),),
    (("1", AS_OF, Decimal(5)),),
)
"""Its payment is the newest, up to which arrears are told."""


@dataclass(frozen=True)
class Payment:
    """The spoilt payment's line, what is taken of it, and why it is rejected."""

    line: str
    taken: tuple[str, date, Decimal] | None = None
    reason: str | None = None


def loan_of(fault: str, revision: int = 0) -> Loan:
    """Return the loan of a fault, which has a number for a name where that is it."""
    place = FAULTS.index(fault)
    name = "4711" if fault == "string as number" else f"L{place:02}"
    amounts = [Decimal(f"60.{place:02}"), Decimal(40 + revision), Decimal("50.5")]
    return Loan(
        name,
        date(2023, 1, 1),
        tuple((str(at), due, Decimal("100.50")) for at, due in enumerate(DUES)),
        tuple(
            (f"P{at}", *one) for at, one in enumerate(zip(PAID, amounts, strict=True))
        ),
    )


def spoilt(fault: str) -> Payment:
    """Return what a fault does to the second payment of its loan."""
    loan = loan_of(fault)
    name, paid, amount = good = loan.payments[1]
    line = f"{loan.name},{name},{amount},{day(paid)}"

    def of(text: str, reason: str = NO_NUMBER) -> Payment:
        return Payment(f"{loan.name},{name},{text},{day(paid)}", None, reason)

    def on(text: str, reason: str = NO_DATE) -> Payment:
        return Payment(f"{loan.name},{name},{amount},{text}", None, reason)

    return {
        "missing field": Payment(
            f"{loan.name},{name},{amount}", None, "not as many fields as headings"
        ),
        "null field": of("", "no amount"),
        "number as string": Payment(
            f'{loan.name},{name},"1,234.56",{day(paid)}',
            (name, paid, Decimal("1234.56")),
        ),
        "1e-7": Payment(
            f"{loan.name},{name},1e-7,{day(paid)}", (name, paid, Decimal("1e-7"))
        ),
        "100 digits": of(DIGITS, BEYOND),
        "NaN": of("NaN"),
        "Infinity": of("Infinity"),
        "NUL escape": of(r"\u0000"),
        "lone surrogate": of(r"\ud800"),
        "emoji": Payment(
            f"{loan.name},\U0001f4b0,{amount},{day(paid)}", ("\U0001f4b0", paid, amount)
        ),
        "negative": Payment(
            f"{loan.name},{name},-40,{day(paid)}", (name, paid, Decimal(-40))
        ),
        "senseless": on("02/30/2023"),
        "in the future": on("03/15/2190", "in the future"),
        "microseconds": on(str(1_678_838_400_000_000), NO_FORM),
        "duplicate rows": Payment(
            f"{loan.name},{name},7,{day(paid)}", good, "other values further down"
        ),
    }.get(fault, Payment(line, good))


class Loans(System):
    """The book; a file is landed by `prelude` and `interlude`."""

    name, table = "loans", "loans__payments"

    def __init__(self) -> None:
        chance, spoilt_lines = Random(7), [spoilt(fault).line for fault in FAULTS]  # noqa: S311
        self.lines = [
            *spoilt_lines,
            *(line for fault in FAULTS for line in _lines(loan_of(fault), (0, 2))),
            *_lines(STEADY, (0,)),
        ]
        chance.shuffle(self.lines)
        # the one that counts stands further down
        self.lines += _lines(loan_of("duplicate rows"), (1,))

    def prelude(self) -> list[Load]:
        """Return the spoilt book: the payments first, each file by itself and twice."""
        files = _book(0)
        files["payments"] = "\n".join([HEADINGS["payments"], *self.lines])
        heading, *lines = files["loans"].splitlines()
        files["loans"] = "\n".join([f"{heading},Colour", *(f"{x},red" for x in lines)])
        return [
            load
            for name, text in [*files.items()][::-1]
            for load in [_load(name, text)] * 2
        ]

    def interlude(self) -> list[Load]:
        """Return the good book, and then payments that are older than both."""
        older = f"{HEADINGS['payments']}\n{_lines(STEADY, (0,))[0]}\n"
        return [
            *(_load(name, text, YEARS_LATER) for name, text in _book(1).items()),
            _load("payments", older, EARLIER),
        ]

    def neighbours(self) -> Rows:
        """Return the arrears of the loan that nothing is wrong with."""
        return rows_of(STEADY)

    def stories(self) -> Mapping[str, Story | str]:
        """Return the story of each loan."""
        return {fault: self._story(fault) for fault in FAULTS}

    def built(self, tables: Tables) -> Rows:
        """Return the arrears of each loan and day."""
        return {
            (row["loan_id"], row["arrears_date"]): (
                *(row["due_amount"], row["paid_amount"]),
                *(row["amount_at_risk"], row["days_past_due"]),
            )
            for row in tables.records("select * from marts.fct_loan_arrears_1d")
        }

    def _story(self, fault: str) -> Story:
        payment, loan = spoilt(fault), loan_of(fault)
        first, _, last = loan.payments
        sent = [one for one in (first, payment.taken, last) if one]
        reasons = [payment.reason] if payment.reason else []
        number = self.lines.index(payment.line) + 2
        return Story(
            "resolved" if reasons else "taken",
            [],
            rows_of(replace(loan, payments=tuple(sent))),
            [],
            rows_of(_revised(fault)),
            reasons,
            records={f"payments.csv #{number}"},
        )


def rows_of(loan: Loan) -> Rows:
    """Return a loan's arrears by day."""
    return {(loan.name, row[0]): row[1:] for row in life(loan, AS_OF)[0]}


def _revised(fault: str) -> Loan:
    return loan_of(fault, int(fault == "revised years later"))


def _book(phase: int) -> dict[str, str]:
    loans = [_revised(fault) if phase else loan_of(fault) for fault in FAULTS]
    return files_of([*loans, STEADY])


def _lines(loan: Loan, which: tuple[int, ...]) -> list[str]:
    payments = [loan.payments[at] for at in which]
    return [
        f"{loan.name},{name},{amount},{day(paid)}" for name, paid, amount in payments
    ]


def _load(name: str, text: str, at: datetime = CAME) -> Load:
    return f"loans__{name}", [(json.dumps({"file": f"{name}.csv"}), text, at)]
