"""The server: how old, how large, how much of it is waste."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from warehouse import settings
from warehouse.doctor.finding import Finding, Findings, psql, rows
from warehouse.postgres import binaries, roles

if TYPE_CHECKING:
    from psycopg2.extensions import connection

SIZES = """
select
    relnamespace::regnamespace::text,
    pg_size_pretty(sum(pg_total_relation_size(oid)))
from pg_class
where
    relkind = 'r'
    and relnamespace::regnamespace::text
    in ('raw', 'staging', 'intermediate', 'marts', 'ops')
group by 1
order by sum(pg_total_relation_size(oid)) desc
"""
WHOLE = "select pg_size_pretty(pg_database_size(current_database()))"
# autovacuum begins at a fifth
BLOATED = """
select
    relid::regclass::text,
    n_dead_tup,
    n_live_tup,
    pg_size_pretty(pg_total_relation_size(relid)),
    case when schemaname = 'raw' then 'loader' else 'transformer' end
from pg_stat_user_tables
where
    schemaname in ('raw', 'staging', 'intermediate', 'marts', 'ops')
    and n_dead_tup > 10000
    and n_dead_tup > 0.5 * n_live_tup
order by n_dead_tup desc
"""
DAMAGED = """
select coalesce(checksum_failures, 0)
from pg_stat_database
where datname = current_database() and checksum_failures > 0
"""


def report_sizes(held: "connection", say: Callable[[str], None]) -> None:
    """Say how much of the disk the database takes, by schema."""
    ((whole,),) = rows(held, WHOLE)
    parts = ", ".join(f"{schema} {size}" for schema, size in rows(held, SIZES))
    say(f"PostgreSQL {_version(held)}, {whole} ({parts or 'no tables yet'})")


def old_server(held: "connection") -> Findings:
    """Find a server that is too old, or not the one that is installed."""
    if held.server_version // 10000 < roles.OLDEST:
        yield Finding(
            f"The server is PostgreSQL {_version(held)}, and Tickhouse needs "
            f"{roles.OLDEST} or later.",
            "python -m warehouse backup FILE, then restore it into a newer server",
        )
    elif settings.kind() == "embedded" and _version(held) != binaries.release():
        yield Finding(
            f"PostgreSQL {_version(held)} runs, and {binaries.release()} is installed.",
            "python -m warehouse stop; python -m warehouse start",
        )


def bloated_tables(held: "connection") -> Findings:
    """Find tables of which a good part is dead rows."""
    for table, dead, live, size, role in rows(held, BLOATED):
        yield Finding(
            f"{table} has {dead:,} dead rows and {live:,} live ones, in {size}: "
            "autovacuum does not keep up, or a long transaction holds it off.",
            psql(f"vacuum (analyze) {table}", role),
        )


def damaged_pages(held: "connection") -> Findings:
    """Find that checksums did not match: the disk has changed what was written."""
    for (count,) in rows(held, DAMAGED):
        yield Finding(
            f"{count} pages of the database have come back damaged from the disk.",
            "python -m warehouse restore FILE, with the last backup, on another disk",
        )


def _version(held: "connection") -> str:
    return f"{held.server_version // 10000}.{held.server_version % 10000}"
