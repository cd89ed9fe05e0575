"""`/{asset}`: closed hourly candles, column by column."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from serving import times
from serving.answers import reply
from serving.api.documented import REFUSALS
from serving.database import Database
from serving.exchanges import SYMBOLS, USUAL
from serving.first_users import TAGS
from serving.kept import Answer
from serving.lines import Lines
from serving.refusals import unknown

router = APIRouter(tags=TAGS, responses=REFUSALS)

HOURS = """
with closed as (
    select opened_at, open_price, high_price, low_price, close_price
    from marts.fct_candles_1h
    where
        exchange = 'binance'
        and symbol = %s
        and opened_at >= coalesce(%s, '-infinity'::timestamptz)
        and opened_at <= coalesce(%s, 'infinity'::timestamptz)
        and (is_final or opened_at <= (
            select opened_at from marts.fct_candles_1m
            where exchange = 'binance' and symbol = %s
            order by opened_at desc limit 1
        ) - interval '59 minutes')
    order by opened_at desc
    limit %s
),
placed as (
    select
        *,
        row_number() over (order by opened_at) - 1 as place,
        count(*) over () - 1 as last_place
    from closed
)
select concat(
    case when place = 0 then '"' || name || '":{' end,
    '"', place, '":', value,
    case when place = last_place then '}' end
) as line
from placed
cross join lateral (values
    (1, 'datetime', to_json(to_char(opened_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))::text),
    (2, 'open', open_price::text),
    (3, 'high', high_price::text),
    (4, 'low', low_price::text),
    (5, 'close', close_price::text)
) as part (position, name, value)
order by position, place
"""
NO_HOURS = ",".join(
    f'"{name}":{{}}' for name in ("datetime", "open", "high", "low", "close")
)
KNOWN = """
select name from unnest(%s::text[]) with ordinality as asked (name, place)
where exists (
    select 1 from marts.fct_candles_1w
    where exchange = 'binance' and symbol = asked.name
)
order by place limit 1
"""
NEWEST, KEPT_HOURS = 720, 5000
"""So many hours are given where no start is asked, and at once."""


@router.get("/{asset}")
async def hours(
    request: Request,
    asset: Annotated[
        str, Path(description="In any case, or a symbol.", examples=["btc"])
    ],
    start_time: Annotated[
        str | None,
        Query(
            alias="startTime",
            description="The first opening, inclusive.",
            examples=["2024-01-01T00:00:00Z"],
        ),
    ] = None,
    end_time: Annotated[
        str | None, Query(alias="endTime", description="The last opening, inclusive.")
    ] = None,
) -> Response:
    """Answer the closed hourly candles of an asset in USDT, column by column.

    Without `startTime` the newest 720, else all of the range.
    """
    start = times.instant("startTime", start_time)
    end = times.instant("endTime", end_time)

    async def lines(database: Database) -> Lines:
        symbol = await _symbol(database, asset)
        most = NEWEST if start is None else None
        values = [symbol, start, end, symbol, most]
        return Lines(HOURS, values, ("{", "}"), NO_HOURS)

    async def make(database: Database) -> Answer:
        return await (await lines(database)).whole(database)

    now = times.now()
    if start and (min(end or now, now) - start).total_seconds() > KEPT_HOURS * 3600:
        return await (await lines(request.app.state.database)).stream(request)
    is_closed = end is not None and end <= now
    models = ("fct_candles_1h", "fct_candles_1m")
    return await reply(request, models, make, is_closed=is_closed, varies=())


async def _symbol(database: Database, asset: str) -> str:
    """Return the symbol that an asset has in dollars, or that is asked as it is."""
    name = asset.upper()
    found = (await database.fetch(KNOWN, [[f"{name}USDT", name]])).rows
    if not found:
        symbols = (await database.fetch(SYMBOLS)).rows
        known = [
            symbol.removesuffix("USDT").lower()
            for exchange, symbol in symbols
            if exchange == USUAL
        ]
        raise unknown(f"There are no candles of {asset!r}.", known)
    return found[0][0]
