"""The one way from a request to bytes: the tag, what is kept, else the query."""

from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from itertools import starmap
from typing import Any

import msgspec
import psycopg
from fastapi import Request
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.database import Database, Rows
from serving.kept import Answer, Asked, Kept

LIVE = "no-cache"
CLOSED = "max-age=60"

encode = msgspec.json.encode
NUMERIC = 1700


async def reply(
    request: Request,
    models: Sequence[str],
    make: Callable[[Database], Awaitable[Answer]],
    *,
    is_closed: bool = False,
    of_now: bool = False,
    is_kept: bool = True,
    varies: Sequence[str] = ("accept",),
) -> Response:
    """Answer by `make`, tagged by how far `models` are built, and keep what it made.

    An answer `of_now` changes by itself: its tag has the minute. A range that
    `is_closed` may be kept by the client for a minute. It `varies` by these headers.
    What a grant may be taken from is not kept here, since what is kept asks for none.
    """
    database: Database = request.app.state.database
    kept: Kept = request.app.state.kept
    asked = Asked(
        tuple(models),
        of_now,
        tuple(varies),
        CLOSED if is_closed else LIVE,
        request.scope["route"].path,
    )
    address = _address(request.scope)
    # the version before the rows: they may be newer than their tag, never older
    version = await database.versions(asked.models)
    tag = asked.tag(address, request.headers, version)
    if tag in request.headers.get("if-none-match", ""):
        return _not_modified(asked, tag)
    answer = await make(database)
    if is_kept:
        kept.put(address, asked, tag, answer)
    return _whole(asked, tag, answer)


class Keeping:
    """Answers what is kept before the application looks at the request.

    One look at the marts' versions is all that it takes.
    """

    def __init__(self, app: ASGIApp, kept: Kept, database: Database) -> None:
        self.app = app
        self.kept = kept
        self.database = database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        response = await self._kept(scope) if scope["type"] == "http" else None
        await (response or self.app)(scope, receive, send)

    async def _kept(self, scope: Scope) -> Response | None:
        if scope["method"] != "GET":
            return None
        address = _address(scope)
        found = self.kept.get(address)
        if found is None:
            return None
        asked, tag, answer = found
        headers = Headers(scope=scope)
        try:
            version = await self.database.versions(asked.models)
        except psycopg.Error:
            return None
        if asked.tag(address, headers, version) != tag:
            return None
        scope["answered_by"] = asked.route
        if tag in headers.get("if-none-match", ""):
            return _not_modified(asked, tag)
        return _whole(asked, tag, answer)


def as_objects(rows: Rows, *, as_numbers: bool = False) -> bytes:
    """Return rows as a JSON list of objects; exact numbers as text, or as numbers."""
    found = plain(rows) if as_numbers else rows.rows
    return encode(list(starmap(_kind(*rows.names), found)))


@cache
def _kind(*names: str) -> type[msgspec.Struct]:
    """Return a type of these fields, which is made and written faster than a dict."""
    return msgspec.defstruct("Row", names, gc=False)


def plain(rows: Rows) -> list[list[Any]]:
    """Return rows whose exact numbers are JSON numbers of the same digits."""
    exact = [kind == NUMERIC for kind in rows.types]
    return [
        [
            number(value) if is_exact else value
            for value, is_exact in zip(row, exact, strict=True)
        ]
        for row in rows.rows
    ]


def number(text: str | None) -> msgspec.Raw | None:
    """Return exact digits as a JSON number; NaN and infinity are null."""
    return None if text is None or text[-1].isalpha() else msgspec.Raw(text.encode())


def _address(scope: Scope) -> str:
    return f"{scope['path']}?{scope['query_string'].decode('latin-1')}"


def _headers(asked: Asked, tag: str) -> dict[str, str]:
    varies = ", ".join(asked.varies)
    headers = {"etag": tag, "cache-control": asked.cache_control}
    return {**headers, "vary": varies} if varies else headers


def _not_modified(asked: Asked, tag: str) -> Response:
    return Response(None, 304, _headers(asked, tag))


def _whole(asked: Asked, tag: str, answer: Answer) -> Response:
    headers = {**_headers(asked, tag), **dict(answer.headers)}
    return Response(answer.body, 200, headers, answer.media_type)
