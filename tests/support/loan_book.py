"""A loan book for tests: the worked example, and loans of every habit."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from tests.support.loan_files import Loan

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
    """Return a loan that is paid early, late, in parts, in lumps, too much or never."""
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


def taken_back(chance: Random, number: int) -> Loan:
    """Return a loan of which payments are taken back, whole, in part or twice over."""
    loan = random_loan(chance, number)
    payments = list(loan.payments)
    for place, (name, paid, amount) in enumerate(loan.payments):
        kind = chance.choice(["none", "by id", "by amount", "in part", "more"])
        on = paid + timedelta(days=chance.choice([0, 0, 1, 4, 30]))
        back = {"in part": round(amount / 3, 2), "more": amount * 2}.get(kind, amount)
        if kind != "none" and back:
            payments.append((name if kind == "by id" else f"T{place}", on, -back))
    known = [one for one in payments if one[1] < LATEST]
    return Loan(f"T{number:03}", loan.release, loan.instalments, tuple(known))


LATEST = date(2024, 2, 20)
CHANCE = Random(20230210)  # noqa: S311 - no secret
BOOK = [
    WORKED,
    *(random_loan(CHANCE, number) for number in range(60)),
    *(taken_back(CHANCE, number) for number in range(40)),
]
AS_OF = max(paid for loan in BOOK for _, paid, _ in loan.payments)
