"""Which loads a build reads: the completed ones that no earlier build has read."""

import pytest


@pytest.mark.parametrize("status", [None, 1])
def test_a_load_is_read_once_it_is_completed_and_not_before(things, ledger, status):
    things.land({"a1x": 100}, load="late", status=status)

    ledger("run")
    before = things.weights["a1x"]
    things.complete("late")
    ledger("run")

    assert (before, things.weights["a1x"]) == (1, 100)
    assert (things.shelves["a1"], things.rooms["a"]) == (102, 106)


def test_a_load_with_an_older_id_than_those_read_is_still_read(things, ledger):
    things.land({"c1x": 5}, load="load00000", fetched_at=1)

    ledger("run")

    assert things.weights["c1x"] == things.rooms["c"] == 5


def test_a_load_is_read_once(things, ledger):
    load = things.land({"c1x": 5})
    ledger("run", "-s", "things")
    things.database.query("delete from staging.things where room = 'c'")

    ledger("run", "-s", "things")

    assert "c1x" not in things.weights
    assert things.database.query(
        "select version from ops.loads_read where model = 'things' and load_id = %s",
        load,
    ) == [(2,)]


def test_a_load_of_another_system_is_not_read(things, ledger):
    things.complete("of-another")
    things.database.query(
        "update raw._dlt_loads set schema_name = 'other' where load_id = 'of-another'",
        role="loader",
    )

    ledger("run", "-s", "things")

    assert not things.database.query(
        "select 1 from ops.loads_read where load_id = 'of-another'"
    )


def test_of_two_answers_the_later_fetched_wins_whichever_is_read_first(things, ledger):
    things.land({"a1x": 30, "b1x": 30}, fetched_at=300)
    ledger("run", "-s", "things")

    things.land({"a1x": 20}, fetched_at=200)
    things.land({"b1x": 40}, fetched_at=400)
    ledger("run")

    assert (things.weights["a1x"], things.weights["b1x"]) == (30, 40)
    assert (things.rooms["a"], things.rooms["b"]) == (30 + 2 + 4, 40)


def test_of_answers_fetched_together_the_later_load_and_then_the_later_place_wins(
    things, ledger
):
    things.land({"a1x": 21}, fetched_at=200, load="p")
    things.land({"a1x": 22}, fetched_at=200, load="q")
    things.database.query(
        "insert into raw.tiny__things values ('a', '1', 'x', 23, 200, 5, 'q')",
        role="loader",
    )
    things.land({"a1x": 24}, fetched_at=200, load="o")

    ledger("run")

    assert things.weights["a1x"] == 23


def test_the_same_answer_again_moves_its_lineage_and_nothing_downstream(
    things, ledger, tables
):
    marts = [tables.row_versions(mart) for mart in ("marts.shelves", "marts.rooms")]
    load = things.land({"a1x": 1, "b1x": 8}, fetched_at=900)

    ledger("run")

    assert [
        tables.row_versions(mart) for mart in ("marts.shelves", "marts.rooms")
    ] == marts
    assert things.database.query(
        "select fetched_at, load_id, changed_in from staging.things "
        "where thing = 'x' and shelf = '1' order by room"
    ) == [(900, load, 1), (900, load, 1)]


def test_an_older_answer_with_other_values_writes_nothing(things, ledger, tables):
    things.land({"a1x": 30}, fetched_at=300)
    ledger("run")
    before = tables.row_versions("staging.things")

    things.land({"a1x": 20}, fetched_at=200)
    ledger("run")

    assert tables.row_versions("staging.things") == before
