"""The one way from a request to bytes: the tag, what is kept, else the query."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from fastapi import Request
from starlette.responses import Response

from serving import times
from serving.database import Database, Rows
from serving.kept import Answer, Kept

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
    varies: Sequence[str] = ("accept",),
) -> Response:
    """Answer from what is kept, or by `make`, tagged by how far `models` are built.

    An answer `of_now` changes by itself: its tag has the minute. A range that
    `is_closed` may be kept by the client for a minute.
    """
    database: Database = request.app.state.database
    kept: Kept = request.app.state.kept
    scope = request.scope
    asked = [scope["path"], scope["query_string"].decode()]
    key = "|".join([*asked, *(request.headers.get(name, "") for name in varies)])
    # the version before the rows: they may be newer than their tag, never older
    version = await database.versions(models)
    minute = f"{times.now():%Y-%m-%dT%H:%M}" if of_now else ""
    digest = hashlib.blake2b(f"{key}|{version}|{minute}".encode(), digest_size=12)
    tag = f'"{digest.hexdigest()}"'
    headers = {"etag": tag, "cache-control": CLOSED if is_closed else LIVE}
    headers["vary"] = ", ".join(varies)
    if tag in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    answer = kept.get(key, tag)
    if answer is None:
        answer = await make(database)
        kept.put(key, tag, answer)
    return Response(
        answer.body,
        200,
        {**headers, **dict(answer.headers)},
        answer.media_type,
    )


def as_objects(rows: Rows, *, as_numbers: bool = False) -> bytes:
    """Return rows as a JSON list of objects; exact numbers as text, or as numbers."""
    names = rows.names
    found = plain(rows) if as_numbers else rows.rows
    return encode([dict(zip(names, row, strict=True)) for row in found])


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
