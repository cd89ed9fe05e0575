"""Frankfurter, version 2: flat lists of rates, as JSON, CSV or JSON lines.

There is no blended rate: XE goes before the ECB. Without a range each rate is of the
newest day that has one, at most 14 days back, and says which.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from serving.answers import as_objects, encode, reply
from serving.database import Database
from serving.dialects.forms import refusing
from serving.dialects.frankfurter_asked import (
    asked_of,
    check_length,
    check_names,
    providers_of,
)
from serving.dialects.frankfurter_rates import COLUMNS, MODELS, Asked
from serving.dialects.frankfurter_series import MODELS as OF_SERIES
from serving.dialects.frankfurter_series import NAMES, Series, series
from serving.kept import Answer
from serving.listing import MEDIA_TYPES, form_of
from serving.refusals import unknown
from serving.streams import stream

router = APIRouter(
    prefix="/frankfurter/v2",
    tags=["dialect: Frankfurter"],
    route_class=refusing(lambda status, text: {"status": status, "message": text}),
)

RATES_HAS = ("base", "quotes", "date", "from", "to", "providers", "group")
NEWEST = timedelta(days=14)
"""A currency whose last rate is so much older than the newest is no longer active."""

Base = Annotated[str, Path(description="A code of ISO 4217.", examples=["EUR"])]
Quote = Annotated[str, Path(description="Likewise.", examples=["USD"])]
Day = Annotated[str | None, Query(description="A day; else today.")]
Providers = Annotated[
    str | None,
    Query(description="Of ECB and XE, with a comma between.", examples=["ECB"]),
]


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
    found: Database = request.app.state.database
    asked = await asked_of(found, base, quote, (date, None, None), providers)
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


@router.get("/currencies")
async def currencies(
    request: Request,
    scope: Annotated[
        str | None, Query(description="`all`: also those without a rate of late.")
    ] = None,
    providers: Providers = None,
) -> Response:
    """Return the currencies that there are rates of, and since when."""
    named = providers_of(providers)

    async def make(database: Database) -> Answer:
        found = await series(database, named)
        newest = max((span.end for span in found.currencies.values()), default=None)
        shown = [
            _currency(found, code)
            for code, span in found.currencies.items()
            if scope == "all" or span.end >= newest - NEWEST
        ]
        return Answer(encode(shown))

    return await reply(request, OF_SERIES, make)


@router.get("/currency/{code}")
async def currency(request: Request, code: Base) -> Response:
    """Return what is known of a currency, and who quotes it."""

    async def make(database: Database) -> Answer:
        found = await series(database)
        span = found.currencies.get(code.upper())
        if span is None:
            raise unknown(f"There are no rates of {code!r}.", found.currencies)
        quoted_by = sorted(name.upper() for name in span.providers)
        shown = _currency(found, code.upper()) | {"providers": quoted_by}
        return Answer(encode(shown))

    return await reply(request, OF_SERIES, make)


@router.get("/providers")
async def providers(request: Request) -> Response:
    """Return who quotes rates, in which currency, and since when."""

    async def make(database: Database) -> Answer:
        found = await series(database)
        shown = []
        for key, span in found.providers.items():
            name, kind, pivot = NAMES[key]
            shown.append(
                {
                    "key": key.upper(),
                    "name": name,
                    "rate_type": kind,
                    "pivot_currency": pivot,
                    "start_date": span.first,
                    "end_date": span.last,
                    "currencies": sorted(found.of_provider[key]),
                }
            )
        return Answer(encode(shown))

    return await reply(request, OF_SERIES, make)


async def _answer(request: Request, asked: Asked, form: str) -> Response:
    check_length(asked, ", or for CSV or JSON lines, which have no end")

    async def make(database: Database) -> Answer:
        rows = await database.fetch(asked.query, asked.values)
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


def _currency(found: Series, code: str) -> dict[str, object]:
    span = found.currencies[code]
    return {
        "iso_code": code,
        "iso_numeric": None,
        "name": found.names.get(code, code),
        "symbol": None,
        "start_date": span.first,
        "end_date": span.last,
    }
