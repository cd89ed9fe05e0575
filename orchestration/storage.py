"""Dagster's history in SQLite, as Dagster keeps it, over connections that stay open.

Dagster's own opens a database for each of the 2,000 reads and writes of a run, and the
last one that closes it writes its whole log back: a sixth of what a run costs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import (
    SqliteEventLogStorage,
)
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import (
    SqliteScheduleStorage,
)
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

from orchestration.pages import guard

MOST_OPEN = 4
"""How many databases stay open: each run has one of its own, beside the index."""


class EventLog(SqliteEventLogStorage):
    """The events of runs: a database a run, and an index over all of them."""

    def __init__(self, base_dir: str) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        if shard not in self._initialized_dbs:
            with super()._connect(shard):
                pass  # which makes the database
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close what is open."""
        super().dispose()
        for engine in self._engines.values():
            engine.dispose()

    def _engine(self, shard: str) -> Engine:
        """Return what a database is open by: of those used last, the others close."""
        found = self._engines.pop(shard, None)
        self._engines[shard] = found or _engine(self.conn_string_for_shard(shard))
        if len(self._engines) > MOST_OPEN:
            self._engines.pop(next(iter(self._engines))).dispose()
        return self._engines[shard]


class Runs(SqliteRunStorage):
    """The runs themselves, in one database."""

    def __init__(
        self, conn_string: str, inst_data: ConfigurableClassData | None = None
    ) -> None:
        self._engine = _engine(conn_string)
        super().__init__(conn_string, inst_data)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Return a connection of a transaction, which its end commits."""
        with self._engine.begin() as connection:
            yield connection

    def optimize_for_webserver(self, *args: int, **options: int) -> None:
        """Do what Dagster's web server asks for before it serves, and guard it."""
        super().optimize_for_webserver(*args, **options)
        guard()

    def dispose(self) -> None:
        """Close what is open."""
        super().dispose()
        self._engine.dispose()


class Storage(DagsterSqliteStorage):
    """All that Dagster remembers, in the folders in which its own storage has it."""

    def __init__(
        self, base_dir: str, inst_data: ConfigurableClassData | None = None
    ) -> None:
        history = Path(base_dir, "history")
        self.base_dir = base_dir
        self._inst_data = inst_data
        self._run_storage = Runs.from_local(f"{history}/")
        self._event_log_storage = EventLog(f"{history}/runs/")
        self._schedule_storage = SqliteScheduleStorage.from_local(
            f"{base_dir}/schedules"
        )
        DagsterStorage.__init__(self)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: dict[str, str]
    ) -> "Storage":
        """Return the storage of a folder, as dagster.yaml says."""
        return cls(config_value["base_dir"], inst_data)


def _engine(conn_string: str) -> Engine:
    engine = create_engine(
        conn_string, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
    )
    event.listen(engine, "connect", _write_back_at_once)
    return engine


def _write_back_at_once(connection: object, _: object) -> None:
    """Have each commit change the database itself: Dagster's pages watch that file."""
    connection.execute("pragma wal_autocheckpoint = 1")
