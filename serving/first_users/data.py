"""`/data`: the readings of one turbine, which is set where there are several."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from serving import readings, times
from serving.api.documented import REFUSALS
from serving.first_users import TAGS
from serving.refusals import Refusal, unknown

router = APIRouter(tags=TAGS, responses=REFUSALS)


@router.get("/data", responses={400: {"description": "No column is known."}})
async def data(
    request: Request,
    start_timestamp: Annotated[
        str | None, Query(description="The first, inclusive.", examples=["2024-05-20"])
    ] = None,
    end_timestamp: Annotated[
        str | None, Query(description="Where they end, exclusive.")
    ] = None,
    columns: Annotated[
        list[str] | None,
        Query(description="Each in a parameter of its own; without any, all."),
    ] = None,
) -> Response:
    """Return rows of readings, oldest first."""
    asked = readings.Asked(
        await _turbine(request),
        times.instant("start_timestamp", start_timestamp),
        times.instant("end_timestamp", end_timestamp),
        columns,
    )
    return await readings.rows(request, asked)


@router.get("/data/{reading_id}")
async def one(request: Request, reading_id: int) -> Response:
    """Return the row of an id."""
    return await readings.row(request, await _turbine(request), reading_id)


async def _turbine(request: Request) -> str:
    """Return the turbine that is set, else the only one; raises a 422 for several."""
    chosen = request.app.state.settings.turbine
    if chosen:
        return chosen
    known = await readings.turbines(request.app.state.database)
    if not known:
        raise unknown("There are no readings of any turbine yet.")
    if len(known) > 1:
        sentence = (
            f"There are several turbines, {', '.join(known)}: set "
            "SERVING_PLANT_TURBINE to one of them, or ask /plant/{turbine}/data."
        )
        raise Refusal(422, {"detail": sentence, "known": known})
    return known[0]
