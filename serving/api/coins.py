"""Coins by what was traded of them: the ranking of a minute, and a coin's own."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from serving import times
from serving.api.asked import A_TIME, InstantsAsked, PageAsked
from serving.api.documented import REFUSALS, rows_of
from serving.database import Database
from serving.listing import MOST, Listing, listed
from serving.refusals import unknown

router = APIRouter(prefix="/v1/coins", tags=["coins"], responses=REFUSALS)

COLUMNS = {
    "snapshot_at": "time",
    "coin_rank": "integer",
    "coin_id": "integer",
    "symbol": "text",
    "coin_name": "text",
    "price_usd": "exact",
    "volume_24h_usd": "exact",
    "source_rank": "integer",
    "previous_rank": "integer",
    "rank_change": "integer",
    "previous_snapshot_at": "time",
    "priced_at": "time",
    "ranked_at": "time",
    "price_updated_at": "time",
    "volume_updated_at": "time",
    "skew_seconds": "exact",
    "price_age_seconds": "exact",
    "volume_age_seconds": "exact",
    "price_missing_count": "integer",
    "rank_missing_count": "integer",
    "updated_at": "time",
}
TOP = Listing("fct_coin_ranks_1m", COLUMNS, ("snapshot_at", "coin_rank"))
RANKS = Listing("fct_coin_ranks_1m", COLUMNS, ("snapshot_at",))
NEWEST = """
snapshot_at = (
    select max(snapshot_at) from marts.fct_coin_ranks_1m where snapshot_at <= %s
)
"""
FIRST = """
select min(snapshot_at), min(snapshot_at) <= %s from marts.fct_coin_ranks_1m
"""
IS_KNOWN = (
    "select exists (select 1 from marts.fct_coin_ranks_1m where coin_id = %s::bigint)"
)
KNOWN = """
select coin_id || ' ' || symbol from marts.rpt_top_coins order by coin_rank limit 50
"""


@router.get("/top", responses=rows_of(TOP))
async def top(
    request: Request,
    page: PageAsked,
    n: Annotated[
        int, Query(ge=1, le=MOST, description="How many coins.", examples=[10])
    ] = 200,
    at: Annotated[
        str | None,
        Query(
            description="The time that the ranking is wanted for; else now.",
            json_schema_extra=A_TIME,
        ),
    ] = None,
) -> Response:
    """Return the most traded coins by rank, of the newest snapshot at or before `at`.

    The minute that it is of stands in `snapshot_at`; all pages are of the same one.
    """
    asked = page.asked()
    when = times.instant("at", at)
    asked.of_now = when is None and page.cursor is None
    if page.cursor:
        when, _ = TOP.position(page.cursor)
    when = when or times.now()
    asked.add(NEWEST, when)
    asked.add("coin_rank <= %s", n)
    asked.check = lambda database: _check_snapshot(database, when)
    return await listed(request, TOP, asked)


@router.get("/{coin_id}/ranks", responses=rows_of(RANKS))
async def ranks(
    request: Request,
    coin_id: Annotated[
        str, Path(description="CoinMarketCap's number of the coin.", examples=["1"])
    ],
    page: PageAsked,
    span: InstantsAsked,
) -> Response:
    """Return a coin's prices and ranks minute by minute; else the newest ones."""
    if not coin_id.isdecimal():
        await _check_coin(request.app.state.database, coin_id)
    asked = page.asked()
    asked.add("coin_id = %s::bigint", coin_id)
    span.narrow(asked, "snapshot_at")
    asked.check = lambda database: _check_coin(database, coin_id)
    return await listed(request, RANKS, asked)


async def _check_snapshot(database: Database, when: datetime | str) -> None:
    """Raise a 404 before the first snapshot, which it names."""
    ((first, has_begun),) = (await database.fetch(FIRST, [when])).rows
    if not has_begun:
        known = [f"from {first:%Y-%m-%dT%H:%MZ} on"] if first else []
        raise unknown("There is no ranking at or before that time.", known)


async def _check_coin(database: Database, coin_id: str) -> None:
    """Raise a 404 for a coin that was never ranked; it names those of now."""
    if coin_id.isdecimal() and (await database.fetch(IS_KNOWN, [coin_id])).rows[0][0]:
        return
    known = [name for (name,) in (await database.fetch(KNOWN)).rows]
    raise unknown(f"There are no ranks of a coin {coin_id!r}: give its id.", known)
