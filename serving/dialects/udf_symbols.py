"""TradingView's Universal Data Feed: what there is, and how it is shown."""

from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import PlainTextResponse

from serving import times
from serving.answers import encode, reply
from serving.database import Database
from serving.dialects.forms import dialect
from serving.kept import Answer
from serving.refusals import NO_STORE, Refusal, unknown

router = dialect(
    "/udf", "TradingView UDF", lambda _, text: {"s": "error", "errmsg": text}
)

EXCHANGE = "BINANCE"
GRAINS = {
    "1": "1m",
    "5": "5m",
    "15": "15m",
    "60": "1h",
    "240": "4h",
    "1D": "1d",
    "1W": "1w",
}
SHORT = {"D": "1D", "W": "1W"}
INTRADAY = [name for name in GRAINS if name.isdigit()]
SYMBOLS = """
select known.symbol, coalesce(markets.base_asset || '/' || markets.quote_asset, symbol)
from (select distinct symbol from marts.fct_candles_1w) as known
left join marts.dim_markets as markets using (symbol)
order by 1
"""
DECIMALS = """
select max(scale(trim_scale(price)))
from (
    select open_price, high_price, low_price, close_price
    from marts.fct_candles_1h where symbol = %s order by opened_at desc limit 500
) as newest
cross join lateral (
    values (open_price), (high_price), (low_price), (close_price)
) as prices (price)
"""
Symbol = Annotated[
    str,
    Query(description="With or without the exchange.", examples=["BINANCE:BTCUSDT"]),
]


@router.get("/config")
async def config() -> Response:
    """Return what this feed can do."""
    told = {
        "supported_resolutions": list(GRAINS),
        "supports_search": True,
        "supports_group_request": False,
        "supports_marks": False,
        "supports_timescale_marks": False,
        "supports_time": True,
        "exchanges": [{"value": EXCHANGE, "name": "Binance", "desc": "Binance spot"}],
        "symbols_types": [{"name": "crypto", "value": "crypto"}],
    }
    return Response(encode(told), media_type="application/json")


@router.get("/time", response_class=PlainTextResponse)
async def clock() -> Response:
    """Return the time, in seconds, as text."""
    told = str(int(times.now().timestamp()))
    return Response(told, media_type="text/plain", headers=NO_STORE)


@router.get("/symbols")
async def symbols(request: Request, symbol: Symbol) -> Response:
    """Return how a symbol is traded and shown."""
    name = plain(symbol)

    async def make(database: Database) -> Answer:
        known = dict((await database.fetch(SYMBOLS)).rows)
        if name not in known:
            raise no_candles(name, known)
        ((decimals,),) = (await database.fetch(DECIMALS, [name])).rows
        return Answer(encode(_resolved(name, known[name], decimals or 2)))

    models = ("fct_candles_1w", "fct_candles_1h", "dim_markets")
    return await reply(request, models, make)


@router.get("/search")
async def search(
    request: Request,
    query: Annotated[str, Query(description="A part of a symbol.")] = "",
    type_: Annotated[str, Query(alias="type", description="crypto, or none.")] = "",
    exchange: Annotated[str, Query(description="BINANCE, or none.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000, description="Symbols at most.")] = 30,
) -> Response:
    """Return the symbols that have a text in them."""
    fits = type_ in ("", "crypto") and exchange.upper() in ("", EXCHANGE)

    async def make(database: Database) -> Answer:
        known = (await database.fetch(SYMBOLS)).rows if fits else []
        found = [
            {
                "symbol": name,
                "full_name": f"{EXCHANGE}:{name}",
                "description": shown,
                "exchange": EXCHANGE,
                "ticker": name,
                "type": "crypto",
            }
            for name, shown in known
            if plain(query) in f"{name} {shown}"
        ]
        return Answer(encode(found[:limit]))

    return await reply(request, ("fct_candles_1w", "dim_markets"), make)


def plain(symbol: str) -> str:
    """Return a symbol without its exchange."""
    return symbol.upper().removeprefix(f"{EXCHANGE}:")


def no_candles(symbol: str, known: dict[str, str]) -> Refusal:
    """Return a 404 that names the symbols that there are."""
    return unknown(f"unknown_symbol: there are no candles of {symbol!r}.", known)


def _resolved(name: str, shown: str, decimals: int) -> dict[str, Any]:
    return {
        "name": name,
        "ticker": name,
        "description": shown,
        "type": "crypto",
        "session": "24x7",
        "timezone": "Etc/UTC",
        "exchange": EXCHANGE,
        "listed_exchange": EXCHANGE,
        "format": "price",
        "minmov": 1,
        "pricescale": 10**decimals,
        "volume_precision": 8,
        "has_intraday": True,
        "intraday_multipliers": INTRADAY,
        "has_daily": True,
        "has_weekly_and_monthly": True,
        "supported_resolutions": list(GRAINS),
        "data_status": "delayed_streaming",
    }
