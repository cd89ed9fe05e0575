"""CoinMarketCap's listings: the coins of the newest snapshot, by their rank here.

A rank is by the volume of 24 hours, even where `sort` is market_cap, as clients write
that leave it at its default: capitalisation is not held, which the notice says.
"""

import re
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request, Response

from serving import times
from serving.answers import encode, number, reply
from serving.database import Database
from serving.dialects.forms import dialect
from serving.kept import Answer
from serving.refusals import Refusal

MODELS = ("fct_coin_ranks_1m",)
MOST, USUAL = 5000, 100
KNOWN = {
    "convert": ("USD",),
    "sort": ("market_cap", "volume_24h"),
    "sort_dir": ("desc",),
    "cryptocurrency_type": ("all", "coins"),
    "tag": ("all",),
}
"""What a parameter may be, where not all of CoinMarketCap's values can be served."""
NOT_HELD = dict.fromkeys(
    [
        *("slug", "num_market_pairs", "date_added", "platform"),
        *("max_supply", "circulating_supply", "total_supply"),
    ]
)
NOT_QUOTED = dict.fromkeys(
    [
        *("percent_change_1h", "percent_change_24h", "percent_change_7d"),
        *("market_cap", "market_cap_dominance", "fully_diluted_market_cap"),
    ]
)
"""What clients ask for by its name and is not held, so that it is null."""
NEWEST = """
select snapshot_at, count(*)
from marts.fct_coin_ranks_1m
where snapshot_at = (
    select snapshot_at from marts.fct_coin_ranks_1m order by 1 desc limit 1
)
group by 1
"""
COINS = """
select
    coin_id, coin_name, symbol, coin_rank, price_usd, volume_24h_usd, price_updated_at
from marts.fct_coin_ranks_1m
where snapshot_at = %s and coin_rank >= %s and coin_rank < %s
order by coin_rank
"""


def _status(code: int, message: str | None) -> dict[str, Any]:
    return {
        "timestamp": times.milliseconds(times.now()),
        "error_code": code,
        "error_message": message,
        "elapsed": 0,
        "credit_count": 0,
    }


router = dialect(
    "/coinmarketcap/v1",
    "CoinMarketCap",
    lambda status, text: {"status": _status(status, text)},
)


@router.get("/cryptocurrency/listings/latest")
async def listings(
    request: Request,
    start: Annotated[str, Query(description="The first rank, from 1.")] = "1",
    limit: Annotated[str, Query(description=f"Coins, {MOST} at most.")] = str(USUAL),
    convert: Annotated[str, Query(description="USD.")] = "USD",
    sort: Annotated[
        str, Query(description="By volume_24h, whichever of the two is given.")
    ] = "market_cap",
    sort_dir: Annotated[str, Query(description="desc.")] = "desc",
    cryptocurrency_type: Annotated[str, Query(description="all or coins.")] = "all",
    tag: Annotated[str, Query(description="all.")] = "all",
) -> Response:
    """Return the most traded coins of the newest snapshot, and their prices."""
    first, count = _whole("start", start, None), _whole("limit", limit, MOST)
    for name in request.query_params:
        if name not in (*KNOWN, "start", "limit", "aux"):
            raise _error(f'"{name}" is not allowed')
    given = (convert.upper(), sort, sort_dir, cryptocurrency_type, tag)
    for (name, known), value in zip(KNOWN.items(), given, strict=True):
        if value not in known:
            raise _error(f'"{name}" must be one of [{", ".join(known)}]')

    async def make(database: Database) -> Answer:
        newest = (await database.fetch(NEWEST)).rows
        status, rows = _status(0, None), []
        for snapshot_at, total in newest:
            of = times.milliseconds(snapshot_at)
            status["notice"] = (
                f"The snapshot of {of}, ranked by volume_24h, not by market_cap."
            )
            status["total_count"] = total
            values = [snapshot_at, first, first + count]
            rows = (await database.fetch(COINS, values)).rows
        return Answer(encode({"status": status, "data": [_coin(*row) for row in rows]}))

    return await reply(request, MODELS, make, of_now=True)


def _coin(
    coin_id: int,
    name: str,
    symbol: str,
    rank: int,
    price: str | None,
    volume: str | None,
    heard_at: datetime | None,
) -> dict[str, Any]:
    updated_at = heard_at and times.milliseconds(heard_at)
    dollars = {
        "price": number(price),
        "volume_24h": number(volume),
        **NOT_QUOTED,
        "last_updated": updated_at,
    }
    return {
        "id": coin_id,
        "name": name,
        "symbol": symbol,
        **NOT_HELD,
        "tags": [],
        "cmc_rank": rank,
        "last_updated": updated_at,
        "quote": {"USD": dollars},
    }


def _whole(name: str, text: str, most: int | None) -> int:
    """Return a number from 1 on; raises CoinMarketCap's error for what is none."""
    if not re.fullmatch("0*[1-9][0-9]{0,8}", text):
        raise _error(f'"{name}" must be a number larger than or equal to 1')
    if most and int(text) > most:
        raise _error(f'"{name}" must be less than or equal to {most}')
    return int(text)


def _error(sentence: str) -> Refusal:
    return Refusal(400, {"detail": sentence})
