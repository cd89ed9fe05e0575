"""Rebuilds by the ledger: what a model has read, its next build reads again.

A rebuild without a span ends as a fresh build would: rows that the model's formula no
longer makes go. So it is of all that take the same pages apart, since what one of them
refuses another is to say. Loads that a model failed for, and that were set aside, it
tries again.
"""

from collections.abc import Collection
from contextlib import closing
from datetime import datetime

from psycopg2 import extensions, sql

from warehouse import plainness
from warehouse.errors import WarehouseError
from warehouse.manifest import Manifest, manifest
from warehouse.pending import system_of, upstreams
from warehouse.postgres.connections import connect

UPSTREAMS = """
select reads.upstream, columns.table_schema, columns.names, columns.kinds
from ops.reads
inner join (
    select
        keys.table_schema,
        keys.table_name,
        array_agg(keys.column_name::text order by keys.ordinal_position) as names,
        array_agg(columns.data_type::text order by keys.ordinal_position) as kinds
    from information_schema.table_constraints as constraints
    inner join information_schema.key_column_usage as keys
        using (constraint_schema, constraint_name, table_schema, table_name)
    inner join information_schema.columns as columns
        using (table_schema, table_name, column_name)
    where
        constraints.constraint_type = 'PRIMARY KEY'
        and keys.table_schema in ('staging', 'intermediate', 'marts')
    group by 1, 2
) as columns
    on reads.upstream = columns.table_name
where reads.model = %s
"""
# all columns, since a model may read an upstream by others than its key
TOUCHED = """
insert into ops.vanished (model, version, key)
select %(upstream)s, versions.version, to_jsonb(touched)
from {table} as touched
inner join ops.versions on versions.model = %(upstream)s
where {start} < %(end)s and {end} >= %(start)s
"""
ALL_OF = "update ops.reads set done = 0 where model = %s and upstream = %s"
TIMES = {
    "timestamp with time zone": ("{}", "{}"),
    "date": (
        "({}::timestamp at time zone 'utc')",
        "(({} + 1)::timestamp at time zone 'utc' - interval '1 microsecond')",
    ),
}
"""The first and the last moment of a column, by its type."""
UNREAD = """
delete from ops.loads_read
where
    model = %(model)s
    and load_id in (
        select _dlt_load_id
        from raw.{table}
        where asked_from < %(end)s and asked_to > %(start)s and outcome != 'unchanged'
    )
"""
SET_ASIDE = """
select
    'Set aside: '
    || string_agg(
        format('%s lacks the load %s (%s)', model, load_id, sentence), '; '
        order by model, load_id
    )
    || '. Try them again with: python -m warehouse retry'
from ops.set_aside
"""
RETRIED = """
delete from ops.set_aside where %(model)s is null or model = %(model)s
returning model, load_id
"""
NOTES = r"select tablename from pg_tables where schemaname='raw' and tablename like %s"


def rebuild(
    model: str, start: datetime | None, end: datetime | None
) -> tuple[str, list[str]]:
    """Mark what a model has read as unread; say how much that is, and of which models.

    With a span, that are its upstreams' rows whose times (those in their primary key)
    lie in `[start, end)`, all rows of one that has none, and the loads that were asked
    for a part of it. Without one, it is also to lose the rows that its formula no
    longer makes.

    Raises:
        WarehouseError: the ledger does not know the model.

    """
    with (
        closing(connect("transformer")) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        # waits for a build under way, which would count what it read as done
        cursor.execute(
            "select 1 from ops.versions where model = %s for update", (model,)
        )
        if not cursor.fetchone():
            raise WarehouseError(
                f"The ledger knows no model {model}; ops.versions has those it knows."
            )
        if start is None:
            models = page_readers(manifest(), model)
            return "\n".join([_all(cursor, each) for each in models]), models
        cursor.execute(
            "update ops.versions set checksum = null where model = %s", (model,)
        )
        span = {"start": start, "end": end or "infinity"}
        return _span(cursor, model, span), [model]


def readers_of(known: Manifest, tables: Collection[str]) -> list[str]:
    """Return the models that read one of these raw tables, in order."""
    return sorted(
        node["alias"]
        for node in known["nodes"].values()
        if node["resource_type"] == "model"
        and node["config"]["materialized"] == "incremental"
        and any(
            upstream["resource_type"] == "source" and upstream["identifier"] in tables
            for upstream in upstreams(known, node)
        )
    )


def page_readers(known: Manifest, model: str) -> list[str]:
    """Return the models that take the same pages apart, as dbt's macro of this name."""
    tables: dict[str, set[str]] = {}
    for node in known["nodes"].values():
        if (
            node["resource_type"] == "model"
            and node["config"]["materialized"] == "incremental"
            and "staging" in node["fqn"]
        ):
            sources = {
                upstream["identifier"]
                for upstream in upstreams(known, node)
                if upstream["resource_type"] == "source"
            }
            if len({system_of(source) for source in sources}) == 1:
                tables[node["name"]] = sources
    wanted = tables.get(model, set())
    others = sorted(name for name in tables if tables[name] & wanted)
    return [model, *(name for name in others if name != model)]


def set_aside() -> str | None:
    """Say which loads are set aside, and what to do; None where none is."""
    with closing(connect("transformer")) as held, held.cursor() as cursor:
        cursor.execute("select to_regclass('ops.set_aside') is not null")
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(SET_ASIDE)
        return cursor.fetchone()[0]


def retry(model: str | None = None) -> list[tuple[str, str]]:
    """Let the next build read loads that were set aside, of a model or all.

    Return the model and the id of each, in order.
    """
    with closing(connect("transformer")) as held, held, held.cursor() as cursor:
        cursor.execute("select to_regclass('ops.set_aside') is not null")
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(RETRIED, {"model": model})
        return sorted(cursor.fetchall())


def _all(cursor: extensions.cursor, model: str) -> str:
    # no formula made it
    cursor.execute(
        "update ops.versions set checksum = null, formula = '' where model = %s",
        (model,),
    )
    # unread, so that nothing is pruned before it is read again
    cursor.execute("delete from ops.loads_read where model = %s", (model,))
    loads = cursor.rowcount
    cursor.execute("delete from ops.set_aside where model = %s", (model,))
    cursor.execute("update ops.reads set done = 0 where model = %s", (model,))
    return f"{model}: to read again {loads} loads, all of {cursor.rowcount} models"


def _span(cursor: extensions.cursor, model: str, span: dict[str, object]) -> str:
    plainness.only_tables(cursor)
    loads, keys, whole = 0, 0, []
    cursor.execute(NOTES, (r"%\_\_fetches",))
    for (table,) in cursor.fetchall():
        unread = sql.SQL(UNREAD).format(table=sql.Identifier(table))
        cursor.execute(unread, {"model": model, **span})
        loads += cursor.rowcount
    cursor.execute(UPSTREAMS, (model,))
    for upstream, schema, names, kinds in cursor.fetchall():
        times = [
            [sql.SQL(side).format(sql.Identifier(name)) for side in TIMES[kind]]
            for name, kind in zip(names, kinds, strict=True)
            if kind in TIMES
        ]
        if not times:
            cursor.execute(ALL_OF, (model, upstream))
            whole.append(upstream)
            continue
        cursor.execute(
            "update ops.versions set version = version + 1 where model = %s",
            (upstream,),
        )
        touched = sql.SQL(TOUCHED).format(
            table=sql.Identifier(schema, upstream),
            start=times[0][0],
            end=times[-1][1],
        )
        cursor.execute(touched, {"upstream": upstream, **span})
        keys += cursor.rowcount
    said = f"{model}: to read again {loads} loads, {keys} keys of its upstreams"
    return f"{said}, all of {', '.join(whole)}" if whole else said
