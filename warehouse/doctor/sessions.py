"""Who holds up whom."""

from typing import TYPE_CHECKING

from warehouse.doctor.access import as_admin
from warehouse.doctor.finding import Finding, Findings, psql, rows
from warehouse.postgres import sessions

if TYPE_CHECKING:
    from psycopg2.extensions import connection

WRITERS = "('loader', 'transformer')"
# of the keys that ingestion and builds take
INTRUDERS = f"""
select distinct activity.usename::text, activity.pid
from pg_locks
inner join pg_stat_activity as activity using (pid)
where
    pg_locks.locktype = 'advisory'
    and pg_locks.granted
    and activity.datname = current_database()
    and activity.usename not in {WRITERS}
order by 1, 2
"""  # noqa: S608 - names of ours
PATIENCE = 60
"""Seconds for which somebody may wait without a finding."""
WAITS = """
select
    holding.usename::text,
    holding.pid,
    coalesce(nullif(holding.application_name, ''), 'a session'),
    string_agg(
        distinct coalesce(nullif(waiting.application_name, ''), 'a session')
        || ' as ' || waiting.usename,
        ', '
    ),
    extract(epoch from max(clock_timestamp() - waits.since))::int
from (
    select pid, min(waitstart) as since
    from pg_locks
    where not granted
    group by pid
) as waits
inner join pg_stat_activity as waiting using (pid)
cross join lateral unnest(pg_blocking_pids(waiting.pid)) as blocking (pid)
inner join pg_stat_activity as holding on blocking.pid = holding.pid
where waiting.datname = current_database()
group by 1, 2, 3
having max(clock_timestamp() - waits.since) > %s * interval '1 s'
order by 5 desc
"""


def intruders(held: "connection") -> Findings:
    """Find who holds a lock by a key, and neither lands nor builds."""
    for role, pid in rows(held, INTRUDERS):
        yield Finding(
            f"{role} holds a lock by a key in backend {pid}: ingestion or a build may "
            "wait for it.",
            _end(role, pid),
        )


def waits(held: "connection") -> Findings:
    """Find who keeps others waiting for long."""
    for role, pid, name, others, seconds in rows(held, WAITS, PATIENCE):
        yield Finding(
            f"{name} as {role}, backend {pid}, keeps waiting, for {seconds:,} seconds "
            f"by now: {others}.",
            _end(role, pid),
        )


def overdue_readers(held: "connection") -> Findings:
    """Find sessions of the reader that go on beyond its limits."""
    with held.cursor() as cursor:
        found = sessions.overdue(cursor)
    for pid, name, limit in found:
        yield Finding(
            f"{name} of the reader, backend {pid}, goes on beyond its {limit}.",
            _end("reader", pid),
        )


def _end(role: str, pid: int) -> str:
    statement = f"select pg_terminate_backend({pid})"
    if role in ("loader", "transformer"):
        return psql(statement, role)
    return psql(statement) if role == "reader" else as_admin(psql(statement, "admin"))
