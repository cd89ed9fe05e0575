"""Each system's notes of what was asked are its own, whatever is done to another's."""

import subprocess
import sys
from pathlib import Path

import pytest

from ingestion import landing, notes
from ingestion.ingest import ingest, run_of, source_of
from ingestion.sources import SYSTEMS
from ingestion.window import Window
from warehouse import ROOT

HOUR = Window.between("2024-03-05T10:00", "2024-03-05T11:00")
DAYS = Window.between("2024-05-21", "2024-05-23")
NOTED = "select key, outcome, _dlt_load_id from raw.{} order by 3, 1, 2"
# as raw was when all systems shared one table
MERGE = """
create table raw.fetches (like raw.binance__fetches);
create index fetches_load on raw.fetches (_dlt_load_id);
{}
"""


@pytest.fixture
def plant(sandbox, database, environment):
    """Land an hour of Binance and two days of a plant."""
    sandbox.at("2024-05-29T12:00:30Z")
    environment["SOURCES__PLANT__BASE_URL"] = f"{sandbox.url}/plant"
    ingest("binance", HOUR)
    ingest("plant", DAYS)
    return sandbox


def dlt(*words):
    """Run dlt's own command, which is asked to go on."""
    command = str(Path(sys.executable).with_name("dlt"))
    done = subprocess.run(  # noqa: S603 - dlt's own command
        [command, "--yes", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tables(database):
    """Return the names of the raw tables, dlt's own too."""
    return {
        name
        for (name,) in database.query(
            "select tablename from pg_tables where schemaname not in "
            "('pg_catalog', 'information_schema')"
        )
    }


def merge(database):
    """Put the notes of all systems in one table, and the systems' own away."""
    moves = "".join(
        f"insert into raw.fetches select * from raw.{system}__fetches;"  # noqa: S608 - ours
        f"drop table raw.{system}__fetches;"
        for system in SYSTEMS
    )
    database.query(MERGE.format(moves), role="loader")


@pytest.mark.parametrize("what", ["plant__readings", "--drop-all"])
def test_what_dlt_drops_of_a_system_is_its_own(plant, database, what):
    before = database.query(NOTED.format("binance__fetches"))
    standing = tables(database)

    dlt("pipeline", "plant", "drop", what)

    gone = {"plant__readings", *(["plant__fetches"] if what == "--drop-all" else [])}
    assert tables(database) == standing - gone
    assert database.query(NOTED.format("binance__fetches")) == before
    assert database.query("select count(*) from raw.binance__klines") == [(1,)]


def test_dlt_drops_of_a_pipeline_that_had_dlts_own_destination(
    plant, database, monkeypatch
):
    with monkeypatch.context() as before:
        before.setattr(landing, "postgres", landing.dlt.destinations.postgres)
        ingest("plant", DAYS)

    dlt("pipeline", "plant", "drop", "plant__readings")

    assert "plant__readings" not in tables(database)


def test_what_dlt_drops_of_a_pipeline_that_an_earlier_release_made_is_its_own(
    plant, database, monkeypatch
):
    with monkeypatch.context() as before:
        before.setattr(notes, "table_of", lambda _: "fetches")
        before.setattr(landing, "postgres", landing.dlt.destinations.postgres)
        database.query(
            "create table raw.fetches (like raw.plant__fetches)", role="loader"
        )
        pipeline, run = landing.pipeline("plant"), run_of("plant", DAYS, False)
        landing.land(pipeline, source_of(run, {}), notes.source_of(run))

    dlt("pipeline", "plant", "drop", "--drop-all")

    assert "plant__readings" not in tables(database)
    assert len(database.query(NOTED.format("fetches"))) == 1


def test_a_pipeline_that_an_earlier_release_made_goes_on_without_a_warning(
    plant, monkeypatch
):
    with monkeypatch.context() as before:
        before.setattr(landing, "postgres", landing.dlt.destinations.postgres)
        ingest("plant", DAYS)

    command = [sys.executable, "-m", "ingestion", "plant"]
    done = subprocess.run(  # noqa: S603 - our own module
        command, cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""


def test_after_a_drop_a_run_makes_the_tables_and_asks_from_the_start(plant, database):
    ingest("plant")
    dlt("pipeline", "plant", "drop", "plant__readings")
    asked = len(plant.requests("plant"))

    report = ingest("plant")

    assert not report.bad
    assert len(plant.requests("plant")) - asked > 1, "from the first day on"
    assert database.query(
        "select attstorage from pg_attribute where attname = 'payload' "
        "and attrelid = 'raw.plant__readings'::regclass"
    ) == [("e",)]
    assert database.query(
        "select indexdef ~ '_dlt_load_id' from pg_indexes "
        "where tablename = 'plant__readings'"
    ) == [(True,)]


def test_notes_of_one_table_for_all_are_moved_once_with_their_loads(plant, database):
    wanted = {
        system: database.query(NOTED.format(f"{system}__fetches")) for system in SYSTEMS
    }
    merge(database)

    for _ in range(2):
        ingest("xe", DAYS)

    assert "fetches" not in tables(database)
    for system in set(SYSTEMS) - {"xe"}:
        assert database.query(NOTED.format(f"{system}__fetches")) == wanted[system]
    assert wanted["plant"]
    assert wanted["binance"]


def test_a_package_with_notes_for_the_one_table_lands_in_the_systems(
    plant, database, monkeypatch
):
    with monkeypatch.context() as before:
        before.setattr(notes, "table_of", lambda _: "fetches")
        before.setattr(landing.dlt.Pipeline, "load", _killed)
        database.query(
            "create table raw.fetches (like raw.plant__fetches)", role="loader"
        )
        pipeline, run = landing.pipeline("plant"), run_of("plant", DAYS, False)
        chunk = source_of(run, {}), notes.source_of(run)
        with pytest.raises(KeyboardInterrupt):
            landing.land(pipeline, *chunk)
    database.query("drop table raw.fetches", role="loader")
    (count,) = database.query("select count(*) from raw.plant__fetches")
    assert notes.are_left_behind("plant")

    report = ingest("plant", DAYS)

    assert not report.bad
    assert "fetches" not in tables(database)
    (after,) = database.query("select count(*) from raw.plant__fetches")
    assert after[0] == count[0] + 2
    assert "fetches" not in landing.pipeline("plant").default_schema.tables


def _killed(*_, **__):
    raise KeyboardInterrupt
