"""Frankfurter, version 1: the rates of a day, or of each day of a range, as objects.

Of a day each rate is the newest at most 14 days back, and `date` that of the newest.
"""

import re
from decimal import Decimal, InvalidOperation, localcontext
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from serving.answers import encode, number, reply
from serving.database import Database, Rows
from serving.dialects.forms import dialect
from serving.dialects.frankfurter_asked import asked_of, found
from serving.dialects.frankfurter_rates import MODELS, Asked
from serving.dialects.frankfurter_series import MODELS as OF_SERIES
from serving.dialects.frankfurter_series import series
from serving.kept import Answer
from serving.refusals import unfit, unknown

router = dialect("/frankfurter/v1", "Frankfurter", lambda _, text: {"message": text})

DAY = r"\d{4}-\d{2}-\d{2}"
RANGE = re.compile(rf"({DAY})\.\.({DAY})?")
DIGITS = 100
"""So many a product of an amount and a rate may have, and so it is exact."""


@router.get("/currencies")
async def currencies(request: Request) -> Response:
    """Return the names of the currencies that there are rates of, by their codes."""

    async def make(database: Database) -> Answer:
        known = await series(database)
        names = {code: known.names.get(code, code) for code in known.currencies}
        return Answer(encode(names))

    return await reply(request, OF_SERIES, make)


@router.get("/{span}")
async def rates(
    request: Request,
    span: Annotated[
        str,
        Path(
            description="latest, a day, or a range such as 2024-01-01..2024-01-31, "
            "whose end may be left out.",
            examples=["latest"],
        ),
    ],
    base: Annotated[str | None, Query(description="A code; else EUR.")] = None,
    symbols: Annotated[str | None, Query(description="Codes with commas.")] = None,
    amount: Annotated[str | None, Query(description="How much of the base.")] = None,
    from_: Annotated[
        str | None, Query(alias="from", description="Another name of base.")
    ] = None,
    to: Annotated[str | None, Query(description="Another name of symbols.")] = None,
) -> Response:
    """Return what an amount of the base is worth, by the code."""
    of = from_ or base or "EUR"
    days = _days(span)
    asked = await asked_of(request.app.state.database, of, to or symbols, days)
    if asked.quotes and set(asked.quotes) == {asked.base}:
        raise unfit("bad currency pair: base and symbols are the same.")
    much = _amount(amount)

    async def make(database: Database) -> Answer:
        rows = await found(database, asked)
        if not rows.rows:
            raise unknown(f"not found: there are no rates of {of} for {span}.")
        return Answer(encode(_shaped(rows, asked, much)))

    return await reply(
        request, MODELS, make, of_now=asked.of_now, is_closed=asked.is_closed
    )


def _days(span: str) -> tuple[str | None, str | None, str | None]:
    """Return the day, or the two of a range, that a part of an address names."""
    if span in ("latest", "current"):
        return None, None, None
    days = RANGE.fullmatch(span)
    return (None, days[1], days[2]) if days else (span, None, None)


def _amount(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        much = Decimal(text)
        if not 0 < much < Decimal("1e30") or len(much.as_tuple().digits) > 30:
            raise unfit(f"invalid amount {text!r}: it is to be above 0.")
    except InvalidOperation:
        raise unfit(f"invalid amount {text!r}: write it like 12.5.") from None
    return much


def _shaped(rows: Rows, asked: Asked, amount: Decimal | None) -> dict[str, Any]:
    by_day: dict[str, dict[str, Any]] = {}
    with localcontext(prec=DIGITS):
        for day, _, quote, rate in rows.rows:
            worth = rate if amount is None else f"{Decimal(rate) * amount:f}"
            by_day.setdefault(day, {})[quote] = number(worth)
    head = {"amount": number("1.0" if amount is None else f"{amount:f}")}
    head["base"] = asked.base
    if asked.start is None:
        newest = {code: rate for each in by_day.values() for code, rate in each.items()}
        return {**head, "date": max(by_day), "rates": dict(sorted(newest.items()))}
    first, *_, last = [*by_day, *by_day]
    return {**head, "start_date": first, "end_date": last, "rates": by_day}
