"""The ledger of loads, and dlt's files, held against the loads that are in `raw`."""

from shlex import quote
from typing import TYPE_CHECKING

from warehouse import dlt_state, locks
from warehouse.doctor.finding import Finding, Findings, dbt, exist, rebuild, rows
from warehouse.losses import losses

if TYPE_CHECKING:
    from psycopg2.extensions import connection

UNKNOWN = """
select loads_read.model, count(*)
from ops.loads_read
where not exists (
    select 1 from raw._dlt_loads where _dlt_loads.load_id = loads_read.load_id
)
group by 1
order by 1
"""
# who has read a load of a system reads that system
UNREAD = """
with readers as (
    select distinct loads_read.model, loads.schema_name
    from ops.loads_read
    inner join raw._dlt_loads as loads using (load_id)
    inner join pg_tables on pg_tables.tablename = loads_read.model
    where pg_tables.schemaname in ('staging', 'intermediate', 'marts')
)
select readers.model, count(*), to_char(min(loads.inserted_at), 'YYYY-MM-DD HH24:MI')
from readers
inner join raw._dlt_loads as loads using (schema_name)
where
    loads.status = 0
    and loads.inserted_at < now() - interval '24 hours'
    and not exists (
        select 1
        from ops.loads_read
        where loads_read.model = readers.model and loads_read.load_id = loads.load_id
    )
    and not exists (
        select 1
        from {aside} as aside
        where aside.model = readers.model and aside.load_id = loads.load_id
    )
group by 1
order by 1
"""
NONE_ASIDE = "(select null as model, null as load_id)"
"""Of a warehouse that a release made which set nothing aside."""
SET_ASIDE = """
select model, load_id, sentence, to_char(set_aside_at, 'YYYY-MM-DD HH24:MI')
from ops.set_aside
order by 1, 2
"""
ONLY_NOW = ("coinmarketcap", "cryptocompare", "loans")
"""The systems that can't be asked for a past."""

UNUSABLE = """
select newest.request::jsonb ->> 'file', newest.request::jsonb ->> 'unusable'
from (
    select pages.request
    from raw.{0} as pages
    inner join raw._dlt_loads as loads on pages._dlt_load_id = loads.load_id
    where loads.status = 0
    order by pages.fetched_at desc, loads.load_id desc
    limit 1
) as newest
where newest.request::jsonb ? 'unusable'
"""
LOAN_FILES = (
    *("loans__borrowers", "loans__loans"),
    *("loans__schedules", "loans__payments"),
)


def unknown_loads(held: "connection") -> Findings:
    """Find loads that models have read and that are not in `raw`."""
    if not exist(held, "ops.loads_read", "raw._dlt_loads"):
        return
    for model, count in rows(held, UNKNOWN):
        yield Finding(
            f"{model} has read {count} loads that raw._dlt_loads does not have: raw or "
            "only the ledger was put back.",
            rebuild(model),
        )


def unread_loads(held: "connection") -> Findings:
    """Find loads that a model has left unread for more than a day."""
    if not exist(held, "ops.loads_read", "raw._dlt_loads"):
        return
    aside = "ops.set_aside" if exist(held, "ops.set_aside") else NONE_ASIDE
    for model, count, since in rows(held, UNREAD.format(aside=aside)):
        yield Finding(
            f"{model} has not read {count} loads, the oldest of {since} UTC.",
            dbt(model),
        )


def loads_set_aside(held: "connection") -> Findings:
    """Find loads that a model failed for, and that it was built without."""
    if not exist(held, "ops.set_aside"):
        return
    for model, load, why, since in rows(held, SET_ASIDE):
        yield Finding(
            f"{model} fails for the load {load}, and is built without it since {since} "
            f"UTC: {why}.",
            f"python -m warehouse retry {quote(model)}; {dbt(model)}",
        )


def lost_rows(held: "connection") -> Findings:
    """Find loads whose pages or notes are gone from `raw`."""
    for loss in losses(held):
        since = f" --from {loss.asked_from:%Y-%m-%d}" if loss.asked_from else ""
        has_past = loss.system not in ONLY_NOW
        yield Finding(
            f"raw.{loss.table} has lost what {loss.loads} loads put there, the last of "
            f"{loss.last_loaded_at:%Y-%m-%d %H:%M} UTC, as dlt's drop does. What was "
            "built from them stays, and a full refresh that would lose it is refused.",
            f"python -m ingestion {quote(loss.system)}{since if has_past else ''}",
        )


def unusable_files(held: "connection") -> Findings:
    """Find files of the loan book of which the newest can't be used."""
    for table in LOAN_FILES:
        if not exist(held, f"raw.{table}", "raw._dlt_loads"):
            continue
        for name, why in rows(held, UNUSABLE.format(table)):
            yield Finding(
                f"loans: the newest {name} can't be used, so the last good one is: "
                f"{why}.",
                "mend the file, then: python -m ingestion loans; dbt build",
            )


def packages_left_behind(held: "connection") -> Findings:
    """Find what killed runs of dlt left behind on this machine."""
    for system in _idle_systems(held):
        left = dlt_state.pending(system)
        if left:
            yield Finding(
                f"{system}: a run that was killed left {len(left)} loads behind in "
                f"{dlt_state.folder() / system}; the next one lands them.",
                f"python -m ingestion {quote(system)}",
            )


def broken_files(held: "connection") -> Findings:
    """Find systems of which dlt's files can't be read, as after a power cut."""
    for system in _idle_systems(held):
        if dlt_state.is_broken(system):
            yield Finding(
                f"{system}: dlt's files in {dlt_state.folder() / system} are broken; "
                "the next run takes what they say from the database.",
                f"python -m ingestion {quote(system)}",
            )


def files_ahead(held: "connection") -> Findings:
    """Find systems of which dlt's files know more loads than the database."""
    for system in _idle_systems(held):
        if dlt_state.is_ahead(held, system):
            yield Finding(
                f"{system}: dlt's files know of loads that the database does not have, "
                "as after a restore; the next run asks for what is missing.",
                f"python -m ingestion {quote(system)}",
            )


def _idle_systems(held: "connection") -> list[str]:
    """Return the systems with files here whose ingestion is not running."""
    names = {name.partition(",")[0] for name in locks.holders(held)}
    return [name for name in dlt_state.systems() if f"ingestion {name}" not in names]
