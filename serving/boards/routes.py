"""`/boards`: the list, a board, a panel's rows as a page, its figure as JSON."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlencode

import psycopg
from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from serving.answers import reply
from serving.boards import NAMES, board_of, pages
from serving.boards.board import Board, Panel, Values, offers, texts
from serving.database import Database
from serving.kept import Answer
from serving.refusals import Refusal, of_database, unknown

FOR_GOOD = "public, max-age=31536000, immutable"
MAY = """
select bool_and(coalesce(
    has_table_privilege(to_regclass('marts.' || name), 'select'), false
))
from unnest(%s::text[]) as wanted (name)
"""


class Page(APIRoute):
    """An address that people look at: what it refuses it says on a page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, with refusals as pages."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await inner(request)
            except psycopg.Error as error:
                refusal = of_database(error)
            except Refusal as error:
                refusal = error
            if not _wants_page(request):
                raise refusal
            return _refused(refusal)

        return handle


router = APIRouter(prefix="/boards", route_class=Page, include_in_schema=False)


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _refused(refusal: Refusal) -> Response:
    body = refusal.body if isinstance(refusal.body, dict) else {}
    known = f" There are: {', '.join(body['known'])}." if "known" in body else ""
    page = pages.html(
        "refused",
        refusal.status,
        name="",
        title="Nothing to show",
        boards=(),
        sentence=f"{body.get('detail', 'The service failed.')}{known}",
    )
    page.headers.update(refusal.headers)
    return page


@router.get("")
async def boards(request: Request) -> Response:
    """Return the list of boards."""
    names = await _names(request.app.state.database)
    shown = {name: board_of(name) for name in names}
    return pages.html("list", name="", title="Boards", boards=names, shown=shown)


@router.get("/assets/{name}")
async def asset(request: Request, name: str) -> Response:
    """Return a file that pages load, by the name that says what it holds."""
    found = next((each for each in pages.ASSETS if pages.hashed(each) == name), None)
    if found is None:
        raise unknown(f"There is no file {name!r}: load the page anew.")
    body, compressed, kind = pages.asset(found)
    headers = {"cache-control": FOR_GOOD, "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        body = compressed
    return Response(body, 200, headers, kind)


@router.get("/{name}")
async def board(request: Request, name: str) -> Response:
    """Return a board's page; its script asks for the panels."""
    database: Database = request.app.state.database
    found = await _board(database, name)
    offered = {each.name: await offers(database, each) for each in found.filters}
    asked = await found.asked(database, request.query_params, offered)
    return pages.html(
        "board",
        name=name,
        title=found.title,
        boards=await _names(database),
        board=found,
        offers=offered,
        texts=texts(asked),
        query=urlencode({key: text for key, text in texts(asked).items() if text}),
        theme=pages.theme(),
    )


@router.get("/{name}/{panel}.json")
async def figure(request: Request, name: str, panel: str) -> Response:
    """Return what a panel shows: sentences, and a figure or a table."""
    asked, shown = await _panel(request, name, panel)
    of_now = bool(shown.newest) or shown.is_of_now
    is_kept = not board_of(name).needs

    async def make(database: Database) -> Answer:
        found = await shown.find(database, asked)
        return Answer(pages.figure(shown, found))

    return await reply(
        request,
        shown.models_of(asked),
        make,
        of_now=of_now,
        is_kept=is_kept,
        varies=(),
    )


@router.get("/{name}/{panel}")
async def rows(request: Request, name: str, panel: str) -> Response:
    """Return a panel's rows as a table on a page of its own."""
    database: Database = request.app.state.database
    asked, shown = await _panel(request, name, panel)
    found = await shown.find(database, asked)
    return pages.html(
        "panel",
        name=name,
        title=shown.title,
        boards=await _names(database),
        panel=shown,
        query=request.url.query,
        sentences=shown.sentences(found),
        table=pages.table(found, shown.title),
    )


async def _names(database: Database) -> list[str]:
    """Return the boards whose marts the reader may see."""
    return [name for name in NAMES if await _is_shown(database, name)]


async def _is_shown(database: Database, name: str) -> bool:
    needs = board_of(name).needs
    return not needs or (await database.fetch(MAY, [list(needs)])).rows[0][0]


async def _board(database: Database, name: str) -> Board:
    """Return a board; raises a 404 that names those that there are."""
    if name not in NAMES or not await _is_shown(database, name):
        raise unknown(f"There is no board {name!r}.", await _names(database))
    return board_of(name)


async def _panel(request: Request, name: str, panel: str) -> tuple[Values, Panel]:
    """Return a panel and what is asked of it; raises a 404."""
    database: Database = request.app.state.database
    found = await _board(database, name)
    if panel not in found.panels:
        raise unknown(f"There is no {panel!r} on this board.", found.panels)
    return await found.asked(database, request.query_params), found.panels[panel]
