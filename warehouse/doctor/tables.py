"""The ledger of versions, held against the tables that it describes."""

from typing import TYPE_CHECKING

from warehouse.doctor.finding import (
    Finding,
    Findings,
    dbt,
    exist,
    literal,
    psql,
    rebuild,
    rows,
)

if TYPE_CHECKING:
    from psycopg2.extensions import connection

TABLES = """
select pg_class.relname, pg_class.oid::regclass::text
from pg_class
inner join pg_attribute on pg_attribute.attrelid = pg_class.oid
where
    pg_class.relkind = 'r'
    and pg_class.relnamespace::regnamespace::text
    in ('staging', 'intermediate', 'marts')
    and pg_attribute.attname = 'changed_in'
order by 2
"""
VERSIONS = "select model, version from ops.versions where version > 0 order by 1"
AHEAD = """
select
    reads.model,
    reads.upstream,
    reads.done,
    coalesce(upstreams.version, 0),
    models.model is not null
from ops.reads
left join ops.versions as upstreams on reads.upstream = upstreams.model
left join ops.versions as models on reads.model = models.model
where reads.done > coalesce(upstreams.version, 0)
order by 1, 2
"""
FORGET = "; ".join(
    f"delete from ops.{table} where model = {{0}}"  # noqa: S608 - tables of ours
    for table in ("reads", "loads_read", "versions")
)


def lost_tables(held: "connection") -> Findings:
    """Find models that the ledger knows as built, and whose tables are gone."""
    if not exist(held, "ops.versions"):
        return
    tables = dict(rows(held, TABLES))
    for model, _ in rows(held, VERSIONS):
        if model not in tables:
            yield Finding(
                f"The ledger knows {model}, but its table is gone.",
                f"{dbt(model, options='--full-refresh ')}   or, if the project has no "
                f"such model any more: {psql(FORGET.format(literal(model)))}",
            )


def unknown_tables(held: "connection") -> Findings:
    """Find tables that look like a model's, and that the ledger does not know."""
    if not exist(held, "ops.versions"):
        return
    versions = dict(rows(held, VERSIONS))
    for model, table in rows(held, TABLES):
        if model not in versions:
            yield Finding(
                f"{table} is there, but the ledger does not know it.",
                f"{dbt(model, options='--full-refresh ')}   or, if the project has no "
                f"such model: {psql(f'drop table {table}')}",
            )


def reads_ahead(held: "connection") -> Findings:
    """Find models and tests that have read more of a model than was built."""
    if not exist(held, "ops.reads", "ops.versions"):
        return
    for model, upstream, done, version, is_model in rows(held, AHEAD):
        names = f"model = {literal(model)} and upstream = {literal(upstream)}"
        forget = psql(f"delete from ops.reads where {names}")  # noqa: S608 - only shown
        yield Finding(
            f"{model} has read {upstream} up to version {done}, and that is at "
            f"{version}: it was put back or swapped.",
            rebuild(model) if is_model else forget,
        )


def rows_ahead(held: "connection") -> Findings:
    """Find tables with rows of a build that the ledger does not know yet."""
    if not exist(held, "ops.versions"):
        return
    versions = dict(rows(held, VERSIONS))
    for model, table in rows(held, TABLES):
        query = f"select 1 from {table} where changed_in > %s limit 1"  # noqa: S608 - quoted by regclass
        if model in versions and rows(held, query, versions[model]):
            yield Finding(
                f"{table} has rows of a later build than the ledger knows, "
                f"{versions[model]}: one of the two was put back.",
                dbt(model, options="--full-refresh "),
            )
