"""Binance's spot market data: its forms, its limits, its errors, our candles.

Closed candles alone: those whose last minute has landed, or which nothing can change.
"""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import repeat
from operator import itemgetter

from fastapi import Request, Response

from serving.answers import encode, reply
from serving.database import Database, Rows
from serving.dialects.binance_parameters import (
    PARAMETERS,
    WIDTHS,
    Question,
    invalid_symbol,
    malformed,
    question,
)
from serving.dialects.closed import is_closed, rest
from serving.dialects.forms import dialect
from serving.kept import Answer
from serving.refusals import NO_STORE

EXCHANGE = "binance"
BUSY, UNKNOWN = -1008, -1000
"""The exchange's codes of a server that has too much to do, and of anything else."""

router = dialect(
    "/binance/api/v3",
    "Binance",
    lambda status, text: {"code": BUSY if status == 503 else UNKNOWN, "msg": text},
)

FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
TIME_UNIT = "x-mbx-time-unit"
EIGHT = -9
"""Where the point of a number with eight decimals stands."""
KLINES = """
select
    (date_part('epoch', opened_at) * 1000)::bigint,
    open_price, high_price, low_price, close_price, base_volume, quote_volume,
    taker_buy_base_volume, taker_buy_quote_volume, trade_count
from marts.fct_candles_{interval}
where
    exchange = %s and symbol = %s
    and opened_at >= %s and opened_at <= %s and {is_closed}
order by opened_at {direction}
limit %s
"""
MARKETS = """
select markets.symbol, markets.base_asset, markets.quote_asset
from marts.dim_markets as markets
where
    markets.exchange = %s
    and exists (
        select 1 from marts.fct_candles_1w as candles
        where
            candles.exchange = markets.exchange and candles.symbol = markets.symbol
    )
order by 1
"""
IS_KNOWN = """
select exists (
    select 1 from marts.fct_candles_1w where exchange = %s and symbol = %s
)
"""


@router.get("/ping")
async def ping() -> Response:
    """Return an empty object."""
    return Response(b"{}", media_type="application/json")


@router.get("/time")
async def clock() -> Response:
    """Return the server's time, in ms."""
    body = encode({"serverTime": time.time_ns() // 1_000_000})
    return Response(body, media_type="application/json", headers=NO_STORE)


@router.get("/exchangeInfo")
async def exchange_info(request: Request) -> Response:
    """Return the symbols whose two assets the list of markets knows."""
    wanted = _wanted(request)

    async def make(database: Database) -> Answer:
        found = (await database.fetch(MARKETS, [EXCHANGE])).rows
        missing = wanted - {name for name, *_ in found}
        if missing:
            raise invalid_symbol()
        shown = [_market(*row) for row in found if not wanted or row[0] in wanted]
        return Answer(
            encode(
                {
                    "timezone": "UTC",
                    "serverTime": time.time_ns() // 1_000_000,
                    "rateLimits": [],
                    "exchangeFilters": [],
                    "symbols": shown,
                }
            )
        )

    return await reply(request, ("dim_markets", "fct_candles_1w"), make, of_now=True)


@router.get("/klines", openapi_extra=PARAMETERS)
async def klines(request: Request) -> Response:
    """Return candles, each a list of twelve, oldest first; never one still open."""
    asked = question(request.scope["query_string"].decode())
    in_microseconds = "micro" in request.headers.get(TIME_UNIT, "").lower()

    async def make(database: Database) -> Answer:
        rows = await _candles(database, asked)
        if not rows.rows and not await _is_known(database, asked.symbol):
            raise invalid_symbol()
        return Answer(_written(rows, WIDTHS[asked.interval], in_microseconds))

    return await reply(
        request,
        (f"fct_candles_{asked.interval}", "fct_candles_1m"),
        make,
        varies=(TIME_UNIT,),
    )


async def _candles(database: Database, asked: Question) -> Rows:
    is_newest = asked.start is None
    query = KLINES.format(
        interval=asked.interval,
        is_closed=is_closed(asked.interval),
        direction="desc" if is_newest else "",
    )
    rows = await database.fetch(
        query,
        [
            *(EXCHANGE, asked.symbol),
            asked.start or FIRST,
            asked.end or LAST,
            *(EXCHANGE, asked.symbol),
            rest(asked.interval),
            asked.limit,
        ],
    )
    if is_newest:
        rows.rows.reverse()
    return rows


def _written(rows: Rows, width: int, in_microseconds: bool) -> bytes:
    """Return candles as the exchange writes them, with eight decimals at least.

    Column by column, since a loop over each row's values took as long as the query.
    """
    if not rows.rows:
        return b"[]"
    opened, *numbers, trades = zip(*rows.rows, strict=True)
    unit = 1000 if in_microseconds else 1
    opened = [at * unit for at in opened]
    closed = [at + width * unit - 1 for at in opened]
    *prices, volume, quote, taker, taker_quote = map(_eight_decimals, numbers)
    others = closed, quote, trades, taker, taker_quote, repeat("0", len(opened))
    return encode(list(zip(opened, *prices, volume, *others, strict=True)))


def _eight_decimals(column: Sequence[str]) -> Sequence[str]:
    """Return numbers with eight decimals at least, which nearly all have already."""
    try:
        if set(map(itemgetter(EIGHT), column)) == {"."}:
            return column
    except IndexError:
        pass  # one is shorter
    parts = [text.partition(".") for text in column]
    return [f"{whole}.{decimals.ljust(8, '0')}" for whole, _, decimals in parts]


async def _is_known(database: Database, symbol: str) -> bool:
    return bool((await database.fetch(IS_KNOWN, [EXCHANGE, symbol])).rows[0][0])


def _wanted(request: Request) -> set[str]:
    """Return the symbols that are asked for; none is all."""
    given = request.query_params
    if "symbols" not in given:
        return {given["symbol"]} if "symbol" in given else set()
    try:
        return {str(name) for name in json.loads(given["symbols"])}
    except (ValueError, TypeError):
        raise malformed("symbols") from None


def _market(symbol: str, base: str, quote: str) -> dict[str, object]:
    return {
        "symbol": symbol,
        "status": "TRADING",
        "baseAsset": base,
        "baseAssetPrecision": 8,
        "quoteAsset": quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "orderTypes": ["LIMIT", "MARKET"],
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": "0.00000001",
                "maxPrice": "1000000000.00000000",
                "tickSize": "0.00000001",
            },
            {
                "filterType": "LOT_SIZE",
                "minQty": "0.00000001",
                "maxQty": "1000000000.00000000",
                "stepSize": "0.00000001",
            },
        ],
        "permissions": ["SPOT"],
        "permissionSets": [["SPOT"]],
    }
