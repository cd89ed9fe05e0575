"""Frankfurter, version 2: flat lists of rates, as JSON, CSV or JSON lines.

There is no blended rate: XE goes before the ECB. Without a range each rate is of the
newest day that has one, at most 14 days back, and says which.
"""

from typing import Annotated

from fastapi import Path, Query, Request, Response

from serving.answers import as_objects, encode, reply
from serving.database import Database
from serving.dialects.frankfurter_asked import (
    asked_of,
    check_names,
    found,
)
from serving.dialects.frankfurter_currencies import Base, Providers, router
from serving.dialects.frankfurter_rates import COLUMNS, MODELS, Asked
from serving.kept import Answer
from serving.listing import MEDIA_TYPES, form_of
from serving.refusals import unknown
from serving.streams import stream

RATES_HAS = ("base", "quotes", "date", "from", "to", "providers", "group")
ENDLESS = ", or CSV or JSON lines, which have no end"
Quote = Annotated[str, Path(description="Likewise.", examples=["USD"])]
Day = Annotated[str | None, Query(description="A day; else today.")]


@router.get("/rates")
@router.get("/rates.csv", include_in_schema=False)
async def rates(
    request: Request,
    base: Annotated[str, Query(description="A code.", examples=["USD"])] = "EUR",
    quotes: Annotated[
        str | None, Query(description="With commas.", examples=["EUR,GBP"])
    ] = None,
    date: Day = None,
    from_: Annotated[Day, Query(alias="from")] = None,
    to: Day = None,
    providers: Providers = None,
    group: Annotated[
        str | None,
        Query(description="week or month: means of a range.", examples=["week"]),
    ] = None,
) -> Response:
    """Return rates of a day, or of each day of a range, by day and quote."""
    check_names(request, RATES_HAS)
    database: Database = request.app.state.database
    days = (date, from_, to)
    asked = await asked_of(database, base, quotes, days, providers, group)
    is_csv = request.url.path.endswith(".csv")
    form = "csv" if is_csv else form_of(request, None)
    if form not in ("csv", "ndjson"):
        form = "json"
    if form == "json" or asked.start is None:
        return await _answer(request, asked, form)
    return await stream(request, COLUMNS, asked.query, asked.values, form, True)


@router.get("/rate/{base}/{quote}")
async def rate(
    request: Request,
    base: Base,
    quote: Quote,
    date: Day = None,
    providers: Providers = None,
) -> Response:
    """Return the rate of a pair, of the newest day at or before the one asked for."""
    check_names(request, ("date", "providers"))
    kept: Database = request.app.state.database
    asked = await asked_of(kept, base, quote, (date, None, None), providers)
    if asked.base in asked.quotes:
        same = {"date": asked.end, "base": asked.base, "quote": asked.base, "rate": 1.0}
        return Response(encode(same), 200, media_type="application/json")

    async def make(database: Database) -> Answer:
        rows = await database.fetch(asked.query, asked.values)
        if not rows.rows:
            pair = f"{asked.base} in {quote.upper()}"
            raise unknown(f"There is no rate of {pair} by {asked.end}.")
        rows.rows = rows.rows[:1]
        return Answer(as_objects(rows, as_numbers=True)[1:-1])

    return await reply(request, MODELS, make, of_now=asked.of_now)


async def _answer(request: Request, asked: Asked, form: str) -> Response:
    async def make(database: Database) -> Answer:
        rows = await found(database, asked, ENDLESS)
        if form == "json":
            return Answer(as_objects(rows, as_numbers=True))
        if form == "ndjson":
            lines = as_objects(rows, as_numbers=True)[1:-1].replace(b"},{", b"}\n{")
            return Answer(lines + b"\n" if lines else lines, MEDIA_TYPES[form])
        lines = [",".join(COLUMNS), *(",".join(row) for row in rows.rows)]
        return Answer("\n".join([*lines, ""]).encode(), MEDIA_TYPES[form])

    return await reply(
        request, MODELS, make, of_now=asked.of_now, is_closed=asked.is_closed
    )
