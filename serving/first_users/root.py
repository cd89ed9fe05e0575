"""`/`: a page for people, a message for programs, and the ranking of a minute."""

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from serving import times
from serving.answers import encode, number, reply
from serving.api.documented import REFUSALS
from serving.database import Database
from serving.first_users import TAGS
from serving.kept import Answer
from serving.refusals import unfit, unknown

router = APIRouter(tags=TAGS, responses=REFUSALS)

PAGE = Path(__file__).with_name("landing.html").read_bytes()
MESSAGE = "The warehouse's marts over HTTP: /docs names all addresses."
HEADING = ("Rank", "Symbol", "Price USD")
ANSWERS = {"application/json": {}, "application/csv": {}, "text/html": {}}
MOST = 10**6
SNAPSHOT = """
select max(snapshot_at) from marts.fct_coin_ranks_1m
where snapshot_at <= coalesce(%s, now())
"""
RANKS = """
select coin_rank, symbol, price_usd from marts.fct_coin_ranks_1m
where snapshot_at = %s and coin_rank <= %s
order by coin_rank
"""


@router.get("/", responses={200: {"content": ANSWERS}})
async def root(
    request: Request,
    limit: Annotated[
        int | None,
        Query(ge=1, description="So many coins, the most traded first.", examples=[10]),
    ] = None,
    at: Annotated[
        str | None,
        Query(alias="datetime", description="The newest snapshot at or before it."),
    ] = None,
    form: Annotated[
        str | None, Query(alias="format", description="JSON or CSV, in any case.")
    ] = None,
) -> Response:
    """Answer the top list by `limit`; without it a message, or a page to a browser."""
    if limit is not None:
        is_csv = (form or "").upper() == "CSV"
        return await _top(request, limit, times.instant("datetime", at), is_csv)
    if at is not None or form is not None:
        raise unfit("limit is missing: ask for so many coins, such as limit=10.")
    headers = {"cache-control": "no-cache", "vary": "accept"}
    if _wants_page(request.headers.get("accept", "")):
        return Response(PAGE, 200, headers, "text/html")
    return Response(encode({"message": MESSAGE}), 200, headers, "application/json")


def _wants_page(accept: str) -> bool:
    """Return whether HTML is asked for, and before JSON."""
    return "text/html" in accept.lower().partition("application/json")[0]


async def _top(
    request: Request, limit: int, at: datetime | None, is_csv: bool
) -> Response:
    async def make(database: Database) -> Answer:
        ((snapshot,),) = (await database.fetch(SNAPSHOT, [at])).rows
        if snapshot is None:
            raise unknown(await _before_the_first(database))
        rows = (await database.fetch(RANKS, [snapshot, min(limit, MOST)])).rows
        headers = (("x-snapshot-at", f"{snapshot:%Y-%m-%dT%H:%M:%SZ}"),)
        if is_csv:
            return Answer(_csv(rows), "application/csv", headers)
        coins = [
            dict(zip(HEADING, (rank, symbol, number(price)), strict=True))
            for rank, symbol, price in rows
        ]
        return Answer(encode(coins), headers=headers)

    is_closed = at is not None and at <= times.now()
    return await reply(
        request,
        ("fct_coin_ranks_1m",),
        make,
        is_closed=is_closed,
        of_now=at is None,
        varies=(),
    )


async def _before_the_first(database: Database) -> str:
    query = "select min(snapshot_at) from marts.fct_coin_ranks_1m"
    ((first,),) = (await database.fetch(query)).rows
    if first is None:
        return "There is no snapshot of the ranks yet."
    return (
        f"There is no snapshot of the ranks before {first:%Y-%m-%dT%H:%MZ}, the first."
    )


def _csv(rows: list[tuple]) -> bytes:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(HEADING)
    writer.writerows(rows)
    return written.getvalue().encode()
