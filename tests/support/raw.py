"""What the loader leaves in `raw`, put there without dlt."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import count
from typing import Protocol

import psycopg2
from psycopg2.extensions import cursor
from psycopg2.extras import execute_values

from ingestion.ingest import raw_tables
from ingestion.landing import make_tables
from tests.support.database import Database

LOADS = """
create table if not exists raw._dlt_loads (
    load_id varchar not null,
    schema_name varchar,
    status bigint not null,
    inserted_at timestamptz not null,
    schema_version_hash varchar
)
"""
Gap = tuple[str, datetime, datetime]
COMPLETE = 0


class Page(Protocol):
    """An answer: its key, what span was asked and how, its body, when it came."""

    key: str
    start: datetime
    end: datetime
    request: str
    payload: str
    fetched_at: datetime
    answered_at: datetime | None


class Raw:
    """The loader's side: pages, fetches and loads, in `raw`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.ids = (f"{1_709_640_000 + number}.25" for number in count())
        with closing(psycopg2.connect(database.urls["loader"])) as held, held:
            make_tables(held, raw_tables())
            with held.cursor() as loader:
                loader.execute(LOADS)

    def next_id(self) -> str:
        """Return a load id, later than those before."""
        return next(self.ids)

    def land(
        self,
        pages: Iterable[Page] = (),
        *,
        table: str = "binance__klines",
        gaps: Iterable[Gap] = (),
        failed: Iterable[Gap] = (),
        quiet: Iterable[Gap] = (),
        load: str | None = None,
        status: int | None = COMPLETE,
    ) -> str:
        """Insert pages, known gaps, failed asks and spans without trades as one load.

        Without a status it is not done.
        """
        load = load or self.next_id()
        system = table.split("__")[0]
        pages = list(pages)
        fetches = [
            *((page.key, page.start, page.end, "ok", page) for page in pages),
            *((key, start, end, "empty", None) for key, start, end in gaps),
            *((key, start, end, "failed", None) for key, start, end in failed),
            *((key, start, end, "quiet", None) for key, start, end in quiet),
        ]
        with self.loader() as loader:
            execute_values(
                loader,
                f"insert into raw.{table} values %s",  # noqa: S608 - a table of ours
                [
                    (
                        page.request,
                        page.payload,
                        page.fetched_at,
                        page.answered_at,
                        load,
                    )
                    for page in pages
                ],
            ) if pages else None
            for key, start, end, outcome, page in fetches:
                loader.execute(
                    f"insert into raw.{system}__fetches "  # noqa: S608 - ours
                    "values (%s, %s, %s, %s, %s, null, %s, 0, now(), %s)",
                    (system, key, start, end, outcome, 1 if page else 0, load),
                )
        if status is not None:
            self.complete(load, status, system)
        return load

    def land_answers(
        self,
        table: str,
        answers: Iterable[tuple[str, str, datetime]],
        load: str | None = None,
    ) -> str:
        """Insert answers of any table as one load: request, payload, time of each."""
        load = load or self.next_id()
        with self.loader() as loader:
            execute_values(
                loader,
                f"insert into raw.{table} values %s",  # noqa: S608 - a table of ours
                [(*answer, None, load) for answer in answers],
            )
        self.complete(load, system=table.split("__")[0])
        return load

    def complete(
        self, load: str, status: int = COMPLETE, system: str = "binance"
    ) -> None:
        """Note a load as dlt does, last of all."""
        with self.loader() as loader:
            loader.execute(
                "insert into raw._dlt_loads values (%s, %s, %s, now(), 'hash')",
                (load, system, status),
            )

    @contextmanager
    def loader(self) -> Iterator[cursor]:
        """Return a cursor of the loader; it commits at the end."""
        with (
            closing(psycopg2.connect(self.database.urls["loader"])) as held,
            held,
            held.cursor() as loader,
        ):
            yield loader
