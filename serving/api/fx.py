"""Currency rates: of a day by way of all that is quoted, and as providers have them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from serving import times
from serving.answers import encode, plain, reply
from serving.api.asked import A_DAY, A_TIME, DaysAsked, PageAsked
from serving.api.documented import REFUSALS, one, rows_of
from serving.currencies import check_currencies
from serving.database import Database, Rows
from serving.kept import Answer
from serving.listing import Asked, Listing, listed
from serving.refusals import unfit, unknown

router = APIRouter(prefix="/v1/fx", tags=["fx"], responses=REFUSALS)

MOST_DAYS = 366
PROVIDERS = ("ecb", "xe")
QUOTES = Listing(
    "fct_fx_rates_1d",
    {
        "provider": "text",
        "base_currency": "text",
        "quote_currency": "text",
        "rate_date": "day",
        "rate": "exact",
        "inverse_rate": "exact",
        "quoted_at": "time",
        "fetched_at": "time",
        "updated_at": "time",
    },
    ("rate_date", "provider", "base_currency", "quote_currency"),
)
RATES = Listing(
    "fct_fx_rates_1d",
    {
        "day": "day",
        "base_currency": "text",
        "quote_currency": "text",
        "rate": "exact",
        "rate_date": "day",
        "provider": "text",
    },
    ("day",),
    models=("fct_fx_rates_1d", "dim_currencies"),
    source="""(
        select
            days.day::date as day,
            bases.currency as base_currency,
            quotes.currency as quote_currency,
            found.rate,
            found.rate_date,
            found.provider
        from marts.dim_currencies as bases
        cross join marts.dim_currencies as quotes
        cross join generate_series(%s::date, %s::date, interval '1 day') as days (day)
        cross join lateral marts.fx_rate(
            bases.currency, quotes.currency, days.day
        ) as found
        where bases.currency = %s and quotes.currency = %s and found.rate is not null
    ) as rates""",
)
ONE = one(RATES.columns, ("provider",))
ONE_OR_MANY = rows_of(RATES)
ONE_OR_MANY[200]["content"]["application/json"] = {
    "schema": {"oneOf": [ONE, {"type": "array", "items": ONE}]}
}


@router.get("/rates", responses=rows_of(QUOTES))
async def rates(
    request: Request,
    page: PageAsked,
    span: DaysAsked,
    provider: Annotated[
        str | None, Query(description=", ".join(PROVIDERS), examples=["ecb"])
    ] = None,
    base: Annotated[
        str | None, Query(description="Whose unit is priced.", examples=["EUR"])
    ] = None,
    quote: Annotated[
        str | None, Query(description="What it is priced in.", examples=["USD"])
    ] = None,
) -> Response:
    """Return what providers quote, by the day, oldest first."""
    if provider is not None and provider.lower() not in PROVIDERS:
        raise unknown(f"There is no provider {provider!r}.", PROVIDERS)
    codes = [code.upper() for code in (base, quote) if code is not None]
    asked = page.asked()
    asked.add("provider = %s", provider and provider.lower())
    asked.add("base_currency = %s", base and base.upper())
    asked.add("quote_currency = %s", quote and quote.upper())
    span.narrow(asked, "rate_date")
    asked.check = lambda database: check_currencies(database, *codes)
    return await listed(request, QUOTES, asked)


@router.get("/{base}/{quote}", responses=ONE_OR_MANY)
async def rate(
    request: Request,
    base: Annotated[
        str, Path(description="A code of ISO 4217, in any case.", examples=["EUR"])
    ],
    quote: Annotated[str, Path(description="Likewise.", examples=["USD"])],
    page: PageAsked,
    at: Annotated[
        str | None,
        Query(
            description="The time whose UTC day is wanted; else now.",
            json_schema_extra=A_TIME,
        ),
    ] = None,
    from_: Annotated[
        str | None,
        Query(
            alias="from",
            description=f"The first of at most {MOST_DAYS} UTC days.",
            json_schema_extra=A_DAY,
        ),
    ] = None,
    to: Annotated[
        str | None,
        Query(
            description="The last UTC day, inclusive; else today.",
            json_schema_extra=A_DAY,
        ),
    ] = None,
) -> Response:
    """Return units of `quote` per unit of `base`, of a day; or a list, of each from–to.

    A rate is straight, inverse, or crossed over dollar and euro, of the newest day
    that has one and is at most 14 days older: `rate_date`. A list leaves out days
    without any.
    """
    today = times.now().date()
    moment, start = times.instant("at", at), times.day("from", from_)
    end = times.day("to", to)
    asked = page.asked()
    asked.check = lambda database: check_currencies(database, base, quote)
    if start is None:
        if end is not None:
            raise unfit("to needs the day that the range is from.")
        day = moment.date() if moment else today
        asked.of_now = moment is None
        asked.values = [day, day, base.upper(), quote.upper()]
        if asked.form == "json":
            return await _one(request, asked)
        asked.check = lambda database: _rate(database, asked)
        return await listed(request, RATES, asked)
    if moment is not None:
        raise unfit("Give either at, or from and to.")
    # a day to come has no rate yet
    asked.of_now = end is None or end >= today
    asked.is_closed = not asked.of_now
    last = today if asked.of_now else end
    if (last - start).days >= MOST_DAYS:
        raise unfit(f"From {start} to {last} is more than {MOST_DAYS} days: ask twice.")
    asked.values = [start, last, base.upper(), quote.upper()]
    return await listed(request, RATES, asked)


async def _one(request: Request, asked: Asked) -> Response:
    """Answer the rate of one day as an object."""

    async def make(database: Database) -> Answer:
        rows = await _rate(database, asked)
        (row,) = plain(rows) if asked.as_numbers else rows.rows
        return Answer(encode(dict(zip(rows.names, row, strict=True))))

    return await reply(request, RATES.all_models, make, of_now=asked.of_now)


async def _rate(database: Database, asked: Asked) -> Rows:
    """Return the one row of a day; raises a 404 where there is none."""
    rows = await database.fetch(RATES.select(()), asked.values)
    if not rows.rows:
        day, _, base, quote = asked.values
        await check_currencies(database, base, quote)
        sentence = f"There is no rate of {base} in {quote} on {day} or 14 days before."
        raise unknown(sentence)
    return rows
