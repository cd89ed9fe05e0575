"""The one way an answer reaches `raw`: an Arrow row, a dlt run, the system's lock."""

import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.pipeline import LoadInfo
from psycopg2.extensions import connection

import warehouse
from ingestion.destination import postgres
from ingestion.http import Answer
from warehouse import dlt_state, locks

logger = logging.getLogger(__name__)

TIME = pa.timestamp("us", tz="UTC")
PAGE = pa.schema(
    [
        pa.field("request", pa.string(), nullable=False),
        pa.field("payload", pa.string(), nullable=False),
        pa.field("fetched_at", TIME, nullable=False),
        pa.field("answered_at", TIME),
    ]
)
FETCH = pa.schema(
    [
        pa.field("system", pa.string(), nullable=False),
        pa.field("key", pa.string(), nullable=False),
        pa.field("asked_from", TIME, nullable=False),
        pa.field("asked_to", TIME, nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("sentence", pa.string()),
        pa.field("pages", pa.int64(), nullable=False),
        pa.field("seconds", pa.float64(), nullable=False),
        pa.field("fetched_at", TIME, nullable=False),
    ]
)
TYPES = {
    pa.string(): "text",
    pa.int64(): "bigint",
    pa.float64(): "double precision",
    TIME: "timestamptz",
}
DLT = {
    "normalize.parquet_normalizer.add_dlt_load_id": True,
    "load.delete_completed_jobs": True,
    "load.workers": 2,
    "data_writer.buffer_max_items": 20,
    # a file is loaded from memory, so its size and not the chunk's is what a run takes
    "data_writer.file_max_items": 50,
    "data_writer.file_max_bytes": 128 * 2**20,
    "data_writer.compression": "none",
}
_configuring = Lock()
FROZEN = {"tables": "evolve", "columns": "freeze", "data_type": "freeze"}


def as_page(request: Mapping[str, Any], answer: Answer) -> dict[str, object]:
    """Return the row of a page; `request` must hold no secret."""
    return {
        "request": json.dumps(request, sort_keys=True, separators=(",", ":")),
        "payload": answer.body,
        "fetched_at": answer.fetched_at,
        "answered_at": answer.answered_at,
        # which lands nowhere
        "skew": answer.skew,
    }


def follow_the_database(held: connection, system: str) -> None:
    """Bring dlt's own files in line with the database.

    What a killed run was done with is removed, what it was about to load is loaded
    anew; all is forgotten where the database was put back to an earlier day.
    """
    if dlt_state.is_broken(system):
        logger.warning(
            "%s: dlt's files are broken, asking on from the database", system
        )
        dlt_state.mend(system)
    dlt_state.finish(held, system)
    dlt_state.begin_anew(held, system)
    if dlt_state.is_ahead(held, system):
        logger.warning("%s: asking on from the database's cursors", system)
        dlt_state.forget(system)


def configure() -> None:
    """Set dlt up, once, since several systems may land side by side."""
    with _configuring:
        for name, value in DLT.items():
            if dlt.config.get(name) != value:
                dlt.config[name] = value


def pipeline(system: str) -> dlt.Pipeline:
    """Return the system's dlt pipeline; its working directory lies under ours."""
    configure()
    return dlt.pipeline(
        pipeline_name=system,
        pipelines_dir=str(Path(warehouse.environment()["DLT_DATA_DIR"]) / "pipelines"),
        # a unique index would refuse for good what a killed run had loaded already
        destination=postgres(warehouse.url("loader"), create_indexes=False),
        dataset_name="raw",
    )


def land_what_is_left(pipeline: dlt.Pipeline) -> list[str]:
    """Load what a killed run left behind; return the loads' ids.

    dlt would load the old package and ignore the new data.
    """
    loads = []
    while pipeline.has_pending_data:
        loads += _noted(pipeline, pipeline.run())
    return loads


def take_up(held: connection, pipeline: dlt.Pipeline) -> None:
    """Take state and schema from the database, unless dlt's files have the same."""
    if not dlt_state.is_as_landed(held, pipeline.pipeline_name):
        pipeline.sync_destination()


def land(pipeline: dlt.Pipeline, *sources: dlt.sources.DltSource) -> list[str]:
    """Load the sources, one after the other, as one package; return the loads' ids.

    There are none where the sources have neither rows nor a new state: what dlt does to
    load a package is most of what such a run would cost.
    """
    extracted = pipeline.extract(
        list(sources),
        write_disposition="append",
        loader_file_format="parquet",
        schema_contract=FROZEN,
    )
    if not any(package.jobs["new_jobs"] for package in extracted.load_packages):
        dlt_state.drop(pipeline.pipeline_name, extracted.loads_ids)
        return []
    pipeline.normalize()
    return _noted(pipeline, pipeline.load())


def _noted(pipeline: dlt.Pipeline, landed: LoadInfo | None) -> list[str]:
    loads = landed.loads_ids if landed else []
    for load in loads:
        logger.info("%s: load %s landed", pipeline.pipeline_name, load)
    return loads


@contextmanager
def lock(system: str) -> Iterator[connection]:
    """Hold the system's lock: of two writers, dlt was seen to triple or lose rows."""
    me = f"ingestion {system}, pid {os.getpid()}"
    with closing(warehouse.connect("loader", me)) as held, held.cursor() as cursor:
        held.autocommit = True
        locks.shared(
            held, lambda who: logger.warning("%s: waiting for %s", system, who)
        )
        names = ("ingestion", system)
        cursor.execute("select pg_try_advisory_lock(hashtext(%s), hashtext(%s))", names)
        if not cursor.fetchone()[0]:
            logger.warning("%s: waiting for %s", system, holder(held, system))
            cursor.execute("select pg_advisory_lock(hashtext(%s), hashtext(%s))", names)
        yield held


def holder(held: connection, system: str) -> str:
    """Say who holds a system's lock and since when."""
    with held.cursor() as cursor:
        cursor.execute(
            """
            select
                case when usename = 'loader' then application_name
                else usename || ', backend ' || pid end,
                backend_start
            from pg_locks
            inner join pg_stat_activity using (pid)
            where locktype = 'advisory' and granted
                and classid = hashtext('ingestion')::oid and objid = hashtext(%s)::oid
                and database = (
                    select oid from pg_database where datname = current_database()
                )
            """,
            (system,),
        )
        found = cursor.fetchone()
    if not found:
        return "another"
    name, since = found
    # the loader does not see since when another role is there
    return f"{name}, there since {since:%H:%M:%S} UTC" if since else name


def missing_tables(held: connection, tables: Iterable[str]) -> list[str]:
    """Return those of the raw tables that are not there."""
    with held.cursor() as cursor:
        cursor.execute(
            "select name from unnest(%s) as names (name) "
            "where to_regclass('raw.' || name) is null",
            (list(tables),),
        )
        return [name for (name,) in cursor.fetchall()]


def make_tables(held: connection, tables: Mapping[str, pa.Schema]) -> None:
    """Make the raw tables that are missing, with what dlt would not give them.

    Payloads are stored as they are, since compressing them costs more than all else,
    and the load id, by which staging reads, has an index. A table that exists is not
    touched, since that would wait for its writers.
    """
    for table in missing_tables(held, tables):
        make_table(held, table, tables[table])


def make_table(held: connection, table: str, schema: pa.Schema) -> None:
    """Make a raw table unless it exists."""
    columns = ", ".join(
        f"{field.name} {TYPES[field.type]}"
        f"{' storage external' if field.name == 'payload' else ''}"
        f"{'' if field.nullable else ' not null'}"
        for field in schema
    )
    with held.cursor() as cursor:
        cursor.execute(
            f"create table if not exists raw.{table} "
            f"({columns}, _dlt_load_id text not null)"
        )
        cursor.execute(
            f"create index if not exists {table}_load on raw.{table} (_dlt_load_id)"
        )
