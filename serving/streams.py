"""Answers of any length at flat memory: CSV, JSON lines, Arrow, Parquet.

Rows come by COPY on a connection of their own. What breaks half-way ends without the
last chunk, so that a client sees that it is not whole.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
from fastapi import Request
from psycopg import pq
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from serving.refusals import NO_STORE, busy, of_database

if TYPE_CHECKING:
    import pyarrow as pa

AT_ONCE = 2
CHUNK = 256 * 2**10
STREAM_SECONDS = 600
BATCH = "adbc.postgresql.batch_size_hint_bytes"
CLIENT_SECONDS = 60
"""So long a chunk may take to be read by the client."""
SESSION = (
    f"-c statement_timeout={STREAM_SECONDS}s -c timezone=UTC -c datestyle=ISO "
    "-c default_transaction_read_only=on"
)
QUOTES = {
    "csv": "format csv, header",
    # characters that JSON does not hold, so that its lines come as they are
    "ndjson": r"format csv, quote e'\x01', delimiter e'\x02'",
}


class Slots:
    """How many streams may be under way."""

    def __init__(self, most: int = AT_ONCE) -> None:
        self.left = most

    def take(self) -> None:
        """Take one; raises a 503 where none is left."""
        if not self.left:
            raise busy("Two large answers are under way: ask again in 30 seconds.", 30)
        self.left -= 1

    def release(self) -> None:
        """Free it."""
        self.left += 1


class Stream(Response):
    """Chunks as they come; the slot is freed whatever happens."""

    def __init__(
        self, chunks: AsyncIterator[bytes], first: bytes, media_type: str, slots: Slots
    ) -> None:
        super().__init__(None, 200, dict(NO_STORE), media_type)
        del self.headers["content-length"]
        self.chunks = chunks
        self.first = first
        self.slots = slots

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all chunks; one that nobody takes for a minute ends it.

        So does a client that is gone, which the server itself would not say.
        """
        gone = asyncio.create_task(_gone(receive))
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
            )
            await self._send(send, self.first)
            async for chunk in self.chunks:
                if gone.done():
                    return
                await self._send(send, chunk)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            self.slots.release()
            await self.chunks.aclose()

    async def _send(self, send: Send, chunk: bytes) -> None:
        message = {"type": "http.response.body", "body": chunk, "more_body": True}
        await asyncio.wait_for(send(message), CLIENT_SECONDS)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def stream(
    request: Request,
    columns: Mapping[str, str],
    query: str,
    values: Sequence[Any],
    form: str,
    as_numbers: bool,
) -> Response:
    """Answer all rows of a query in a format, if a slot is free."""
    from serving.listing import MEDIA_TYPES

    made = _lines if form in QUOTES else _tables
    selected = _selected(columns, query, form, as_numbers)
    chunks = made(request.app.state.database.url, selected, values, form)
    return await sent(request, chunks, MEDIA_TYPES[form])


async def stream_json(
    request: Request,
    query: str,
    values: Sequence[Any],
    ends: tuple[bytes, bytes],
    nothing: bytes = b"",
) -> Response:
    """Answer a query's rows, each a part of one JSON text, with commas between them.

    They are between `ends`; where there are none, `nothing` does.
    """
    lines = _lines(request.app.state.database.url, query, values, "ndjson")
    return await sent(request, _joined(lines, ends, nothing), "application/json")


async def sent(request: Request, made: Iterator[bytes], media_type: str) -> Response:
    """Answer what an iterator gives, in a thread of its own, if a slot is free."""
    slots: Slots = request.app.state.slots
    slots.take()
    try:
        chunks = _in_thread(made)
        # what can't be asked is told with its status
        first = await anext(chunks, b"")
        return Stream(chunks, first, media_type, slots)
    except BaseException as error:
        slots.release()
        if isinstance(error, psycopg.Error):
            raise of_database(error) from error
        raise


async def _in_thread(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what an iterator gives in a thread, and close it at the end."""
    try:
        while chunk := await run_in_threadpool(next, chunks, b""):
            yield chunk
    finally:
        await run_in_threadpool(chunks.close)


def _selected(
    columns: Mapping[str, str], query: str, form: str, as_numbers: bool
) -> str:
    """Return the query with each column in the form that the format holds."""
    shown = []
    for name, kind in columns.items():
        column = f"rows.{name}"
        if kind == "time" and form in QUOTES:
            column = _iso(column)
        elif (kind == "boolean" and form == "csv") or (
            kind == "exact" and form == "ndjson" and not as_numbers
        ):
            column = f"{column}::text"
        elif kind == "exact" and form not in QUOTES:
            column += "::double precision" if as_numbers else "::text"
        shown.append(f"{column} as {name}")
    shaped = f"select {', '.join(shown)} from ({query}) as rows"  # noqa: S608 - names of ours
    if form == "ndjson":
        return f"select row_to_json(shaped) from ({shaped}) as shaped"  # noqa: S608 - as above
    return shaped


def _joined(
    lines: Iterator[bytes], ends: tuple[bytes, bytes], nothing: bytes
) -> Iterator[bytes]:
    before = ends[0]
    with closing(lines):
        for chunk in lines:
            yield before + chunk[:-1].replace(b"\n", b",")
            before = b","
    yield (ends[0] + nothing if before == ends[0] else b"") + ends[1]


def _iso(column: str) -> str:
    # in UTC, the session's zone
    return f"replace(replace({column}::text, ' ', 'T'), '+00', 'Z')"


def _lines(url: str, query: str, values: Sequence[Any], form: str) -> Iterator[bytes]:
    """Yield what COPY gives, collected to chunks; libpq's own calls, row by row."""
    with closing(psycopg.connect(url, autocommit=True, options=SESSION)) as connection:
        asked = psycopg.ClientCursor(connection).mogrify(query, values)
        connected = connection.pgconn
        result = connected.exec_(
            f"copy ({asked}) to stdout with ({QUOTES[form]})".encode()
        )
        if result.status != pq.ExecStatus.COPY_OUT:
            raise psycopg.errors.error_from_result(result)
        rows, size = [], 0
        while True:
            count, row = connected.get_copy_data(0)
            if count < 0:
                break
            rows.append(bytes(row))
            size += count
            if size >= CHUNK:
                yield b"".join(rows)
                rows, size = [], 0
        if count != -1:
            raise psycopg.OperationalError("COPY broke off")
        ended = connected.get_result()
        if ended is None or ended.status != pq.ExecStatus.COMMAND_OK:
            raise psycopg.OperationalError("COPY broke off")
        if rows:
            yield b"".join(rows)


def _tables(url: str, query: str, values: Sequence[Any], form: str) -> Iterator[bytes]:
    """Yield record batches as an Arrow stream or as row groups of Parquet."""
    # 31 MB that who asks for text alone does not pay
    import adbc_driver_postgresql.dbapi as adbc
    import pyarrow as pa

    with closing(psycopg.connect(url, autocommit=True)) as connection:
        asked = psycopg.ClientCursor(connection).mogrify(query, values)
    with (
        closing(adbc.connect(url, autocommit=True)) as connection,
        closing(connection.cursor()) as cursor,
    ):
        cursor.execute(f"set statement_timeout = '{STREAM_SECONDS}s'")
        cursor.execute("set timezone = 'UTC'")
        cursor.execute("set default_transaction_read_only = on")
        # a batch is a row group of Parquet
        size = CHUNK if form == "arrow" else 8 * CHUNK
        cursor.adbc_statement.set_options(**{BATCH: str(size)})
        cursor.execute(asked)
        batches = cursor.fetch_record_batch()
        sink = _Sink()
        with _writer(form, pa.PythonFile(sink, "w"), batches.schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
                if sink.held >= CHUNK:
                    yield sink.taken()
        yield sink.taken()
    pa.default_memory_pool().release_unused()


def _writer(
    form: str, sink: "pa.PythonFile", schema: "pa.Schema"
) -> "pa.RecordBatchFileWriter":
    if form == "parquet":
        from pyarrow import parquet

        return parquet.ParquetWriter(sink, schema, compression="zstd")
    from pyarrow import ipc

    return ipc.new_stream(sink, schema)


class _Sink:
    """A file that is only written, and whose bytes are taken out meanwhile."""

    closed = False

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.held = 0
        self.written = 0

    def write(self, data: bytes) -> int:
        self.parts.append(bytes(data))
        self.held += len(data)
        self.written += len(data)
        return len(data)

    def tell(self) -> int:
        return self.written

    def flush(self) -> None:
        """Do nothing: nothing waits."""

    def close(self) -> None:
        """Do nothing: the bytes stay until they are taken."""

    def taken(self) -> bytes:
        found = b"".join(self.parts)
        self.parts, self.held = [], 0
        return found
