"""A load that a model fails for is set aside, and keeps none of the others."""

import json

import pytest

from ingestion.ingest import ingest
from ingestion.sources import SYSTEMS
from tests.ingestion.test_unchanged import house  # noqa: F401 - a fixture
from tests.support.database import Database
from tests.support.dbt import LEDGER_PROJECT, invoke
from tests.support.klines import FETCHED, HOUR, MONDAY, Page, kline
from tests.support.things import Things
from warehouse.ledger import retry

ASIDE = "select model, load_id, sqlstate from ops.set_aside order by 1, 2"
CHANGING = ("binance", "plant", "ecb", "ethereum", "loans")
STAGING = "path:models/staging"
AFTER_FILES = {"staging.stg_loans__payments", "staging.stg_loans__rejected"}
"""What reads a load of the loan book once stg_loans__files has."""
COMPLETED = "select load_id from raw._dlt_loads"
LINED = """
select attrelid::regclass::text
from pg_attribute
inner join pg_class on pg_attribute.attrelid = pg_class.oid
where
    relnamespace = 'staging'::regnamespace
    and relkind = 'r'
    and attname = 'load_id'
order by 1
"""
LATER = "select 1 from {} where load_id != all(%s) limit 1"
ROWS = """
select (to_jsonb(held) - '{{updated_at,changed_in}}'::text[])::text
from {} as held
order by 1
"""
FULL_DISK = """
create function staging.full_disk() returns trigger language plpgsql as $$
begin
    raise exception 'no space left on device' using errcode = '53100';
end
$$;
create trigger full_disk before insert on staging.things
execute function staging.full_disk()
"""


@pytest.fixture
def poison(things):
    """Return what lands a thing without a shelf, which the key refuses."""

    def poison() -> str:
        load = things.land({"a1p": 7})
        things.database.query(
            "update raw.tiny__things set shelf = null where _dlt_load_id = %s",
            load,
            role="loader",
        )
        return load

    return poison


def mend(things: Things, load: str) -> None:
    """Add the shelf that the thing of a load lacks."""
    things.database.query(
        "update raw.tiny__things set shelf = '1' where _dlt_load_id = %s",
        load,
        role="loader",
    )


def aside(database: Database) -> list[tuple]:
    """Return which loads are set aside of which model, and their SQLSTATEs."""
    return database.query(ASIDE)


def test_a_load_that_fails_again_is_set_aside_and_the_others_go_on(
    things, ledger, poison
):
    """Whatever stands before and after it; the first failure sets nothing aside."""
    things.land({"a1b": 10})
    bad = poison()
    things.land({"a1c": 20})

    assert ledger("run")["things"].startswith("error")
    assert not aside(things.database)
    again = ledger("run")

    assert set(again.values()) == {"success"}
    assert aside(things.database) == [("things", bad, "23502")]
    assert things.rooms["a"] == 1 + 2 + 4 + 10 + 20


def test_each_of_several_loads_is_found(things, ledger, poison):
    """Among good ones."""
    bad = []
    for number in range(7):
        things.land({f"a1n{number}": 1})
        if number % 3 == 0:
            bad.append(poison())
    ledger("run")
    ledger("run")

    assert [load for _, load, _ in aside(things.database)] == bad
    assert things.rooms["a"] == 7 + 7


def test_a_first_build_sets_aside_too(database, ledger, things, poison):
    """A table that is not there, or is made anew, is made of the others."""
    bad = poison()
    things.land({"c1x": 3})
    for name in ("staging.things", "marts.shelves", "marts.rooms"):
        database.query(f"drop table {name} cascade")
    database.query("truncate ops.versions, ops.reads, ops.loads_read")
    ledger("run")
    ledger("run")
    assert aside(database) == [("things", bad, "23502")]
    assert things.rooms["c"] == 3

    ledger("run", "--full-refresh")

    assert aside(database) == [("things", bad, "23502")]
    assert things.rooms == {"a": 7, "b": 8, "c": 3}


def test_a_load_set_aside_is_no_longer_pending_and_fails_each_run(
    things, ledger, ledger_target, poison
):
    """Until it is tried again, the run says which table lacks what and what to do."""
    bad = poison()
    ledger("run")
    ledger("run")

    done = invoke(LEDGER_PROJECT, ledger_target, "run")

    assert not done.success
    said = " ".join(each.message or "" for each in done.result.results)
    assert f"things lacks the load {bad}" in said
    assert "python -m warehouse retry" in said


def test_a_load_is_tried_again_where_the_model_has_changed(things, ledger, poison):
    """Another formula may do what the one that failed could not."""
    bad = poison()
    ledger("run")
    ledger("run")
    mend(things, bad)
    things.database.query("update ops.set_aside set checksum = 'of before'")
    things.database.query("update ops.versions set checksum = 'of before'")

    assert set(ledger("run").values()) == {"success"}
    assert not aside(things.database)
    assert things.weights["a1p"] == 7


def test_a_page_that_is_too_large_to_be_taken_apart_is_set_aside(raw, database, dbt):
    """Ingestion lands none any more."""
    hours = [(MONDAY + n * HOUR, MONDAY + (n + 1) * HOUR) for n in range(3)]
    loads = [
        raw.land([Page("BTCUSDT", *hour, json.dumps([kline("BTCUSDT", hour[0])]), at)])
        for hour, at in zip(hours, (FETCHED,) * 3, strict=True)
    ]
    large = """
        update raw.binance__klines
        set payload = '[' || repeat('"x",', 72000000) || '1]'
        where _dlt_load_id = %s
    """
    database.query(large, loads[1], role="loader")

    # what reads a model that failed fails after it
    for _ in range(3):
        dbt("run", "-s", "+stg_binance__klines", check=False)

    told = {(load, sqlstate) for _, load, sqlstate in aside(database)}
    assert told == {(loads[1], "XX000")}
    there = database.query("select load_id from staging.stg_binance__klines order by 1")
    assert there == [(loads[0],), (loads[2],)]


def test_an_error_that_is_no_loads_fault_sets_nothing_aside(things, ledger):
    """A disk that is full keeps a load waiting, which then is read."""
    things.land({"a1b": 10})
    things.database.query(FULL_DISK)
    for _ in range(2):
        assert "no space left" in ledger("run")["things"]
    assert not aside(things.database)
    things.database.query("drop trigger full_disk on staging.things")

    assert set(ledger("run").values()) == {"success"}
    assert things.weights["a1b"] == 10


def test_one_command_has_it_tried_again(things, ledger, poison, environment):
    """Once its cause is mended, the next build reads it."""
    bad = poison()
    ledger("run")
    ledger("run")
    mend(things, bad)
    assert set(ledger("run", "-s", "things").values()) == {"success"}
    assert "a1p" not in things.weights

    assert retry() == [("things", bad)]

    assert set(ledger("run").values()) == {"success"}
    assert things.weights["a1p"] == 7


def test_each_staging_model_sets_aside_what_it_fails_for(house, database, dbt):  # noqa: F811
    """And ends as a fresh build does once that is tried again."""
    for system in SYSTEMS:
        ingest(system)
    dbt("run", "-s", STAGING)
    known = [load for (load,) in database.query(COMPLETED)]
    tables = [table for (table,) in database.query(LINED)]
    for table in tables:
        listed = ", ".join(f"'{load}'" for load in known)
        check = f"add constraint poison check (load_id in ({listed}))"
        database.query(f"alter table {table} {check}")
    for system in SYSTEMS:
        if system in CHANGING:
            house.change(system)
        ingest(system)
    for _ in range(4):  # what reads a model that failed fails after it
        dbt("run", "-s", STAGING, check=False)
    failed = {f"staging.{model}" for model, *_ in aside(database)}
    for table in tables:
        database.query(f"alter table {table} drop constraint poison")

    retry()
    dbt("run", "-s", STAGING)

    touched = {table for table in tables if database.query(LATER.format(table), known)}
    assert touched - failed == AFTER_FILES
    assert failed <= touched
    assert len(failed) > 12
    increments = {table: database.query(ROWS.format(table)) for table in tables}
    dbt("run", "-s", STAGING, "--full-refresh", "--vars", "{rebuild_pruned: true}")
    for table in tables:
        assert database.query(ROWS.format(table)) == increments[table], table
