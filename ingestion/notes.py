"""What became of each asked key: a system's own table, `raw.<system>__fetches`."""

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial

import dlt
import pyarrow as pa
from psycopg2.extensions import connection
from psycopg2.extras import Json
from psycopg2.sql import SQL, Identifier

import warehouse
from ingestion import clock
from ingestion.destination import SHARED
from ingestion.landing import FETCH, TYPES, make_table
from ingestion.report import UNCHANGED
from ingestion.run import Run
from warehouse import dlt_state

COLUMNS = ", ".join([*FETCH.names, "_dlt_load_id"])
FIELDS = ", ".join(f"{field.name} {TYPES[field.type]}" for field in FETCH)
LEAVE = SQL(f"""
insert into raw.{{}} ({COLUMNS})
select
    noted.{", noted.".join(FETCH.names)},
    newest.load_id
from (
    select load_id
    from raw._dlt_loads
    where schema_name = %s and status = 0
    order by inserted_at desc
    limit 1
) as newest
cross join jsonb_to_recordset(%s) as noted ({FIELDS})
""")  # noqa: S608 - names of ours
UNCHANGED_TO = SQL(f"""
select max(asked_to)
from raw.{{}}
where key = %s and outcome = '{UNCHANGED}' and asked_to <= %s
""")  # noqa: S608 - names of ours
# what was asked before a clock ran ahead: up to no later than its source had answered
COVERED_TO = SQL("""
select max(noted.asked_to)
from raw.{notes} as noted
cross join lateral (
    select max(coalesce(answered_at, fetched_at)) as known_at
    from raw.{pages} as pages
    where pages._dlt_load_id = noted._dlt_load_id
) as landed
where
    noted.key = %(key)s
    and noted.outcome = 'ok'
    and noted.asked_to <= %(now)s
    and noted.asked_to <= coalesce(landed.known_at, 'infinity') + interval '1 minute'
""")
COUNTED = "staging.stg_loads__tables", "staging.stg_loads"
# the loads that were counted under the shared table's name
RENAME = f"""
update staging.stg_loads__tables
set table_name = stg_loads.system || '__{SHARED}'
from staging.stg_loads
where
    stg_loads__tables.table_name = '{SHARED}'
    and stg_loads__tables.load_id = stg_loads.load_id
"""  # noqa: S608 - names of ours


def table_of(system: str) -> str:
    """Return the name of a system's table of notes."""
    return f"{system}__fetches"


def source_of(run: Run) -> dlt.sources.DltSource:
    """Return what lands a chunk's notes, to be extracted after its pages.

    A resource of its own: so dlt drops a table of pages without the notes of others.
    Where all that was asked is unchanged, nothing lands.
    """

    def noted() -> Iterator[pa.Table]:
        if any(note["outcome"] != UNCHANGED for note in run.notes):
            notes, run.notes = run.notes, []
            yield pa.Table.from_pylist(notes, schema=FETCH)

    return dlt.sources.DltSource(
        dlt.Schema(run.system),
        run.system,
        [dlt.resource(noted, name=table_of(run.system))],
    )


def leave(held: connection, run: Run) -> None:
    """Note in one statement what was asked and is unchanged, with the newest load.

    There is no load of its own, so nothing for anybody to read.
    """
    notes, run.notes = run.notes, []
    if notes:
        with held.cursor() as cursor:
            cursor.execute(
                LEAVE.format(Identifier(table_of(run.system))),
                (run.system, Json(notes, dumps=partial(json.dumps, default=str))),
            )


def unchanged_to(system: str, key: str) -> datetime:
    """Return up to when a key was last asked and nothing changed; else long ago."""
    with closing(warehouse.connect("loader")) as held, held.cursor() as cursor:
        query = UNCHANGED_TO.format(Identifier(table_of(system)))
        cursor.execute(query, (key, clock.now()))
        (time,) = cursor.fetchone()
        return time.astimezone(UTC) if time else datetime.min.replace(tzinfo=UTC)


def covered_to(system: str, key: str, now: datetime) -> list[datetime]:
    """Return up to when a key was asked by a clock that was right, if it ever was."""
    with closing(warehouse.connect("loader")) as held, held.cursor() as cursor:
        query = COVERED_TO.format(
            notes=Identifier(table_of(system)),
            pages=Identifier(dlt.current.get_resource().name),
        )
        cursor.execute(query, {"key": key, "now": now})
        (time,) = cursor.fetchone()
        return [time.astimezone(UTC)] if time else []


def carry_over(held: connection, systems: Iterable[str]) -> None:
    """Move what is in the shared table to the systems' own, with its loads; drop it.

    All of it or nothing. To be called under the lock of what is made on first use.
    """
    _rename_counted()
    moves = "\n".join(
        f"""
        insert into raw.{table_of(system)} ({COLUMNS})
        select {COLUMNS} from raw.{SHARED} where system = '{system}';
        """  # noqa: S608 - names of ours
        for system in systems
    )
    with held.cursor() as cursor:
        cursor.execute("select to_regclass('raw.' || %s)", (SHARED,))
        if not cursor.fetchone()[0]:
            return
        # one string is one transaction
        cursor.execute(
            f"lock table raw.{SHARED} in access exclusive mode;"
            f"{moves} drop table raw.{SHARED};"
        )


def _rename_counted() -> None:
    with (
        closing(warehouse.connect("transformer")) as builder,
        builder,
        builder.cursor() as cursor,
    ):
        cursor.execute(
            "select to_regclass(name) from unnest(%s) as t (name)", (list(COUNTED),)
        )
        if all(name for (name,) in cursor.fetchall()):
            cursor.execute(RENAME)


def are_left_behind(system: str) -> bool:
    """Say whether a package that a run left behind holds notes for the shared table."""
    here = dlt_state.folder() / system
    return any(
        found.name.startswith(f"{SHARED}.")
        for name in dlt_state.PACKAGES
        for found in here.joinpath(name).rglob(f"{SHARED}.*")
    )


def make_shared(held: connection) -> None:
    """Make the shared table, for packages that are left behind."""
    make_table(held, SHARED, FETCH)


def forget_shared(pipeline: dlt.Pipeline) -> None:
    """Take the shared table out of dlt's schema, which would drop it as its own."""
    if not pipeline.default_schema_name:
        return
    schema = pipeline.default_schema
    if SHARED in schema.tables:
        schema.drop_tables([SHARED])
        pipeline.schemas.save_schema(schema)
