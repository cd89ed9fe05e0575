"""Raw pages as parquet, by dlt's filesystem destination: what Spark reads.

Ingestion itself asks Postgres what it knows, cursors, notes and locks, so it lands
there. What has landed there whole goes on from here as it is, load by load.
"""

from collections.abc import Iterator
from contextlib import closing

import dlt
import pyarrow as pa
from dlt.destinations import filesystem
from dlt.sources import DltResource
from psycopg2.extensions import connection

import warehouse
from cluster.settings import bucket_url
from ingestion import landing
from ingestion.landing import FETCH, PAGE
from ingestion.sources import EXCHANGES, source_of

NAME = "cluster"
ROWS = 50
"""A page is some 100 kB, and a file of this many is a task of Spark's."""


def land() -> dict[str, int]:
    """Land what is not there yet; return the number of rows by table.

    A run that was killed is finished first: Spark reads none of its files until its
    load is noted, which comes last.
    """
    landing.configure()
    pipeline = dlt.pipeline(
        pipeline_name=NAME,
        pipelines_dir=str(warehouse.warehouse_dir() / NAME),
        destination=filesystem(bucket_url()),
        dataset_name="raw",
    )
    rows: dict[str, int] = {}
    with (
        landing.lock(NAME),
        closing(warehouse.connect("loader", "cluster land")) as held,
    ):
        held.set_session(isolation_level="repeatable read", readonly=True)
        pipeline.sync_destination()
        landing.land_what_is_left(pipeline)
        landing.land(pipeline, _source(held, rows))
    return rows


def tables() -> dict[str, pa.Schema]:
    """Return the raw tables that candles are made of, and what their rows have."""
    found = {}
    for system in EXCHANGES:
        found |= dict.fromkeys(source_of(system).tables, PAGE)
        found[f"{system}__fetches"] = FETCH
    return found


def _source(held: connection, rows: dict[str, int]) -> dlt.sources.DltSource:
    @dlt.source(name=NAME)
    def source() -> Iterator[DltResource]:
        for table, schema in tables().items():
            yield dlt.resource(
                _rows(held, table, schema, rows), name=table, table_name=table
            )

    return source()


def _rows(
    held: connection, table: str, schema: pa.Schema, rows: dict[str, int]
) -> Iterator[pa.Table]:
    """Yield a table's rows of whole loads that are not there yet, some at a time."""
    state = dlt.current.resource_state(table)
    schema = schema.insert(0, pa.field("load_id", pa.string(), nullable=False))
    columns = ", ".join(f'"{name}"' for name in schema.names[1:])
    with held.cursor() as cursor:
        cursor.execute("select to_regclass(%s)", (f"raw.{table}",))
        if cursor.fetchone() == (None,):
            return
        cursor.execute(
            "select load_id from raw._dlt_loads where status = 0 and schema_name = %s",
            (table.split("__")[0],),
        )
        whole = [load for (load,) in cursor.fetchall()]
    new = sorted({*whole} - {*state.get("loads", [])})
    with held.cursor(f"{table}_rows") as cursor:
        cursor.itersize = ROWS
        cursor.execute(
            f"select _dlt_load_id, {columns} from raw.{table} "  # noqa: S608 - ours
            "where _dlt_load_id = any(%s) order by _dlt_load_id",
            (new,),
        )
        while some := cursor.fetchmany(ROWS):
            rows[table] = rows.get(table, 0) + len(some)
            values = zip(*some, strict=True)
            yield pa.table(dict(zip(schema.names, values, strict=True)), schema)
    state["loads"] = whole
