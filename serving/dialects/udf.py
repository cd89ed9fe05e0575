"""TradingView's Universal Data Feed: what its charting library asks for candles.

Closed candles alone, of which the newest is told once its last minute has landed.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Query, Request, Response

from serving.answers import encode, number, reply
from serving.database import Database
from serving.dialects.closed import is_closed, rest
from serving.dialects.udf_symbols import (
    GRAINS,
    SHORT,
    Symbol,
    router,
    shown_name,
)
from serving.exchanges import market_of
from serving.kept import Answer
from serving.refusals import unfit

FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
MOST = 10_000
"""So many candles an answer may have."""
CANDLES = """
select
    date_part('epoch', opened_at)::bigint,
    open_price, high_price, low_price, close_price, base_volume
from marts.fct_candles_{grain}
where
    exchange = %s and symbol = %s
    and opened_at >= %s and opened_at < %s and {is_closed}
order by opened_at desc
limit %s
"""
Number = Annotated[str | None, Query(description="Unix time in seconds, UTC.")]


@router.get("/history")
async def history(
    request: Request,
    symbol: Symbol,
    resolution: Annotated[str, Query(description=", ".join(GRAINS), examples=["60"])],
    from_: Annotated[Number, Query(alias="from")] = None,
    to: Number = None,
    countback: Annotated[
        str | None,
        Query(description="So many before `to`, whatever `from`.", examples=["10"]),
    ] = None,
) -> Response:
    """Return candles by column, oldest first, from `from` on and before `to`."""
    market = market_of(symbol)
    grain = GRAINS.get(SHORT.get(resolution, resolution))
    if grain is None:
        raise unfit(f"resolution {resolution!r} is not one of {', '.join(GRAINS)}.")
    start, end = _time("from", from_, FIRST), _time("to", to, LAST)
    count = _whole("countback", countback)
    if count is not None:
        start = FIRST
        if not 1 <= count <= MOST:
            raise unfit(f"countback is to be from 1 to {MOST}.")

    async def make(database: Database) -> Answer:
        rows = await _candles(database, market, grain, (start, end), count or MOST + 1)
        if len(rows) > MOST:
            raise unfit(f"More than {MOST} candles: ask for less, or with countback.")
        if rows:
            return Answer(encode(_columns(rows)))
        await shown_name(database, market)
        before = await _candles(database, market, grain, (FIRST, start), 1)
        earlier = {"nextTime": before[0][0]} if before else {}
        return Answer(encode({"s": "no_data", **earlier}))

    return await reply(
        request, (f"fct_candles_{grain}", "fct_candles_1m"), make, varies=()
    )


async def _candles(
    database: Database,
    market: tuple[str, str],
    grain: str,
    span: tuple[datetime, datetime],
    limit: int,
) -> list[tuple[Any, ...]]:
    query = CANDLES.format(grain=grain, is_closed=is_closed(grain))
    values = [*market, *span, *market, rest(grain), limit]
    return (await database.fetch(query, values)).rows[::-1]


def _columns(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    at, *prices = zip(*rows, strict=True)
    named = zip("ohlcv", prices, strict=True)
    exact = {name: [number(text) for text in column] for name, column in named}
    return {"s": "ok", "t": at, **exact}


def _time(name: str, text: str | None, other: datetime) -> datetime:
    seconds = _whole(name, text)
    if seconds is None:
        return other
    try:
        return min(max(datetime.fromtimestamp(seconds, UTC), FIRST), LAST)
    except (ValueError, OverflowError, OSError):
        return FIRST if seconds < 0 else LAST


def _whole(name: str, text: str | None) -> int | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        raise unfit(f"{name} {text!r} is no whole number.") from None
