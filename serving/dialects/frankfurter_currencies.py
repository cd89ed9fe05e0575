"""Frankfurter, version 2: the currencies and providers that there are rates of."""

from datetime import timedelta
from typing import Annotated

from fastapi import Path, Query, Request, Response

from serving.answers import encode, reply
from serving.database import Database
from serving.dialects.forms import dialect
from serving.dialects.frankfurter_asked import providers_of
from serving.dialects.frankfurter_series import MODELS, NAMES, Series, series
from serving.kept import Answer
from serving.refusals import unknown

router = dialect(
    "/frankfurter/v2",
    "Frankfurter",
    lambda status, text: {"status": status, "message": text},
)

NEWEST = timedelta(days=14)
"""A currency whose last rate is so much older than the newest is no longer active."""

Base = Annotated[str, Path(description="A code of ISO 4217.", examples=["EUR"])]
Providers = Annotated[
    str | None,
    Query(description="Of ECB and XE, with a comma between.", examples=["ECB"]),
]


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
        known = await series(database, named)
        newest = max((span.end for span in known.currencies.values()), default=None)
        shown = [
            _currency(known, code)
            for code, span in known.currencies.items()
            if scope == "all" or span.end >= newest - NEWEST
        ]
        return Answer(encode(shown))

    return await reply(request, MODELS, make)


@router.get("/currency/{code}")
async def currency(request: Request, code: Base) -> Response:
    """Return what is known of a currency, and who quotes it."""

    async def make(database: Database) -> Answer:
        known = await series(database)
        span = known.currencies.get(code.upper())
        if span is None:
            raise unknown(f"There are no rates of {code!r}.", known.currencies)
        quoted_by = sorted(name.upper() for name in span.providers)
        shown = _currency(known, code.upper()) | {"providers": quoted_by}
        return Answer(encode(shown))

    return await reply(request, MODELS, make)


@router.get("/providers")
async def providers(request: Request) -> Response:
    """Return who quotes rates, in which currency, and since when."""

    async def make(database: Database) -> Answer:
        known = await series(database)
        shown = []
        for key, span in known.providers.items():
            name, kind, pivot = NAMES[key]
            shown.append(
                {
                    "key": key.upper(),
                    "name": name,
                    "rate_type": kind,
                    "pivot_currency": pivot,
                    "start_date": span.first,
                    "end_date": span.last,
                    "currencies": sorted(known.of_provider[key]),
                }
            )
        return Answer(encode(shown))

    return await reply(request, MODELS, make)


def _currency(known: Series, code: str) -> dict[str, object]:
    span = known.currencies[code]
    return {
        "iso_code": code,
        "iso_numeric": None,
        "name": known.names.get(code, code),
        "symbol": None,
        "start_date": span.first,
        "end_date": span.last,
    }
