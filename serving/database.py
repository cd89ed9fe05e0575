"""The reader's few connections: rows with exact numbers and days as text."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.types.string import TextLoader
from psycopg_pool import AsyncConnectionPool

import warehouse

CONNECTIONS = 4
WAITING = 32
PATIENCE = 3
"""Seconds that a request waits for a connection."""
SESSION = (
    "-c statement_timeout=5s -c timezone=UTC -c datestyle=ISO "
    "-c default_transaction_read_only=on -c extra_float_digits=1"
)
VERSIONS = """
select string_agg(concat_ws('.', model, version, extract(epoch from built_at)), ' ')
from (
    select * from marts.rpt_versions where model = any(%s) order by model
) as known
"""


class Database:
    """A pool that opens with the service, and opens again after the database did."""

    def __init__(self, url: str | None = None) -> None:
        self.url = url or warehouse.url("reader")
        self.pool = AsyncConnectionPool(
            self.url,
            min_size=1,
            max_size=CONNECTIONS,
            max_waiting=WAITING,
            timeout=PATIENCE,
            # then the next request tries anew
            reconnect_timeout=PATIENCE,
            open=False,
            configure=_as_text,
            kwargs={
                "autocommit": True,
                "prepare_threshold": 0,
                "options": SESSION,
                "connect_timeout": PATIENCE,
                "application_name": "tickhouse serving",
            },
        )

    async def fetch(
        self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> "Rows":
        """Return all rows; a connection that died meanwhile is no error."""
        for attempt in range(CONNECTIONS + 1):
            connection = None
            try:
                async with self.pool.connection() as connection:
                    cursor = await connection.execute(query, parameters)
                    return Rows(
                        [column.name for column in cursor.description],
                        [column.type_code for column in cursor.description],
                        await cursor.fetchall(),
                    )
            except psycopg.OperationalError:
                was_lost = connection is not None and connection.closed
                if attempt == CONNECTIONS or not was_lost:
                    raise
        raise AssertionError

    async def versions(self, models: Sequence[str]) -> str:
        """Return how far the marts are built, as one text."""
        rows = (await self.fetch(VERSIONS, [list(models)])).rows
        return rows[0][0] or ""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Have the pool open; the database need not be there yet."""
        await self.pool.open(wait=False)
        try:
            yield
        finally:
            await self.pool.close()


class Rows:
    """The names and types of columns, and rows.

    Exact numbers and days are text, times are in UTC, which msgspec writes as ISO 8601.
    """

    def __init__(
        self, names: list[str], types: list[int], rows: list[tuple[Any, ...]]
    ) -> None:
        self.names = names
        self.types = types
        self.rows = rows


async def _as_text(connection: AsyncConnection) -> None:
    for kind in ("numeric", "date"):
        connection.adapters.register_loader(kind, TextLoader)
