"""What has landed since a load, whichever command asked for it, by the pages alone.

Systems that are asked by days say in `request` which parts of a page's request are its
key, start and end.
"""

from contextlib import closing
from dataclasses import dataclass, field
from datetime import date

from psycopg2.extensions import connection
from psycopg2.sql import SQL, Identifier

import warehouse
from ingestion import landing, notes
from ingestion.ingest import tables_of
from ingestion.sources import source_of

# a load has notes in any case; loads of a system come one after the other
LOADS = SQL("""
select max(load_id)
from raw._dlt_loads
where
    status = 0
    and load_id in (
        select distinct _dlt_load_id from raw.{notes} where _dlt_load_id > %(since)s
    )
""")
PAGES = SQL("""
select count(*)
from raw.{table}
where _dlt_load_id > %(since)s and _dlt_load_id <= %(until)s
""")
# A day has landed if a key's pages cover it, as far as it was over, and those of each
# key that was asked for a part of it do. A page of several counts only where its key
# did not fail, and one of a trial never.
DAYS = SQL("""
with

noted as materialized (

    select key, outcome, asked_from, asked_to, _dlt_load_id as load_id
    from raw.{notes}
    where
        _dlt_load_id > %(since)s
        and _dlt_load_id <= %(until)s
        and (not %(is_key)s or key = %(things)s)
        and outcome != 'unchanged'

),

pages as materialized (

    select
        request::jsonb as request,
        coalesce(answered_at, fetched_at) as known_at,
        _dlt_load_id as load_id
    from raw.{table}
    where _dlt_load_id > %(since)s and _dlt_load_id <= %(until)s

),

landed as (

    select
        pages.request ->> %(key)s as key,
        range_agg(tstzrange(
            (pages.request ->> %(start)s)::timestamptz,
            (pages.request ->> %(end)s)::timestamptz
        )) as spans
    from pages
    where
        not pages.request ? 'limit'
        and not (
            pages.request ? 'page'
            and exists (
                select from noted
                where
                    noted.load_id = pages.load_id
                    and noted.outcome in ('failed', 'refused')
            )
        )
    group by 1

),

asked as (

    select key, range_agg(tstzrange(asked_from, asked_to)) as spans
    from noted
    where asked_from < asked_to
    group by 1

),

days as (

    select
        midnights.began_at,
        tstzrange(
            midnights.began_at,
            least(
                midnights.began_at + interval '24 hours',
                (select date_trunc('hour', max(known_at), 'utc') from pages)
            )
        ) as span
    from generate_series(
        %(first)s::timestamp at time zone 'utc', now(), interval '24 hours'
    ) as midnights (began_at)
    where
        midnights.began_at < (
            select date_trunc('hour', max(known_at), 'utc') from pages
        )

)

select (days.began_at at time zone 'utc')::date
from days
where
    exists (select from landed where landed.spans @> days.span)
    and not exists (
        select from asked
        where
            asked.spans && days.span
            and not exists (
                select from landed
                where landed.key = asked.key and landed.spans @> days.span
            )
    )
order by 1 desc
""")
# of one day only: of all tokens there is one page since the first block
EARLIEST = SQL("""
select min(request::jsonb ->> %(start)s)::timestamptz at time zone 'utc'
from raw.{table}
where
    (request::jsonb ->> %(end)s)::timestamptz
    <= (request::jsonb ->> %(start)s)::timestamptz + interval '24 hours'
""")


@dataclass(frozen=True)
class Landed:
    """The newest load, the pages that came of each table, and the days, newest first.

    Only tables that are asked by days have such.
    """

    until: str
    pages: dict[str, int] = field(default_factory=dict)
    days: dict[str, list[date]] = field(default_factory=dict)


def since(system: str, load: str, first: date) -> Landed | None:
    """Return what of a system has landed after a load; None if nothing has.

    Of days none before `first`. The cost follows what has landed since.
    """
    tables = list(tables_of(system))
    with closing(warehouse.connect("loader")) as held, held, held.cursor() as cursor:
        if not _have_tables(held, system):
            return None
        named = {"notes": Identifier(notes.table_of(system))}
        bounds = {"since": load, "first": first}
        cursor.execute(LOADS.format(**named), bounds)
        (until,) = cursor.fetchone()
        if not until:
            return None
        landed = Landed(until)
        bounds["until"] = until
        for table in tables:
            named["table"] = Identifier(table)
            cursor.execute(PAGES.format(**named), bounds)
            (landed.pages[table],) = cursor.fetchone()
            if is_by_day(system):
                request = _request(system, table)
                cursor.execute(DAYS.format(**named), {**bounds, **request})
                landed.days[table] = [day for (day,) in cursor.fetchall()]
        return landed


def is_by_day(system: str) -> bool:
    """Return whether a system is asked by days."""
    return source_of(system).request is not None


def first_day(system: str) -> date | None:
    """Return the earliest day that has landed of a system; None if none has."""
    with closing(warehouse.connect("loader")) as held, held, held.cursor() as cursor:
        if not _have_tables(held, system):
            return None
        found = []
        for table in tables_of(system):
            earliest = EARLIEST.format(table=Identifier(table))
            cursor.execute(earliest, _request(system, table))
            found += cursor.fetchone()
        return min((time.date() for time in found if time), default=None)


def _have_tables(held: connection, system: str) -> bool:
    """Return whether something may have landed: whether all is there to be read."""
    needed = [*tables_of(system), notes.table_of(system), "_dlt_loads"]
    return not landing.missing_tables(held, needed)


def _request(system: str, table: str) -> dict[str, object]:
    key, start, end = source_of(system).request
    things = table.removeprefix(f"{system}__")
    is_key = len(tables_of(system)) > 1
    return {"key": key, "start": start, "end": end, "things": things, "is_key": is_key}
