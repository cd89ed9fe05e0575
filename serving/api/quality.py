"""What is missing, and how the service, its marts and their sources are."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from serving.answers import encode, reply
from serving.api.asked import PageAsked
from serving.api.documented import REFUSALS, one, rows_of
from serving.database import Database, Rows
from serving.kept import Answer
from serving.listing import Listing, listed
from serving.refusals import unknown

router = APIRouter(prefix="/v1", tags=["quality"], responses=REFUSALS)

GAPS = Listing(
    "rpt_gaps",
    {
        "system": "text",
        "series_key": "text",
        "gap_from": "time",
        "gap_to": "time",
        "missing_count": "integer",
        "is_source_gap": "boolean",
        "slot_seconds": "integer",
        "slot_count": "integer",
        "updated_at": "time",
    },
    ("system", "series_key", "gap_from"),
)
SYSTEMS = "select distinct system from marts.rpt_source_health"
IS_ASKED = """
select exists (
    select 1 from marts.fct_coverage_1d where system = any(%s) and series_key = %s
)
"""
SERIES = """
select distinct series_key from marts.fct_coverage_1d where system = any(%s) limit 50
"""
MARTS = {
    "model": "text",
    "version": "integer",
    "built_at": "time",
    "age_seconds": "integer",
}
AGES = """
select
    model, version, built_at,
    floor(extract(epoch from now() - built_at))::bigint as age_seconds
from marts.rpt_versions
order by model
"""
SOURCES = {
    "system": "text",
    "table_name": "text",
    "last_arrival_at": "time",
    "last_event_at": "time",
    "lag_seconds": "integer",
    "pages_24h": "integer",
    "bytes_24h": "integer",
    "failed_keys_24h": "integer",
}
HEALTH = f"select {', '.join(SOURCES)} from marts.rpt_source_health order by 2"  # noqa: S608 - names of ours
TIMES = ("last_arrival_at", "last_event_at", "lag_seconds")
HEALTHY = {
    "type": "object",
    "required": ["status", "marts", "sources"],
    "properties": {
        "status": {"const": "ok"},
        "marts": {"type": "array", "items": one(MARTS)},
        "sources": {"type": "array", "items": one(SOURCES, TIMES)},
    },
}


@router.get("/gaps", responses=rows_of(GAPS))
async def gaps(
    request: Request,
    page: PageAsked,
    system: Annotated[
        str | None, Query(description="Such as binance.", examples=["ecb"])
    ] = None,
    series: Annotated[
        str | None, Query(description="Such as BTCUSDT.", examples=["EUR"])
    ] = None,
) -> Response:
    """Return what is missing of what was asked for, by system, series and time."""
    system = system and system.lower()
    asked = page.asked()
    asked.add("system = %s", system)
    asked.add("series_key = %s", series)
    asked.check = lambda database: _check_series(database, system, series)
    return await listed(request, GAPS, asked)


@router.get(
    "/health",
    responses={200: {"content": {"application/json": {"schema": HEALTHY}}}},
)
async def health(request: Request) -> Response:
    """Return that the database answers, and how old marts and sources are; else 503.

    It asks for no key.
    """
    database: Database = request.app.state.database
    marts = await database.fetch(AGES)

    async def make(database: Database) -> Answer:
        sources = await database.fetch(HEALTH)
        body = {"status": "ok", "marts": _rows(marts), "sources": _rows(sources)}
        return Answer(encode(body))

    return await reply(request, [row[0] for row in marts.rows], make, of_now=True)


def _rows(rows: Rows) -> list[dict[str, object]]:
    return [dict(zip(rows.names, row, strict=True)) for row in rows.rows]


async def _check_series(
    database: Database, system: str | None, series: str | None
) -> None:
    """Raise a 404 for a system, or a series, that nothing was ever asked of."""
    systems = [name for (name,) in (await database.fetch(SYSTEMS)).rows]
    if system is not None and system not in systems:
        raise unknown(f"There is no system {system!r}.", systems)
    if series is None:
        return
    asked = systems if system is None else [system]
    if not (await database.fetch(IS_ASKED, [asked, series])).rows[0][0]:
        known = [name for (name,) in (await database.fetch(SERIES, [asked])).rows]
        raise unknown(f"There is no series {series!r}.", known)
