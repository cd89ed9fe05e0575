"""A build writes what differs, whole or not at all, and a later one catches up."""

import json

import pytest

from tests.dbt_project.ledger.release import Release
from tests.support.things import Things


def test_only_touched_rows_are_written(things, ledger, tables):
    before = {name: tables.row_versions(name) for name in tables.names()}
    things.land({"a2x": 5})

    ledger("run")

    written = {name: len(tables.row_versions(name) - before[name]) for name in before}
    assert written["staging.things"] == written["marts.shelves"] == 1
    assert written["marts.rooms"] == 1
    assert things.rooms == {"a": 8, "b": 8}


def test_changed_in_and_updated_at_move_only_with_a_value(things, ledger):
    sql = "select room, changed_in, updated_at from marts.rooms order by room"
    before = things.database.query(sql)
    things.land({"a1x": 2, "a1y": 1})
    ledger("run")
    same_sum = things.database.query(sql)
    things.land({"a1x": 3})
    ledger("run")

    (room_a, version, updated_at), room_b = things.database.query(sql)

    assert same_sum == before
    assert (room_a, version, room_b) == ("a", 2, before[1])
    assert updated_at > before[0][2]


def test_each_load_is_read_with_a_version_though_it_changes_nothing(things, ledger):
    for weight in (1, 1, 2):
        things.land({"a1x": weight})
        ledger("run")

    sql = "select version from ops.loads_read where model = 'things' order by load_id"
    assert things.database.query(sql) == [(1,), (2,), (3,), (4,)]


def test_a_table_that_grew_by_more_than_it_held_is_known_to_the_planner(things, ledger):
    names = [f"{room}{shelf}" for room in "cdefghij" for shelf in "123456789"]
    things.land({f"{name}{place}": 1 for name in names for place in range(20)})

    ledger("run")

    known = "select reltuples from pg_class where oid = 'staging.things'::regclass"
    assert things.database.query(known) == [(20 * len(names) + 4,)]


def test_a_failed_build_leaves_no_trace_and_the_next_one_heals(things, ledger, tables):
    things.land({"a1x": 30, "b1x": 5000})

    said = ledger("run")
    failed = things.version("shelves"), things.shelves, things.vanished("shelves")
    things.land({"b1x": 50})
    healed = ledger("run")

    assert said["things"] == "success"
    assert "check constraint" in said["shelves"]
    assert said["rooms"] == "skipped"
    assert failed == (1, {"a1": 3, "a2": 4, "b1": 8}, [])
    assert set(healed.values()) == {"success"}
    assert things.shelves == {"a1": 32, "a2": 4, "b1": 50}
    assert things.rooms == {"a": 36, "b": 50}


def test_skipped_models_catch_up(things, ledger):
    for weight in (10, 20):
        things.land({"a1x": weight, f"c1{weight}": weight})
        ledger("run", "-s", "things")
    ledger("run", "-s", "shelves")
    things.land({"b1x": 9})
    ledger("run", "-s", "things", "shelves")

    ledger("run", "-s", "rooms")

    assert things.shelves == {"a1": 22, "a2": 4, "b1": 9, "c1": 30}
    assert things.rooms == {"a": 26, "b": 9, "c": 30}


def test_an_emptied_group_empties_downstream_and_can_come_back(things, ledger):
    things.land({"b1x": None, "a2x": None})
    ledger("run")
    emptied = things.weights, things.shelves, things.rooms
    vanished = things.vanished("shelves"), things.vanished("rooms")

    things.land({"b1x": 6})
    ledger("run")

    assert emptied == ({"a1x": 1, "a1y": 2}, {"a1": 3}, {"a": 3})
    assert sorted(key["room"] for key in vanished[0]) == ["a", "b"]
    assert vanished[1] == [{"room": "b"}]
    assert things.rooms == {"a": 3, "b": 6}


def test_an_emptied_group_reaches_a_mart_that_was_skipped_meanwhile(things, ledger):
    things.land({"b1x": None})
    ledger("run", "-s", "things", "shelves")
    ledger("run", "-s", "things", "shelves")

    ledger("run", "-s", "rooms")

    assert things.rooms == {"a": 7}


def test_a_first_build_of_everything_may_be_a_full_refresh(database, ledger):
    things = Things(database)
    things.land({"a1x": 1})

    said = ledger("run", "--full-refresh")

    assert set(said.values()) == {"success"}
    assert things.rooms == {"a": 1}


def test_a_ledger_of_an_earlier_release_is_carried_over(things, ledger, tables):
    things.database.query("alter table ops.reads add next bigint")
    things.database.query("update ops.reads set next = done")
    things.database.query("alter table ops.reads alter next set not null")
    things.land({"a1x": 3})

    assert set(ledger("run").values()) == {"success"}

    assert things.rooms == {"a": 9, "b": 8}
    assert tables.records("select * from ops.reads limit 1")[0].keys() == {
        *("model", "upstream", "done"),
    }


def test_changes_by_a_column_that_the_ledger_does_not_note_are_refused(
    things, tmp_path
):
    release = Release(tmp_path)
    asked = "changed(ref('things'), ['room', {}])"
    release.change(
        "models/shelves.sql", asked.format("'shelf'"), asked.format("'weight'")
    )
    things.land({"a1x": 3})

    said = release.dbt("run")

    assert said["things"] == "success"
    assert (
        "shelves asks for changes of things by weight, which is none of its unique_key "
        "and grouped_by: room, shelf, thing" in said["shelves"]
    )


@pytest.mark.parametrize(
    "key", ["room", [], ["room"], ["room", "shelf", "shelf"], ["room", "nowhere"]]
)
def test_a_key_that_is_not_the_primary_key_is_refused(things, ledger, key):
    things.land({"a1x": 30})

    said = ledger("run", "-s", "shelves", "--vars", json.dumps({"shelf_key": key}))

    assert "Make it the list of the columns of its primary key" in said["shelves"]
    assert things.shelves == {"a1": 3, "a2": 4, "b1": 8}


@pytest.mark.parametrize(
    ("said", "noted", "error"),
    [
        ("version::text, true)", "'0', true)", 'check constraint "is_of_a_build"'),
        ("'ledger.version', version", "'ledger.v', version", "ledger.version"),
        ("'ledger.done_{{", "'ledger.d_{{", "ledger.done_things"),
    ],
)
def test_a_build_that_does_not_know_its_version_or_how_far_it_read_fails(
    things, tables, tmp_path, said, noted, error
):
    """As where another machine runs the statement, which has no such setting."""
    release = Release(tmp_path)
    release.change("macros/open_build.sql", said, noted)
    before = tables.row_versions("marts.shelves")
    things.land({"a1x": 3})

    told = release.dbt("run")

    assert error in " ".join(told.values())
    assert tables.row_versions("marts.shelves") == before


def test_no_row_of_any_table_is_of_version_0(rules):
    tables = rules.database.query(
        "select format('%I.%I', table_schema, table_name) "
        "from information_schema.columns "
        "where column_name = 'changed_in' and table_schema in "
        "('staging', 'intermediate', 'marts')",
        role="admin",
    )
    of_no_build = "select count(*) from {} where changed_in is null or changed_in < 1"

    assert len(tables) > 50
    assert [
        name
        for (name,) in tables
        if rules.database.query(of_no_build.format(name), role="admin") != [(0,)]
    ] == []
