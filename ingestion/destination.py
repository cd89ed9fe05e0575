"""Postgres as dlt's destination, without a second schema beside `raw`.

dlt keeps one for merges and replacements, which we have none of, and makes it when a
table is dropped: the loader may make no schema.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from dlt.common.schema.typing import TSchemaTables
from dlt.destinations import postgres as dlt_postgres
from dlt.destinations.impl.postgres.postgres import PostgresClient

from warehouse.locks import DEFINING

SHARED = "fetches"
"""The one table that the notes of all systems were once in."""


class RawClient(PostgresClient):
    """Does nothing where dlt asks for its staging dataset."""

    def is_storage_initialized(self) -> bool:
        """Return whether the schema exists; the staging dataset never does."""
        return not self.in_staging_dataset_mode and super().is_storage_initialized()

    def initialize_storage(self, truncate_tables: Iterable[str] | None = None) -> None:
        """Make the schema where it is missing."""
        if not self.in_staging_dataset_mode:
            super().initialize_storage(truncate_tables)

    def update_stored_schema(self, *words: Any, **named: Any) -> TSchemaTables | None:  # noqa: ANN401 - dlt's own
        """Bring tables and dlt's stored schema in line."""
        if self.in_staging_dataset_mode:
            return {}
        return super().update_stored_schema(*words, **named)

    def drop_tables(self, *tables: str, delete_schema: bool = True) -> None:
        """Drop tables, but none that other systems share."""
        own = [table for table in tables if table != SHARED]
        super().drop_tables(*own, delete_schema=delete_schema)

    @contextmanager
    def maybe_ddl_transaction(self) -> Iterator[None]:
        """Change tables one run at a time.

        dlt's own tables in `raw` are of all systems, and made by whichever comes first.
        The lock is the transaction's: a failed query makes dlt reset the session, which
        lets go a session's locks.
        """
        with super().maybe_ddl_transaction():
            self.sql_client.execute_sql(f"select pg_advisory_xact_lock({DEFINING})")
            yield


class postgres(dlt_postgres):  # noqa: N801 - dlt's settings have the class's name
    """The destination; dlt's own command finds it by its name."""

    in_part: Any = None

    @property
    def client_class(self) -> type[PostgresClient]:
        """Return the client's class."""
        return RawClient

    def configuration(self, *words: Any, accept_partial: bool = False) -> Any:  # noqa: ANN401 - dlt's own
        """Return what is configured; in part, what dlt often asks for, once."""
        if not accept_partial:
            return super().configuration(*words)
        if self.in_part is None:
            self.in_part = super().configuration(*words, accept_partial=True)
        return self.in_part


postgres.register()
