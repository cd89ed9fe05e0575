"""How long raw pages are kept: a system's oldest ones go once everybody has read them.

The ledger forgets their loads with them, so that neither grows without end.
"""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime

from psycopg2.errors import LockNotAvailable
from psycopg2.extensions import cursor

import warehouse
from ingestion import notes
from warehouse import plainness
from warehouse.losses import losses

STANDS = "select to_regclass('ops.pruned')"
# whatever reads a system's raw tables is named after it, or reads those of all; this
# holds off its builds
READERS = """
select model
from ops.versions
where
    model in ('stg_fetches', 'stg_loads', 'stg_loads__tables')
    or (model like %s and model != all(%s))
for update nowait
"""
LISTS = ["stg_plant__signals", "stg_plant__turbines"]
"""What is named so and reads nothing that landed, but what people list."""
# the load from which dlt would restore a lost working directory stays
OLD = """
select
    loads.load_id,
    loads.inserted_at
from raw._dlt_loads as loads
where
    loads.schema_name = %(system)s
    and loads.status = 0
    and loads.inserted_at < now() - %(days)s * interval '24 hours'
    and loads.load_id not in (
        select state._dlt_load_id
        from raw._dlt_pipeline_state as state
        where state.pipeline_name = %(system)s
        order by state.version desc
        limit 1
    )
    and not exists (
        select 1
        from unnest(%(readers)s) as readers (model)
        where
            not exists (
                select 1
                from ops.loads_read
                where
                    loads_read.model = readers.model
                    and loads_read.load_id = loads.load_id
            )
    )
"""
NOTE = """
insert into ops.pruned (table_name, pruned_to)
select unnest(%s), %s
on conflict (table_name) do update
set pruned_to = greatest(pruned.pruned_to, excluded.pruned_to)
"""
# also what a run that was killed here left behind
FORGET = """
delete from ops.loads_read
where
    model = any(%s)
    and not exists (
        select 1 from raw._dlt_loads where _dlt_loads.load_id = loads_read.load_id
    )
"""


def prune(system: str, tables: Sequence[str], days: int) -> int:
    """Delete a system's pages that came more than `days` ago, and count their loads.

    Only loads that every model of the system has read; none while one of these is being
    built. `ops.pruned` says first what will be gone, for the guard of full refreshes.
    To be called under the system's lock.
    """
    if not days:
        return 0
    with closing(warehouse.connect("transformer")) as builder:
        with builder, builder.cursor() as cursor:
            cursor.execute(STANDS)
            if cursor.fetchone()[0] is None:
                return 0
        with builder, builder.cursor() as cursor:
            plainness.tables_alone(cursor)
            try:
                readers = _readers(cursor, system, tables)
            except LockNotAvailable:
                return 0
            if not readers:
                return 0
            cursor.execute(OLD, {"system": system, "days": days, "readers": readers})
            old = cursor.fetchall()
            if not old:
                return 0
            tables = (*tables, notes.table_of(system))
            _note(tables, max(inserted_at for _, inserted_at in old))
            _delete(tables, [load_id for load_id, _ in old])
            cursor.execute(FORGET, (readers,))
            return len(old)


def accept_losses(tables: Sequence[str], since: datetime | None) -> None:
    """Note what raw tables have lost as pruned, once it was asked for again.

    Of loads that were asked for nothing before `since`; of all, where nothing of the
    past can be asked.
    """
    with closing(warehouse.connect("transformer")) as held:
        with held:
            found = losses(held, list(tables))
        for loss in found:
            if since is None or not loss.asked_from or since <= loss.asked_from:
                _note([loss.table], loss.last_loaded_at)


def _readers(cursor: cursor, system: str, tables: Sequence[str]) -> list[str]:
    """Give the models that read the tables; none if one has not been built yet."""
    cursor.execute(READERS, (rf"stg\_{system}\_\_%", LISTS))
    readers = {model for (model,) in cursor.fetchall()}
    needed = {"stg_fetches", *(f"stg_{table}" for table in tables)}
    return sorted(readers) if needed <= readers else []


def _note(tables: Sequence[str], pruned_to: object) -> None:
    with (
        closing(warehouse.connect("transformer")) as noting,
        noting,
        noting.cursor() as cursor,
    ):
        cursor.execute(NOTE, (list(tables), pruned_to))


def _delete(tables: Sequence[str], loads: Sequence[str]) -> None:
    """Delete loads with all that came with them, in one transaction."""
    with closing(warehouse.connect("loader")) as held, held, held.cursor() as cursor:
        for table in (*tables, "_dlt_pipeline_state"):
            cursor.execute(
                f"delete from raw.{table} where _dlt_load_id = any(%s)",  # noqa: S608 - a table of ours
                (list(loads),),
            )
        cursor.execute(
            "delete from raw._dlt_loads where load_id = any(%s)", (list(loads),)
        )
