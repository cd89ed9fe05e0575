"""A query whose rows are parts of one JSON: kept where few, streamed where many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from serving import streams
from serving.database import Database
from serving.kept import Answer


@dataclass(frozen=True)
class Lines:
    """Rows of one column, `line`; the text has commas between them, and `ends`.

    Where there are no rows, `nothing` stands between the ends.
    """

    query: str
    values: Sequence[Any]
    ends: tuple[str, str] = ("[", "]")
    nothing: str = ""

    async def whole(self, database: Database) -> Answer:
        """Return all of it at once."""
        query = f"select string_agg(line, ',') from ({self.query}) as lines"  # noqa: S608 - ours
        ((text,),) = (await database.fetch(query, self.values)).rows
        first, last = self.ends
        return Answer(f"{first}{text or self.nothing}{last}".encode())

    async def stream(self, request: Request) -> Response:
        """Answer it at flat memory, however long it is."""
        first, last = (end.encode() for end in self.ends)
        return await streams.stream_json(
            request, self.query, self.values, (first, last), self.nothing.encode()
        )
