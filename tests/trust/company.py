"""Others at work at the same time: builds and ingestions in processes, and readers."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2

from tests.support.database import Database
from tests.support.dbt import run_dbt
from tests.support.processes import Worker
from warehouse import ROOT

TIMEOUT = 5
"""Seconds after which a new reader's query is cancelled."""
WAITING = """
select 1
from pg_stat_activity
where
    application_name = 'dbt'
    and datname = 'test'
    and (wait_event_type = 'Lock' or wait_event = 'PgSleep')
"""


def build(target: Path, parsed: Path, *words: str) -> Worker:
    """Begin dbt's `run` beside us; it tells what is not well, by model."""
    if parsed.exists():
        shutil.copytree(parsed, target)
    return Worker(_build, target, words)


def _build(target: Path, words: Sequence[str]) -> dict[str, str]:
    told = run_dbt(ROOT / "dbt_project", target, "run", *words)
    return {name: said for name, said in told.items() if said != "success"}


class NewReaders(threading.Thread):
    """One reader after the other: each comes, counts a mart's rows, and goes."""

    def __init__(self, url: str, marts: Sequence[str]) -> None:
        super().__init__(daemon=True)
        self.url, self.marts = url, marts
        self.counts: dict[str, set[int]] = {mart: set() for mart in marts}
        self.errors: list[str] = []
        self.longest = 0.0
        self.is_over = threading.Event()

    def run(self) -> None:
        """Read until it is over."""
        while not self.is_over.wait(0.05):
            for mart in self.marts:
                began = time.monotonic()
                try:
                    self.counts[mart].add(self._count(mart))
                except psycopg2.Error as error:
                    self.errors.append(f"{mart}: {error}")
                self.longest = max(self.longest, time.monotonic() - began)

    def _count(self, mart: str) -> int:
        patience = f"-c statement_timeout={TIMEOUT}s"
        with (
            closing(psycopg2.connect(self.url, options=patience)) as held,
            held.cursor() as cursor,
        ):
            cursor.execute(f"select count(*) from {mart}")  # noqa: S608 - ours
            return cursor.fetchone()[0]


@contextmanager
def new_readers(
    database: Database, marts: Sequence[str], role: str = "reader"
) -> Iterator[NewReaders]:
    """Let new readers come all the time."""
    readers = NewReaders(database.urls[role], marts)
    readers.start()
    try:
        yield readers
    finally:
        readers.is_over.set()
        readers.join()


@contextmanager
def long_reader(
    database: Database, marts: Sequence[str], role: str = "reader"
) -> Iterator[Callable[[], None]]:
    """Read marts in a transaction that stays open; return what ends it."""
    with closing(psycopg2.connect(database.urls[role])) as held:
        with held.cursor() as cursor:
            for mart in marts:
                cursor.execute(f"select count(*) from {mart}")  # noqa: S608 - ours
        yield held.rollback


def wait_for_a_lock(database: Database, seconds: float = 600) -> None:
    """Wait until a build waits for a table that others read."""
    deadline = time.monotonic() + seconds
    while not database.query(WAITING, role="admin"):
        assert time.monotonic() < deadline, "no build came to wait"
        time.sleep(0.1)
