"""A turbine's readings as rows of a time each: an answer, or a stream at flat memory.

Two addresses share it: the plant's own, which wraps a row as `{"Data": {...}}`, and the
first users', which does not. A row is

    {"id": 1716163200000, "timestamp": "2024-05-20T00:00:00", "power": 1.5, "yaw": null}

whose id is its time in Unix milliseconds and whose timestamp is in UTC without saying
so; then come the turbine's signals, null where none was read.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from fastapi import Request
from starlette.responses import Response

from serving import answers, streams, times
from serving.database import Database
from serving.kept import Answer
from serving.pivot import ROWS, SIGNALS, TURBINES
from serving.refusals import Refusal, unknown

MODELS = ("fct_turbine_readings_1m",)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
MOST_AT_ONCE = timedelta(days=1)
"""So much of a range is read by a query; a range that is no longer is no stream."""


@dataclass(frozen=True)
class Asked:
    """What is asked of a turbine: its rows in `[start, end)`, None for an open end.

    `columns` are the names of a row's fields, each row having its timestamp anyway;
    without any a row comes whole.
    """

    turbine: str
    start: datetime | None = None
    end: datetime | None = None
    columns: Sequence[str] | None = None
    is_wrapped: bool = False


async def rows(request: Request, asked: Asked) -> Response:
    """Answer the rows, oldest first; of more than a day as a stream.

    Of `columns` those that the turbine has, in the rows at which one of them was read;
    raises a 400 where it has none of them, and a 404 for a turbine without readings.
    """

    async def make(database: Database) -> Answer:
        values = await _values(database, asked)
        found = (await database.fetch(ROWS, values)).rows
        return Answer(f"[{found[0][1] or ''}]".encode())

    start, end = asked.start, asked.end
    if start is None or end is None or end - start > MOST_AT_ONCE:
        database: Database = request.app.state.database
        chunks = _chunks(database.url, await _values(database, asked))
        return await streams.sent(request, chunks, Answer(b"").media_type)
    return await answers.reply(request, MODELS, make, is_closed=end <= times.now())


async def row(request: Request, turbine: str, reading_id: int) -> Response:
    """Answer the row of an id, whole and never wrapped; raises a 404 without one."""
    try:
        start = EPOCH + timedelta(milliseconds=reading_id)
        asked = Asked(turbine, start, start + timedelta(milliseconds=1))
    except OverflowError:
        raise Refusal(404, {"detail": "Data not found"}) from None

    async def make(database: Database) -> Answer:
        found = await database.fetch(ROWS, await _values(database, asked))
        if found.rows[0][1] is None:
            raise Refusal(404, {"detail": "Data not found"})
        return Answer(found.rows[0][1].encode())

    return await answers.reply(request, MODELS, make)


async def turbines(database: Database) -> list[str]:
    """Return the turbines that have readings."""
    return [name for (name,) in (await database.fetch(TURBINES)).rows]


async def _values(database: Database, asked: Asked) -> dict[str, Any]:
    """Return the parameters of the query."""
    found = await database.fetch(SIGNALS, {"turbine": asked.turbine})
    signals = [name for (name,) in found.rows]
    if not signals:
        known = await turbines(database)
        raise unknown(f"There are no readings of {asked.turbine!r}.", known)
    fields = ("id", "timestamp", *signals)
    wanted = [name for name in asked.columns or fields if name in fields]
    if not wanted:
        raise Refusal(400, {"detail": "Invalid column names"})
    shown = [name for name in signals if name in wanted]
    return {
        "turbine": asked.turbine,
        "start": asked.start or FIRST,
        "end": asked.end or LAST,
        "width": MOST_AT_ONCE,
        "read": shown or signals,
        "shown": shown,
        "nulls": answers.encode(dict.fromkeys(shown)).decode(),
        "has_id": "id" in wanted,
        "before": '{"Data": ' if asked.is_wrapped else "",
        "after": "}" if asked.is_wrapped else "",
    }


def _chunks(url: str, values: dict[str, Any]) -> Iterator[bytes]:
    """Yield a JSON list of all rows by the day, as they stood at one time."""
    with closing(psycopg.connect(url, options=streams.SESSION)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        lead = b"["
        while True:
            next_at, lines = connection.execute(ROWS, values).fetchone()
            if lines is None:
                break
            yield lead + lines.encode()
            lead = b","
            values = {**values, "start": next_at}
        yield b"]" if lead == b"," else b"[]"
