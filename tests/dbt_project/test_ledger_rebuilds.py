"""Reading again on purpose, and builds that the ledger does not count."""

import shutil
from pathlib import Path

import pytest

from tests.dbt_project.conftest import LEDGER_PROJECT, run_dbt

INDEXES = """
select indexdef
from pg_indexes
where tablename = 'shelves' and indexname not like '%pkey%'
order by 1
"""


def test_a_full_refresh_in_the_middle_is_noticed_downstream(things, ledger):
    things.database.query("update marts.rooms set weight = -1")

    ledger("run", "-s", "shelves", "--full-refresh")
    ledger("run", "-s", "rooms")

    assert things.rooms == {"a": 7, "b": 8}


def test_what_a_full_refresh_lost_is_emptied_downstream(things, ledger):
    things.database.query("delete from staging.things where room = 'b'")

    ledger("run", "-s", "shelves", "--full-refresh")
    ledger("run", "-s", "rooms")

    assert things.vanished("shelves") == [{"room": "b", "shelf": "1"}]
    assert things.rooms == {"a": 7}


def test_a_full_refresh_of_staging_reads_every_load_again(things, ledger, tables):
    things.database.query("update staging.things set weight = 9")

    ledger("run", "--full-refresh", "-s", "things")
    ledger("run")

    assert things.weights == {"a1x": 1, "a1y": 2, "a2x": 4, "b1x": 8}
    assert things.rooms == {"a": 7, "b": 8}


def test_a_full_refresh_keeps_the_indexes(things, ledger):
    before = things.database.query(INDEXES)

    ledger("run", "-s", "shelves", "--full-refresh")

    assert len(before) == 2
    assert things.database.query(INDEXES) == before


def test_a_ledger_without_its_table_is_an_error_that_names_the_command(things, ledger):
    things.database.query("drop table marts.shelves")

    said = ledger("run")
    command = said["shelves"].splitlines()[1].split("dbt ", 1)[1].split()
    mended = ledger(*command)

    assert "marts.shelves" in said["shelves"].replace('"', "")
    assert command == ["build", "--full-refresh", "--select", "shelves+"]
    assert set(mended.values()) == {"success"}
    assert things.rooms == {"a": 7, "b": 8}


@pytest.mark.parametrize("how", [["--empty"], ["--sample", "1 day"]])
def test_a_build_that_does_not_count_leaves_tables_and_ledger_alone(
    things, ledger, tables, how
):
    things.land({"a1x": None, "a1y": None, "b1x": 3})
    ledger("run", "-s", "things", "shelves")
    things.land({"a1x": 1, "c1x": 5})
    ledger("run", "-s", "things")
    names = tables.names()
    before = {name: tables.places(name) for name in names}

    said = ledger("run", *how)

    assert set(said.values()) == {"success"}
    assert {name: tables.places(name) for name in names} == before
    ledger("run")
    assert things.rooms == {"a": 5, "b": 3, "c": 5}


@pytest.mark.parametrize("how", [["--empty"], ["--sample", "1 day"]])
def test_a_first_build_may_be_one_that_does_not_count(things, ledger, how):
    for table in ("staging.things", "marts.shelves", "marts.rooms"):
        things.database.query(f"drop table {table}")
    things.database.query("truncate ops.versions, ops.reads, ops.loads_read")

    said = ledger("run", *how)
    ledgers = things.version("things"), things.version("shelves")
    ledger("run")

    assert set(said.values()) == {"success"}
    assert ledgers == (0, 0)
    assert things.rooms == {"a": 7, "b": 8}


@pytest.mark.parametrize("how", [["--empty"], ["--sample", "1 day"]])
def test_a_full_refresh_that_does_not_count_is_refused(things, ledger, how):
    said = ledger("run", "--full-refresh", *how)

    assert said["things"].startswith("error")
    assert things.weights == {"a1x": 1, "a1y": 2, "a2x": 4, "b1x": 8}
    assert things.rooms == {"a": 7, "b": 8}


def test_a_bumped_version_reads_everything_again(things, tmp_path):
    copy = tmp_path / "project"
    _copy_with(copy, "sum(thing.weight)", "10 * sum(thing.weight)")
    run_dbt(copy, tmp_path / "target", "run")
    before = things.rooms
    models = copy / "models/models.yml"
    models.write_text(
        models.read_text().replace(
            "- name: shelves", "- name: shelves\n    config: {meta: {version: 2}}"
        )
    )

    run_dbt(copy, tmp_path / "target", "run")
    after, version = things.rooms, things.version("shelves")
    run_dbt(copy, tmp_path / "target", "run")

    assert (before, after) == ({"a": 7, "b": 8}, {"a": 70, "b": 80})
    assert things.database.query("select max(changed_in) from marts.shelves") == [
        (version,)
    ]


def _copy_with(copy: Path, old: str, new: str) -> None:
    """Copy the project, with another formula for the weight of a shelf."""
    shutil.copytree(LEDGER_PROJECT, copy)
    project, shelves = copy / "dbt_project.yml", copy / "models/shelves.sql"
    macros = "../../../dbt_project/macros"
    for path, this, that in (
        (project, macros, str((LEDGER_PROJECT / macros).resolve())),
        (shelves, old, new),
    ):
        assert this in path.read_text()
        path.write_text(path.read_text().replace(this, that))
