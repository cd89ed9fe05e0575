"""How long raw pages are kept: a system's oldest ones go once everybody has read them.

The ledger forgets their loads with them, so that neither grows without end. Of what is
a state the newest whole answer stays, since what is judged by it, or by a list, may be
judged again.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime

from psycopg2.errors import LockNotAvailable
from psycopg2.extensions import cursor
from psycopg2.sql import SQL, Identifier

import warehouse
from ingestion import notes
from ingestion.report import UNCHANGED
from ingestion.sources import source_of
from warehouse import plainness
from warehouse.ledger import readers_of
from warehouse.losses import losses
from warehouse.manifest import manifest

BATCH_HOURS = 1
"""By so much the oldest load is overdue before any goes: who reads is seldom asked."""
HAS_PRUNED = "select to_regclass('ops.pruned')"
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
"""
DUE = f"""
select 1
from ({OLD}) as old
where
    old.inserted_at
    < now() - %(days)s * interval '24 hours' - interval '{BATCH_HOURS} hours'
limit 1
"""  # noqa: S608 - ours
# a full refresh takes the same row before it reads, and looks at ops.pruned after that
LOCKED = """
select model
from ops.versions
where model = any(%s)
order by model
for update nowait
"""
READ = f"""
select
    old.load_id,
    old.inserted_at
from ({OLD}) as old
where
    not exists (
        select 1
        from unnest(%(readers)s) as readers (model)
        where
            not exists (
                select 1
                from ops.loads_read
                where
                    loads_read.model = readers.model
                    and loads_read.load_id = old.load_id
            )
    )
"""  # noqa: S608 - ours
NOTE = """
insert into ops.pruned (table_name, pruned_to)
select unnest(%s), %s
on conflict (table_name) do update
set pruned_to = greatest(pruned.pruned_to, excluded.pruned_to)
"""
PRUNE = "delete from raw.{} where _dlt_load_id = any(%(loads)s)"
PRUNE_NOTES = f"""
delete from raw.{{0}} as noted
where
    (
        noted._dlt_load_id = any(%(loads)s)
        or (
            noted.outcome = '{UNCHANGED}'
            and noted._dlt_load_id not in (select load_id from raw._dlt_loads)
        )
    )
    and (noted.key, noted.outcome, noted.fetched_at) not in (
        select
            newest.key,
            newest.outcome,
            max(newest.fetched_at)
        from raw.{{0}} as newest
        where newest.outcome = '{UNCHANGED}'
        group by 1, 2
    )
"""  # noqa: S608 - ours
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

    Only of loads that every model that reads a table of the system has read, one that
    was never built as well; none while one of these is being built. `ops.pruned` says
    first what will be gone, for the guard of full refreshes. What is a state stays.
    To be called under the system's lock.
    """
    if not days:
        return 0
    asked = {"system": system, "days": days}
    tables = (*tables, notes.table_of(system))
    with closing(warehouse.connect("transformer")) as builder:
        with builder, builder.cursor() as cursor:
            cursor.execute(HAS_PRUNED)
            if cursor.fetchone()[0] is None:
                return 0
            plainness.only_tables(cursor)
            cursor.execute(DUE, asked)
            if not cursor.fetchone():
                return 0
        asked["readers"] = readers_of(manifest(), {*tables, "_dlt_loads"})
        with builder, builder.cursor() as cursor:
            plainness.only_tables(cursor)
            try:
                cursor.execute(LOCKED, (asked["readers"],))
            except LockNotAvailable:
                return 0
            cursor.execute(READ, asked)
            old = dict(cursor.fetchall())
            states = source_of(system).states
            kept = {
                table: _kept(cursor, table, states.get(table, ())) for table in tables
            }
            # a load of which a page stays is one still, with its notes
            kept[tables[-1]] = set().union(*kept.values())
            gone = {
                table: _present(cursor, table, old) - kept[table] for table in tables
            }
            for table, loads in gone.items():
                if loads:
                    _note([table], max(old[load] for load in loads))
            _delete(gone, old.keys() - kept[tables[-1]])
            cursor.execute(FORGET, (asked["readers"],))
            return len(set().union(*gone.values()))


def _kept(cursor: cursor, table: str, queries: Iterable[str]) -> set[str]:
    """Return the loads whose pages stay in a table, however old."""
    found: set[str] = set()
    for query in queries:
        cursor.execute(query.format(table=table))
        found.update(load for (load,) in cursor.fetchall())
    return found


def _present(cursor: cursor, table: str, loads: Iterable[str]) -> set[str]:
    """Return those of some loads that left anything in a table."""
    query = SQL("select distinct _dlt_load_id from raw.{} where _dlt_load_id = any(%s)")
    cursor.execute(query.format(Identifier(table)), (list(loads),))
    return {load for (load,) in cursor.fetchall()}


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


def _note(tables: Sequence[str], pruned_to: object) -> None:
    with (
        closing(warehouse.connect("transformer")) as noting,
        noting,
        noting.cursor() as cursor,
    ):
        cursor.execute(NOTE, (list(tables), pruned_to))


def _delete(gone: Mapping[str, set[str]], loads: set[str]) -> None:
    """Delete what goes of each table, and the loads of which nothing stays.

    In one transaction. Of notes the newest that says of a key that its answer is
    unchanged stays: only it says when that was.
    """
    with closing(warehouse.connect("loader")) as held, held, held.cursor() as cursor:
        for table, pages in gone.items():
            query = SQL(PRUNE_NOTES if table.endswith("__fetches") else PRUNE)
            cursor.execute(query.format(Identifier(table)), {"loads": list(pages)})
        for query in (
            "delete from raw._dlt_pipeline_state where _dlt_load_id = any(%s)",
            "delete from raw._dlt_loads where load_id = any(%s)",
        ):
            cursor.execute(query, (list(loads),))
