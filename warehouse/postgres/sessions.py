"""Sessions of the reader that outlive its timeouts, which each may set for itself."""

import logging
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from psycopg2.extensions import cursor

# The role's own limits count up to an hour, since it may set those, too. PostgreSQL is
# given some seconds to end a session by itself.
OVERDUE = """
with limits as (
    select
        wanted.name,
        coalesce(nullif(least(given.span, '1 hour'), '0'), wanted.span) + '5 s' as span
    from (
        values
        ('statement_timeout', interval '2 min'),
        ('idle_in_transaction_session_timeout', interval '10 min'),
        ('transaction_timeout', interval '1 hour')
    ) as wanted (name, span)
    left join lateral (
        select
            case
                when said.value ~ '^[0-9]+$' then said.value::int * interval '1 ms'
                else said.value::interval
            end as span
        from pg_db_role_setting
        cross join unnest(setconfig) as entries (entry)
        cross join lateral (select split_part(entries.entry, '=', 2)) as said (value)
        where
            setrole = to_regrole('reader')
            and setdatabase in (
                0, (select oid from pg_database where datname = current_database())
            )
            and entries.entry like wanted.name || '=%'
        order by setdatabase desc
        limit 1
    ) as given on true
),

activities as (
    select
        pid,
        application_name,
        case
            when state = 'active' then 'statement_timeout'
            when state like 'idle in%' then 'idle_in_transaction_session_timeout'
        end as name,
        clock_timestamp()
        - case state when 'active' then query_start else state_change end as span,
        clock_timestamp() - xact_start as transaction_span
    from pg_stat_activity
    where usename = 'reader' and datname = current_database()
)

select distinct on (activities.pid)
    activities.pid,
    coalesce(nullif(activities.application_name, ''), 'a session'),
    limits.name
from activities
inner join limits
    on
        (limits.name = activities.name and activities.span > limits.span)
        or (
            limits.name = 'transaction_timeout'
            and activities.transaction_span > limits.span
        )
order by activities.pid, limits.name
"""
END = "select pg_terminate_backend(%s) where pg_has_role('reader', 'usage')"

logger = logging.getLogger(__name__)


class Session(NamedTuple):
    """A backend, what it calls itself, and the limit of its role that it is beyond."""

    pid: int
    name: str
    limit: str


def overdue(cursor: "cursor") -> list[Session]:
    """Return the reader's sessions that go on beyond a limit of its role."""
    cursor.execute(OVERDUE)
    return [Session(*row) for row in cursor.fetchall()]


def end_overdue(cursor: "cursor") -> None:
    """End them, where the transformer may: they keep full refreshes waiting."""
    for session in overdue(cursor):
        cursor.execute(END, (session.pid,))
        if cursor.rowcount:
            logger.warning(
                "Ended %s of the reader, backend %d, that was beyond its %s",
                *(session.name, session.pid, session.limit),
            )
