"""TradingView's Universal Data Feed: what there is, and how it is shown."""

from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import PlainTextResponse

from serving import times
from serving.answers import encode, reply
from serving.database import Database
from serving.dialects.forms import dialect
from serving.exchanges import USUAL, market_of
from serving.kept import Answer
from serving.refusals import NO_STORE, unknown

router = dialect(
    "/udf", "TradingView UDF", lambda _, text: {"s": "error", "errmsg": text}
)

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
select
    exchange,
    symbol,
    coalesce(markets.base_asset || '/' || markets.quote_asset, symbol)
from (select distinct exchange, symbol from marts.fct_candles_1w) as known
left join marts.dim_markets as markets using (exchange, symbol)
order by exchange != %s, 1, 2
"""
EXCHANGES = "select distinct exchange from marts.fct_candles_1w order by 1"
DECIMALS = """
select max(scale(trim_scale(price)))
from (
    select open_price, high_price, low_price, close_price
    from marts.fct_candles_1h where exchange = %s and symbol = %s
    order by opened_at desc limit 500
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
async def config(request: Request) -> Response:
    """Return what this feed can do."""

    async def make(database: Database) -> Answer:
        names = [name for (name,) in (await database.fetch(EXCHANGES)).rows]
        abilities = {
            "supported_resolutions": list(GRAINS),
            "supports_search": True,
            "supports_group_request": False,
            "supports_marks": False,
            "supports_timescale_marks": False,
            "supports_time": True,
            "exchanges": [
                {"value": name.upper(), "name": name.title(), "desc": _spot(name)}
                for name in names
            ],
            "symbols_types": [{"name": "crypto", "value": "crypto"}],
        }
        return Answer(encode(abilities))

    return await reply(request, ("fct_candles_1w",), make)


@router.get("/time", response_class=PlainTextResponse)
async def clock() -> Response:
    """Return the time, in seconds, as text."""
    seconds = str(int(times.now().timestamp()))
    return Response(seconds, media_type="text/plain", headers=NO_STORE)


@router.get("/symbols")
async def symbols(request: Request, symbol: Symbol) -> Response:
    """Return how a symbol is traded and shown."""
    market = market_of(symbol)

    async def make(database: Database) -> Answer:
        shown = await shown_name(database, market)
        ((decimals,),) = (await database.fetch(DECIMALS, market)).rows
        return Answer(encode(_resolved(*market, shown, decimals or 2)))

    models = ("fct_candles_1w", "fct_candles_1h", "dim_markets")
    return await reply(request, models, make)


@router.get("/search")
async def search(
    request: Request,
    query: Annotated[str, Query(description="A part of a symbol.")] = "",
    type_: Annotated[str, Query(alias="type", description="crypto, or none.")] = "",
    exchange: Annotated[str, Query(description="Such as BINANCE, or none.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000, description="Symbols at most.")] = 30,
) -> Response:
    """Return the symbols that have a text in them."""
    fits = type_ in ("", "crypto")
    place, _, text = query.upper().rpartition(":")

    async def make(database: Database) -> Answer:
        known = (await database.fetch(SYMBOLS, [USUAL])).rows if fits else []
        found = [
            {
                "symbol": name,
                "full_name": f"{market.upper()}:{name}",
                "description": shown,
                "exchange": market.upper(),
                "ticker": _ticker(market, name),
                "type": "crypto",
            }
            for market, name, shown in known
            if {exchange.upper(), place} <= {"", market.upper()}
            and text in f"{name} {shown}"
        ]
        return Answer(encode(found[:limit]))

    return await reply(request, ("fct_candles_1w", "dim_markets"), make)


async def shown_name(database: Database, market: tuple[str, str]) -> str:
    """Return what a market is called; raises a 404 that names those that there are."""
    known = {
        (exchange, symbol): shown
        for exchange, symbol, shown in (await database.fetch(SYMBOLS, [USUAL])).rows
    }
    if market not in known:
        raise unknown(
            f"unknown_symbol: there are no candles of {_ticker(*market)!r}.",
            [_ticker(*each) for each in known],
        )
    return known[market]


def _ticker(exchange: str, symbol: str) -> str:
    """Return by what a market is asked for."""
    return symbol if exchange == USUAL else f"{exchange.upper()}:{symbol}"


def _spot(exchange: str) -> str:
    return f"{exchange.title()} spot"


def _resolved(exchange: str, name: str, shown: str, decimals: int) -> dict[str, Any]:
    return {
        "name": name,
        "ticker": _ticker(exchange, name),
        "description": shown,
        "type": "crypto",
        "session": "24x7",
        "timezone": "Etc/UTC",
        "exchange": exchange.upper(),
        "listed_exchange": exchange.upper(),
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
