"""Wind turbines: what their signals came to in each ten minutes."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from serving.api.asked import InstantsAsked, PageAsked
from serving.api.documented import REFUSALS, rows_of
from serving.database import Database
from serving.listing import Listing, listed
from serving.refusals import unknown

router = APIRouter(prefix="/v1/turbines", tags=["turbines"], responses=REFUSALS)

SIGNALS = Listing(
    "fct_turbine_signals_10m",
    {
        "window_started_at": "time",
        "turbine_id": "text",
        "signal": "text",
        "mean_value": "double",
        "min_value": "double",
        "max_value": "double",
        "std_value": "double",
        "circular_mean_value": "double",
        "circular_std_value": "double",
        "sample_count": "integer",
        "expected_count": "integer",
        "coverage": "double",
        "is_out_of_range": "boolean",
        "is_stuck": "boolean",
        "is_incomplete": "boolean",
        "updated_at": "time",
    },
    ("window_started_at", "signal"),
)
KNOWN = "select distinct turbine_id, signal from marts.dim_signals"


@router.get("/{turbine_id}/signals", responses=rows_of(SIGNALS))
async def signals(
    request: Request,
    turbine_id: Annotated[
        str, Path(description="What the plant calls it.", examples=["T01"])
    ],
    page: PageAsked,
    span: InstantsAsked,
    signal: Annotated[
        str | None,
        Query(description="Such as wind_speed; else all.", examples=["wind_speed"]),
    ] = None,
) -> Response:
    """Return mean, least, greatest and deviation of each ten minutes, and their flags.

    One row per window and signal: whoever plots a mean sees whether to believe it.
    """
    # beforehand, since no index tells soon that a turbine has no windows
    await check_signal(request.app.state.database, turbine_id, signal)
    asked = page.asked()
    asked.add("turbine_id = %s", turbine_id)
    asked.add("signal = %s", signal)
    span.narrow(asked, "window_started_at")
    return await listed(request, SIGNALS, asked)


async def check_signal(
    database: Database, turbine_id: str, signal: str | None = None
) -> None:
    """Raise a 404 for a turbine or a signal of it that there is not."""
    known = (await database.fetch(KNOWN)).rows
    turbines = {name for name, _ in known}
    if turbine_id not in turbines:
        raise unknown(f"There is no turbine {turbine_id!r}.", turbines)
    its = [name for turbine, name in known if turbine == turbine_id]
    if signal is not None and signal not in its:
        raise unknown(f"Turbine {turbine_id} has no signal {signal!r}.", its)
