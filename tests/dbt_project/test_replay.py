"""A day of every system, read again in any order, gives the same marts to the byte."""

from itertools import chain
from random import Random

import pytest
from psycopg2.extras import execute_values

from ingestion.ingest import ingest, tables_of
from ingestion.sources import SYSTEMS
from ingestion.window import Window
from tests.support.raw import Raw
from warehouse import ROOT

DAY = Window.between("2024-05-21", "2024-05-22")
BUILT = ("staging", "intermediate", "marts", "ops")
MADE = """
select format('%%I.%%I', schemaname, tablename)
from pg_tables
where schemaname = any(%s)
"""
MARTS = """
select relname
from pg_class
inner join pg_namespace on pg_namespace.oid = pg_class.relnamespace
where
    nspname = 'marts'
    and relkind in ('r', 'v')
    and relname not in ('fct_loads', 'rpt_source_health', 'rpt_versions')
order by 1
"""
"""But for what tells of the loads themselves."""
PAGES = """
select request, payload, fetched_at, answered_at
from raw.{}
order by fetched_at
"""
ROWS = """
select
    (to_jsonb(mart) - array['updated_at', 'changed_in', 'load_id', 'rejected_at'])::text
from marts.{} as mart
order by 1
"""


@pytest.fixture
def day(sandbox, database, environment):
    """Land a day of what has a past, rankings, a loan book; return their pages."""
    sandbox.at("2024-05-29T12:00:30Z")
    environment["SOURCES__PLANT__BASE_URL"] = f"{sandbox.url}/plant"
    environment["SOURCES__PLANT__TURBINES"] = '["T01"]'
    environment["SOURCES__LOANS__FOLDER"] = str(ROOT / "sandbox" / "loans")
    for system in ("binance", "plant", "xe", "ecb", "ethereum"):
        assert not ingest(system, DAY).bad
    for system in ("loans", "coinmarketcap", "cryptocompare"):
        assert not ingest(system).bad
    names = chain.from_iterable(map(tables_of, SYSTEMS))
    return {name: database.query(PAGES.format(name)) for name in names}


def marts(database):
    """Return every mart's rows as text, but for when and by what they were built."""
    names = [name for (name,) in database.query(MARTS)]
    return {name: database.query(ROWS.format(name)) for name in names}


def land(raw, name, pages):
    """Land pages as one load."""
    load, system = raw.next_id(), name.split("__")[0]
    with raw.loader() as loader:
        execute_values(
            loader,
            f"insert into raw.{name} values %s",  # noqa: S608 - a table of ours
            [(*page, load) for page in pages],
        )
    raw.complete(load, system=system)


def test_a_day_read_twice_in_another_order_gives_the_same_marts(day, database, dbt):
    dbt("run", "-s", "tickhouse")
    told = marts(database)
    notes = {
        system: database.query(f"select * from raw.{system}__fetches")  # noqa: S608 - ours
        for system in SYSTEMS
    }
    emptied = (*day, *(f"{system}__fetches" for system in SYSTEMS), "_dlt_loads")
    tables = ", ".join(f"raw.{name}" for name in emptied)
    database.query(f"truncate {tables}", role="loader")
    for (name,) in database.query(MADE, [*BUILT]):
        database.query(f"drop table {name} cascade")
    raw, chance = Raw(database), Random(5)  # noqa: S311 - no secret
    for system, rows in notes.items():
        with raw.loader() as loader:
            execute_values(
                loader,
                f"insert into raw.{system}__fetches values %s",  # noqa: S608 - ours
                rows,
            )
        for load in {row[-1] for row in rows}:
            raw.complete(load, system=system)

    late = {name: chance.choice(pages) for name, pages in day.items() if pages}
    for _ in range(2):
        for name, pages in chance.sample(sorted(day.items()), len(day)):
            others = [page for page in pages if page != late.get(name)]
            chance.shuffle(others)
            for part in (others[::2], others[1::2]):
                if part:
                    land(raw, name, part)
        dbt("run", "-s", "tickhouse")
    for name, page in late.items():
        land(raw, name, [page])
    dbt("run", "-s", "tickhouse")

    again = marts(database)
    assert {name: len(rows) for name, rows in again.items()} == {
        name: len(rows) for name, rows in told.items()
    }
    assert again == told
    empty = {name for name, rows in told.items() if not rows}
    # a day that was asked for whole has no gaps
    assert empty <= {"rpt_coin_moves", "rpt_price_check", "rpt_gaps"}
