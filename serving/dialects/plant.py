"""A wind plant's readings, as its own API serves them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from serving import readings, times
from serving.api.documented import REFUSALS

router = APIRouter(prefix="/plant", tags=["dialect: plant"], responses=REFUSALS)

Time = Annotated[
    str | None,
    Query(description="ISO 8601; UTC if it doesn't say.", examples=["2024-05-20"]),
]
Turbine = Annotated[str, Path(examples=["T01"])]
Turbine = Annotated[str, Path(description="Its name there.", examples=["T01"])]


@router.get("/{turbine}/data")
async def data(
    request: Request,
    turbine: Turbine,
    start_timestamp: Time = None,
    end_timestamp: Time = None,
    columns: Annotated[
        list[str] | None,
        Query(description="Fields, each in a parameter of its own; else rows whole."),
    ] = None,
) -> Response:
    """Return the rows from the start, inclusive, to the end, exclusive, oldest first.

    Without `columns` each is whole and wrapped as `Data`.
    """
    asked = readings.Asked(
        turbine,
        times.instant("start_timestamp", start_timestamp),
        times.instant("end_timestamp", end_timestamp),
        columns,
        is_wrapped=not columns,
    )
    return await readings.rows(request, asked)


@router.get("/{turbine}/data/{reading_id}")
async def one(request: Request, turbine: Turbine, reading_id: int) -> Response:
    """Return the row of an id, whole."""
    return await readings.row(request, turbine, reading_id)
