"""Reading again on purpose, and builds that the ledger does not count."""

import pytest

from tests.dbt_project.ledger.release import Release

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
    before = {name: tables.row_versions(name) for name in names}

    said = ledger("run", *how)

    assert set(said.values()) == {"success"}
    assert {name: tables.row_versions(name) for name in names} == before
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


ARRIVED = "as arrived\n"
VERSION = "name: {0}\n    config: {{meta: {{version: 2}}}}\n"
HOOK = '  - "{{ ask_ledger() }}"\n'
ASK = """  - "update ops.versions set formula = '', checksum = null
    where model = 'things'"
"""


@pytest.fixture
def release(tmp_path):
    """Return a copy of the project, and let its models have another formula."""
    return Release(tmp_path)


def bump(release, model, old, new):
    release.change(f"models/{model}.sql", old, new)
    release.change("models/models.yml", f"name: {model}\n", VERSION.format(model))


def test_a_bumped_version_reads_everything_again(things, release):
    release.change("models/shelves.sql", "sum(thing.weight)", "10 * sum(thing.weight)")
    release.dbt("run")
    before = things.rooms
    release.change("models/models.yml", "name: shelves\n", VERSION.format("shelves"))

    release.dbt("run")
    after, version = things.rooms, things.version("shelves")
    release.dbt("run")

    assert (before, after) == ({"a": 7, "b": 8}, {"a": 70, "b": 80})
    assert things.database.query("select max(changed_in) from marts.shelves") == [
        (version,)
    ]


def test_what_a_bumped_formula_no_longer_makes_goes_and_is_noted(things, release):
    bump(release, "things", ARRIVED, "as arrived where room = 'a'\n")

    release.dbt("run")

    assert things.weights == {"a1x": 1, "a1y": 2, "a2x": 4}
    assert things.vanished("things") == [{"room": "b", "shelf": "1", "thing": "x"}]
    assert things.rooms == {"a": 7}


def test_an_older_answer_stands_where_a_bumped_formula_refuses_the_newer(
    things, release
):
    things.land({"a1x": 9})
    release.dbt("run")
    bump(release, "things", ARRIVED, "as arrived where weight != 9\n")

    release.dbt("run")

    assert things.weights["a1x"] == 1
    assert things.rooms == {"a": 7, "b": 8}


def test_a_bumped_formula_leaves_rows_whose_pages_are_gone(things, release, ledger):
    things.land({"a1x": 9, "c1x": 5})
    ledger("run")
    things.database.query(
        "delete from raw.tiny__things where weight in (5, 9)", role="loader"
    )
    bump(release, "things", ARRIVED, "as arrived where room = 'a'\n")

    release.dbt("run")

    assert things.weights == {"a1x": 9, "a1y": 2, "a2x": 4, "c1x": 5}
    assert things.rooms == {"a": 15, "c": 5}


def test_a_rebuild_that_is_asked_for_within_a_run_is_the_next_runs(things, release):
    release.change("models/things.sql", ARRIVED, "as arrived where room = 'a'\n")
    release.change("dbt_project.yml", HOOK, HOOK + ASK)
    release.dbt("run")
    between = things.rooms
    release.change("dbt_project.yml", ASK, "")

    release.dbt("run")

    assert (between, things.rooms) == ({"a": 7, "b": 8}, {"a": 7})


@pytest.mark.parametrize("model", ["things", "rooms"])
def test_a_model_that_takes_no_full_refresh_is_made_where_its_table_is_gone(
    things, tmp_path, model
):
    """By the command that the refused build names."""
    release = Release(tmp_path)
    file = f"models/{model}.sql"
    release.change(file, "{{ config(", "{{ config(full_refresh=false, ")
    schema = "staging" if model == "things" else "marts"
    things.database.query(f"drop table {schema}.{model}")
    said = release.dbt("run")[model]
    command = said.splitlines()[1].split("dbt ", 1)[1].split()

    assert set(release.dbt(*command).values()) == {"success"}

    assert things.rooms == {"a": 7, "b": 8}
    assert set(release.dbt("run").values()) == {"success"}


def test_a_table_of_another_key_is_made_anew(things, tmp_path):
    """Wider or narrower than before, and what reads it follows."""
    release = Release(tmp_path)
    release.dbt("run")
    for old, new in (
        ("[room, shelf]", "[room, shelf, weight]"),
        ("[room, shelf, weight]", "[room, shelf]"),
    ):
        release.change("models/models.yml", f"columns: {old}", f"columns: {new}")
        keys = [f"'{name}'" for name in new.strip("[]").split(", ")]
        release.change(
            "models/shelves.sql",
            "unique_key=var('shelf_key', ['room', 'shelf'])"
            if len(keys) == 3
            else "unique_key=['room', 'shelf', 'weight']",
            f"unique_key=[{', '.join(keys)}]",
        )
        things.land({"a1x": 1, f"c{len(keys)}x": 5})

        said = release.dbt("run", "--full-refresh", "-s", "shelves+")

        assert set(said.values()) == {"success"}
        assert set(release.dbt("run").values()) == {"success"}
    assert things.rooms == {"a": 7, "b": 8, "c": 10}
