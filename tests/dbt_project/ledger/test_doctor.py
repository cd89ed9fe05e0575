"""The doctor holds the ledger against the tables, the loads and dlt's files."""

import json
import shlex
import shutil

import pytest

from warehouse.__main__ import main
from warehouse.doctor import INSIDE, examine, machine


@pytest.fixture
def found(things, environment):
    """Return what looks up the findings inside the database."""
    environment.pop("DAGSTER_HOME")  # the tests' own, and not the warehouse's

    def found():
        return [tuple(finding) for finding in examine(lambda _: None)]

    assert found() == []
    return found


def test_a_fresh_database_is_well(database, environment):
    environment.pop("DAGSTER_HOME")

    assert examine(lambda _: None) == []
    assert len(INSIDE) == 30


def test_a_table_that_is_gone_is_found_and_built_anew(things, ledger, found):
    before = things.shelves
    things.database.query("drop table marts.shelves")

    [(what, remedy)] = found()

    assert what == "The ledger knows shelves, but its table is gone."
    assert remedy.startswith("dbt build --full-refresh --select shelves+ ")
    ledger("run", "--full-refresh", "-s", "shelves+")
    assert found() == []
    assert things.shelves == before


def test_a_model_that_left_the_project_can_be_forgotten(things, found):
    things.database.query("insert into ops.versions values ('it''s', 3, '1')")

    [(what, remedy)] = found()

    assert "it's" in what
    forget = remedy.partition("such model any more: ")[2]
    *words, statements = shlex.split(forget)
    assert words == ["python", "-m", "warehouse", "psql", "-c"]
    things.database.query(statements)
    assert found() == []


def test_a_table_that_the_ledger_does_not_know_is_found(things, ledger, found):
    things.database.query("delete from ops.versions where model = 'rooms'")
    things.database.query("delete from ops.reads where model = 'rooms'")

    [(what, remedy)] = found()

    assert what == "marts.rooms is there, but the ledger does not know it."
    assert remedy.startswith("dbt build --full-refresh --select rooms+ ")
    ledger("run", "--full-refresh", "-s", "rooms+")
    assert found() == []


def test_an_upstream_that_was_put_back_is_found_and_read_again(things, ledger, found):
    old = things.database.query("select version from ops.versions where model='things'")
    things.land({"a1x": 5})
    ledger("run")
    things.database.query(
        "update ops.versions set version = %s where model = 'things'", *old[0]
    )
    things.database.query("update staging.things set changed_in = 1")

    [(what, remedy)] = found()

    assert what.startswith("shelves has read things up to version 2, and that is at 1")
    again, build = remedy.split("; ")
    assert build == "dbt build --select shelves+"
    assert main(again.split()[3:]) == 0
    ledger("run")
    assert found() == []


def test_a_test_that_has_passed_rows_that_are_not_built_yet_is_found(things, found):
    things.database.query(
        "insert into ops.reads values ('not_null_rooms_room', 'rooms', 99)"
    )

    [(what, remedy)] = found()

    assert "not_null_rooms_room has read rooms up to version 99" in what
    assert "delete from ops.reads" in remedy


def test_rows_of_a_later_build_than_the_ledger_knows_are_found(things, ledger, found):
    things.database.query("update marts.rooms set changed_in = 77")

    [(what, remedy)] = found()

    assert what.startswith("marts.rooms has rows of a later build than the ledger")
    assert remedy == "dbt build --full-refresh --select rooms+"
    ledger("run", "--full-refresh", "-s", "rooms+")
    assert found() == []


def test_loads_that_were_read_and_are_gone_are_found(things, ledger, found):
    things.database.query("delete from raw._dlt_loads", role="loader")

    [(what, remedy)] = found()

    assert what.startswith("things has read 1 loads that raw._dlt_loads does not have")
    again, _ = remedy.split("; ")
    main(again.split()[3:])
    ledger("run")
    assert found() == []
    assert things.weights


def test_loads_that_nobody_reads_for_a_day_are_found(things, ledger, found):
    things.land({"a1x": 9})
    assert found() == []
    things.database.query(
        "update raw._dlt_loads set inserted_at = inserted_at - interval '25 hours'",
        role="loader",
    )

    [(what, remedy)] = found()

    assert what.startswith("things has not read 1 loads, the oldest of ")
    assert remedy == "dbt build --select things+"
    ledger("run")
    assert found() == []


def test_a_load_that_is_set_aside_is_found_and_tried_again(things, ledger, found):
    things.land({"a1x": 5000})
    light = "alter table staging.things add constraint light check (weight < 1000)"
    things.database.query(light)
    ledger("run")
    ledger("run")

    [(what, remedy)] = found()

    assert what.startswith("things fails for the load load00002, and is built without")
    again, build = remedy.split("; ")
    assert build == "dbt build --select things+"
    things.database.query("alter table staging.things drop constraint light")
    assert main(again.split()[3:]) == 0
    things.database.query(
        "alter table marts.shelves drop constraint shelves_weight_check"
    )
    ledger("run")
    assert found() == []
    assert things.weights["a1x"] == 5000


def test_a_load_that_was_not_completed_is_no_fault(things, found):
    things.land({"a1x": 9}, status=1)
    things.land({"a1x": 9}, status=None)
    things.database.query(
        "update raw._dlt_loads set inserted_at = inserted_at - interval '25 hours' "
        "where status = 1",
        role="loader",
    )

    assert found() == []


@pytest.fixture
def pipelines(database):
    """Return a folder of dlt's, as its runs leave it."""
    folder = database.folder / "dlt_data_dir" / "pipelines" / "binance"
    (folder / "load" / "normalized").mkdir(parents=True)
    (folder / "normalize" / "extracted").mkdir(parents=True)
    (folder / "state.json").write_text(json.dumps({"_state_version": 0}))
    return folder


def test_what_a_killed_run_left_behind_is_found(found, pipelines):
    assert found() == []
    (pipelines / "load" / "normalized" / "1709640000.1").mkdir()

    [(what, remedy)] = found()

    assert what.startswith("binance: a run that was killed left 1 loads behind in ")
    assert remedy == "python -m ingestion binance"
    shutil.rmtree(pipelines)
    assert found() == []


@pytest.mark.parametrize("text", ["", '{"_state_ver', "[1]"])
def test_files_of_dlt_that_can_not_be_read_are_found(found, pipelines, text):
    (pipelines / "state.json").write_text(text)

    [(what, remedy)] = found()

    assert "dlt's files" in what
    assert "are broken" in what
    assert remedy == "python -m ingestion binance"


def test_a_disk_that_is_nearly_full_is_found(found, monkeypatch):
    monkeypatch.setattr(machine, "LEAST_FREE", 2**62)

    what, remedy = found()[0]

    assert "GB left" in what
    assert "df -h" in remedy


def test_files_of_dlt_that_are_ahead_of_the_database_are_found(found, pipelines):
    (pipelines / "state.json").write_text(json.dumps({"_state_version": 4}))

    [(what, _)] = found()

    assert what.startswith("binance: dlt's files know of loads that the database does")


def test_a_check_that_may_not_look_says_so_and_the_others_go_on(things, found):
    things.database.query("revoke select on ops.reads from transformer", role="admin")
    things.database.query("update marts.rooms set changed_in = 77")

    sentences = [what for what, _ in found()]

    things.database.query("grant select on ops.reads to transformer", role="admin")
    assert [
        line for line in sentences if "The check reads_ahead could not look" in line
    ]
    assert [line for line in sentences if line.startswith("marts.rooms has rows")]
