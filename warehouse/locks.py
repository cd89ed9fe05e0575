"""The locks of who writes: shared by ingestions, exclusive for a restore."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from warehouse.postgres import connections

if TYPE_CHECKING:
    from psycopg2.extensions import connection, cursor

# the key beside those of the systems, whose second half is hashtext of a name
LOCK = "hashtext('ingestion'), 0"
MAKING = "hashtext('ops')"
"""What is made on first use: raw tables, the ledger."""
DEFINING = "hashtext('raw')"
"""What dlt makes in `raw`, by a connection of its own, also while ours holds MAKING."""
# one who neither lands nor builds is named by role and backend; the loader sees no more
HOLDERS = """
select
    case
        when activity.usename in ('loader', 'transformer')
            then coalesce(activity.application_name, activity.usename)
        else activity.usename || ', backend ' || activity.pid
    end
from pg_locks
inner join pg_stat_activity as activity using (pid)
where
    pg_locks.locktype = 'advisory'
    and pg_locks.granted
    and pg_locks.mode = %s
    and pg_locks.classid = hashtext('ingestion')::oid
    and pg_locks.objid = 0
    and activity.datname = current_database()
order by 1
"""
BUILDS = """
select distinct
    activity.application_name || ' as ' || activity.usename || ', backend '
    || activity.pid
from pg_locks
inner join pg_stat_activity as activity using (pid)
inner join pg_class on pg_locks.relation = pg_class.oid
where
    pg_locks.granted
    and activity.datname = current_database()
    and activity.pid != pg_backend_pid()
    and pg_class.relnamespace::regnamespace::text
    in ('raw', 'staging', 'intermediate', 'marts', 'ops')
order by 1
"""
SHARED, EXCLUSIVE = "ShareLock", "ExclusiveLock"


def holders(held: "connection") -> list[str]:
    """Return who ingests now, such as `ingestion binance, pid 17`."""
    with held.cursor() as cursor:
        return _names(cursor, HOLDERS, SHARED)


def shared(held: "connection", say: Callable[[str], None]) -> None:
    """Hold a shared lock until the connection ends; wait for a restore under way."""
    with held.cursor() as cursor:
        if not _tried(cursor, "pg_try_advisory_lock_shared"):
            say(", ".join(_names(cursor, HOLDERS, EXCLUSIVE)) or "a restore")
            cursor.execute(f"select pg_advisory_lock_shared({LOCK})")  # noqa: S608 - ours


@contextmanager
def exclusive(say: Callable[[str], None]) -> Iterator[None]:
    """Hold the exclusive lock: wait for running ingestions, say which, let none begin.

    Those that build or read are only named: they are waited for table by table.
    """
    me = f"restore, pid {os.getpid()}"
    with closing(connections.connect("transformer", me)) as held:
        held.autocommit = True
        with held.cursor() as cursor:
            if not _tried(cursor, "pg_try_advisory_lock"):
                for name in _names(cursor, HOLDERS, SHARED):
                    say(name)
                cursor.execute(f"select pg_advisory_lock({LOCK})")  # noqa: S608 - ours
            for name in _names(cursor, BUILDS):
                say(name)
        yield


@contextmanager
def making(held: "connection") -> Iterator[None]:
    """Make what is made on first use, one run at a time; dbt's ledger waits too."""
    with held.cursor() as cursor:
        cursor.execute(f"select pg_advisory_lock({MAKING})")  # noqa: S608 - ours
        try:
            yield
        finally:
            cursor.execute(f"select pg_advisory_unlock({MAKING})")  # noqa: S608 - ours


def _tried(cursor: "cursor", function: str) -> bool:
    cursor.execute(f"select {function}({LOCK})")  # noqa: S608 - ours
    return cursor.fetchone()[0]


def _names(cursor: "cursor", query: str, *parameters: str) -> list[str]:
    cursor.execute(query, parameters or None)
    return [name for (name,) in cursor.fetchall()]
