"""The application: its addresses, its guard, what it holds while it runs."""

import gc
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware

from serving import metrics
from serving.answers import Keeping
from serving.api import routers
from serving.api.documented import EVERYWHERE
from serving.database import Database
from serving.first_users.update import Updates
from serving.guard import KEY_HEADERS, Guard, Metrics
from serving.kept import Kept
from serving.refusals import HANDLERS
from serving.settings import Settings
from serving.streams import Slots

DESCRIPTION = """
What the warehouse's marts hold, exact and in UTC. Numbers that are exact come as text,
or as JSON numbers with `numbers=number`. Long lists have a `Link` to their next page;
`format=csv`, `ndjson`, `arrow` and `parquet` give all rows at once.
"""

COLLECTED = 50_000
"""So many objects are made between two looks for cycles."""


def make_app(
    settings: Settings,
    database: Database | None = None,
    given: Mapping[str, str] | None = None,
) -> FastAPI:
    """Return the application; nothing is connected before it starts.

    `given` is the environment without what `.env` adds, for processes of their own.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # what stands now stays, else each full collection looks at all of it; and an
        # answer's rows go by themselves
        gc.collect()
        gc.freeze()
        gc.set_threshold(COLLECTED)
        async with app.state.database.opened():
            yield

    app = FastAPIOffline(
        title="Tickhouse",
        description=DESCRIPTION,
        version="1",
        lifespan=lifespan,
        exception_handlers=HANDLERS,
        responses=EVERYWHERE,
        separate_input_output_schemas=False,
        # else it sends what it shows to another host
        swagger_ui_parameters={"validatorUrl": None},
    )
    app.state.settings = settings
    database = app.state.database = database or Database()
    kept = app.state.kept = Kept()
    app.state.slots = Slots()
    app.state.updates = Updates(dict(os.environ) if given is None else given)
    measured = app.state.metrics = Metrics()
    # what is added last is asked first
    app.add_middleware(Keeping, kept=kept, database=database)
    app.add_middleware(Guard, settings=settings, metrics=measured)
    if settings.origins:
        # a browser asks beforehand without a key
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET"],
            allow_headers=["authorization", *KEY_HEADERS],
            expose_headers=["etag", "link", "retry-after", "x-snapshot-at"],
        )
    for router in (metrics.router, *routers()):
        app.include_router(router)
    return app
