"""A mart as a list that is asked for page by page, or streamed whole."""

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from serving import answers, streams
from serving.database import Database, Rows
from serving.kept import Answer
from serving.refusals import unfit

PAGE = 500
MOST = 5000

Numbers = Literal["text", "number"]
MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}


@dataclass(frozen=True)
class Listing:
    """Columns of a mart, in the order of a key that no two rows share.

    `columns` maps each name to its kind: text, integer, exact, double, boolean, time
    or day. `models` are the marts whose versions an answer depends on, `source` is what
    gives the rows where it is not the mart itself.
    """

    mart: str
    columns: dict[str, str]
    key: tuple[str, ...]
    models: tuple[str, ...] = ()
    source: str = ""

    @property
    def all_models(self) -> tuple[str, ...]:
        """Return the marts that an answer depends on."""
        return self.models or (self.mart,)

    def select(self, where: Sequence[str], order: str = "") -> str:
        """Return the query of all columns for what fits."""
        return (
            f"select {', '.join(self.columns)} "  # noqa: S608 - names of ours
            f"from {self.source or f'marts.{self.mart}'} "
            f"where {' and '.join(where) or 'true'} {order}"
        )

    def order(self, direction: str = "") -> str:
        """Return how rows follow each other."""
        return "order by " + ", ".join(f"{name} {direction}" for name in self.key)

    def position(self, cursor: str) -> list[str]:
        """Return the key of the row before a page; raises a 422 for none of ours."""
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            found = json.loads(base64.urlsafe_b64decode(padded.encode()))
            if not isinstance(found, list) or len(found) != len(self.key):
                raise ValueError
            return [str(value) for value in found]
        except (ValueError, binascii.Error):
            raise unfit(
                "cursor is none of ours: take the address of rel=next from the "
                "header Link."
            ) from None


@dataclass
class Asked:
    """What is asked of a listing: conditions with their values, and in which form."""

    limit: int = PAGE
    cursor: str | None = None
    form: str = "json"
    as_numbers: bool = False
    newest: bool = False
    """Whether the newest rows are wanted, where no cursor says where to go on."""
    is_closed: bool = False
    of_now: bool = False
    check: Callable[[Database], Awaitable[None]] | None = None
    """Raises for what is not known; asked where there are no rows, and for streams."""
    where: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, condition: str, value: Any) -> None:  # noqa: ANN401 - any parameter
        """Ask for rows that fit, unless the value is None."""
        if value is not None:
            self.where.append(condition)
            self.values.append(value)


def form_of(request: Request, given: str | None) -> str:
    """Return the format that is asked for by name, else by the header Accept."""
    if given:
        if given.lower() not in MEDIA_TYPES:
            raise unfit(f"format {given!r} is not known: {', '.join(MEDIA_TYPES)} are.")
        return given.lower()
    for part in request.headers.get("accept", "").split(","):
        name = part.split(";")[0].strip().lower()
        for form, media_type in MEDIA_TYPES.items():
            if name == media_type.split(";")[0]:
                return form
    return "json"


async def listed(request: Request, listing: Listing, asked: Asked) -> Response:
    """Answer a page as JSON with a link to the next, or a stream of all rows."""
    if asked.form != "json":
        if asked.check:
            await asked.check(request.app.state.database)
        query = listing.select(asked.where, listing.order())
        return await streams.stream(
            request, listing.columns, query, asked.values, asked.form, asked.as_numbers
        )

    async def make(database: Database) -> Answer:
        rows = await _page(database, listing, asked)
        if not rows.rows and asked.check:
            await asked.check(database)
        has_more = len(rows.rows) > asked.limit
        if asked.newest and not asked.cursor:
            rows.rows = rows.rows[: asked.limit][::-1]
            has_more = False
        rows.rows = rows.rows[: asked.limit]
        headers = (_link(request, listing, rows),) if has_more else ()
        body = answers.as_objects(rows, as_numbers=asked.as_numbers)
        return Answer(body, headers=headers)

    return await answers.reply(
        request,
        listing.all_models,
        make,
        is_closed=asked.is_closed,
        of_now=asked.of_now,
    )


async def _page(database: Database, listing: Listing, asked: Asked) -> Rows:
    where, values = list(asked.where), list(asked.values)
    direction = ""
    if asked.cursor:
        after = listing.position(asked.cursor)
        where.append(f"({', '.join(listing.key)}) > ({_holders(listing)})")
        values += after
    elif asked.newest:
        direction = "desc"
    query = listing.select(where, f"{listing.order(direction)} limit %s")
    return await database.fetch(query, [*values, asked.limit + 1])


def _holders(listing: Listing) -> str:
    kinds = {"time": "timestamptz", "day": "date", "integer": "bigint"}
    return ", ".join(
        f"%s::{kinds.get(listing.columns[name], 'text')}" for name in listing.key
    )


def _link(request: Request, listing: Listing, rows: Rows) -> tuple[str, str]:
    last = dict(zip(rows.names, rows.rows[-1], strict=True))
    text = answers.encode([last[name] for name in listing.key])
    cursor = base64.urlsafe_b64encode(text).decode().rstrip("=")
    query = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name != "cursor"
    ]
    return "link", (
        f'<{request.url.path}?{urlencode([*query, ("cursor", cursor)])}>; rel="next"'
    )
