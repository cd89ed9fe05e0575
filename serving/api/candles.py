"""Candles of a symbol, from a minute to a week."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from serving.api.asked import InstantsAsked, PageAsked
from serving.api.documented import REFUSALS, rows_of
from serving.database import Database
from serving.exchanges import SYMBOLS, USUAL
from serving.listing import Listing, listed
from serving.refusals import unfit, unknown

router = APIRouter(prefix="/v1", tags=["candles"], responses=REFUSALS)

GRAINS = ("1m", "5m", "15m", "1h", "4h", "1d", "1w")
OF_A_MINUTE = {
    "symbol": "text",
    "opened_at": "time",
    "open_price": "exact",
    "high_price": "exact",
    "low_price": "exact",
    "close_price": "exact",
    "base_volume": "exact",
    "quote_volume": "exact",
    "taker_buy_base_volume": "exact",
    "taker_buy_quote_volume": "exact",
    "trade_count": "integer",
}
OF_MINUTES = {
    **OF_A_MINUTE,
    "vwap_price": "exact",
    "minute_count": "integer",
    "is_complete": "boolean",
    "is_final": "boolean",
    "updated_at": "time",
}
LISTINGS = {
    grain: Listing(
        f"fct_candles_{grain}",
        {**OF_A_MINUTE, "fetched_at": "time"} if grain == "1m" else OF_MINUTES,
        ("opened_at",),
    )
    for grain in GRAINS
}


@router.get("/candles/{exchange}/{symbol}", responses=rows_of(LISTINGS["1h"]))
async def candles(
    request: Request,
    exchange: Annotated[str, Path(description="In any case.", examples=["binance"])],
    symbol: Annotated[str, Path(description="In any case.", examples=["BTCUSDT"])],
    page: PageAsked,
    span: InstantsAsked,
    grain: Annotated[str, Query(description=", ".join(GRAINS), examples=["1d"])] = "1h",
) -> Response:
    """Return candles by their opening, oldest first; without `from` the newest ones."""
    if grain not in LISTINGS:
        raise unfit(f"grain {grain!r} is not known: {', '.join(GRAINS)} are.")
    asked = page.asked()
    exchange, symbol = exchange.lower(), symbol.upper()
    asked.add("exchange = %s", exchange)
    asked.add("symbol = %s", symbol)
    span.narrow(asked, "opened_at")
    asked.check = lambda database: check_market(database, exchange, symbol)
    return await listed(request, LISTINGS[grain], asked)


async def check_market(database: Database, exchange: str, symbol: str) -> None:
    """Raise a 404 for what has no candle; it names the exchanges or symbols that do."""
    markets = (await database.fetch(SYMBOLS)).rows
    exchanges = {name for name, _ in markets}
    if exchange not in exchanges | {USUAL}:
        raise unknown(f"There is no exchange {exchange!r}.", exchanges)
    known = [name for place, name in markets if place == exchange]
    if symbol not in known:
        raise unknown(f"There are no candles of {symbol!r}.", known)
