"""A table that another contract made is refused, and carried over by one command."""

import json

import pytest

from tests.dbt_project.ledger.release import Release
from tests.support.dbt import invoke

COMMAND = "make upgrade"
REQUIRED = "{name: weight, data_type: bigint, constraints: [{type: not_null}]}"
NULLABLE = "{name: weight, data_type: bigint}"
SHELF = "      - {name: shelf, data_type: text}\n      - {name: weight"
COUNT = "      - {name: thing_count, data_type: bigint}\n"
PLACE = "      - {name: item_position, data_type: bigint}\n"
COLOUR = "      - {name: colour, data_type: text}\n"
REQUIRED_COLOUR = COLOUR.replace("}", ", constraints: [{type: not_null}]}")
LINEAGE = "    lineage="
FILLS = "    fills={'colour': \"'of room ' || room\"},\n"
SUM = "sum(thing.weight)::bigint as weight,"
THINGS = "name: things\n    config: {meta: {version: 2}}\n"
COLUMNS = """
select attname::text, atttypid::regtype::text, attnotnull
from pg_attribute
where attrelid = 'marts.shelves'::regclass and attnum > 0 and not attisdropped
order by 1
"""


class Upgraded(Release):
    """A release that carries over what an earlier one left."""

    def upgrade(self, capfd) -> dict[str, str]:
        """Do what the command does."""
        capfd.readouterr()
        done = invoke(self.project, self.target, "run-operation", "upgrade_tables")
        assert done.success, done.exception
        tables = json.loads(capfd.readouterr().out.splitlines()[-1])
        return self.dbt("run", "--vars", json.dumps({"outdated": tables["Made anew"]}))


@pytest.fixture
def release(tmp_path) -> Upgraded:
    return Upgraded(tmp_path)


def test_a_loosened_contract_is_refused_in_a_sentence_and_carried_over(
    things, release, capfd
):
    release.change("models/models.yml", NULLABLE, REQUIRED)
    release.dbt("run", "--full-refresh")
    release.change("models/models.yml", REQUIRED, NULLABLE)
    things.land({"a1x": 5})

    with pytest.raises(pytest.fail.Exception, match=COMMAND) as refused:
        release.dbt("run")
    before = things.weights
    said = release.upgrade(capfd)

    assert "marts.shelves still refuses nulls in weight" in str(refused.value)
    assert before == {"a1x": 1, "a1y": 2, "a2x": 4, "b1x": 8}
    assert set(said.values()) == {"success"}
    assert ("weight", "bigint", False) in things.database.query(COLUMNS)
    assert things.rooms == {"a": 11, "b": 8}


def test_a_table_that_lacks_a_column_is_made_anew_and_no_other_is(
    things, release, capfd, tables
):
    release.change("models/models.yml", SHELF, COUNT + SHELF)
    release.change("models/shelves.sql", SUM, SUM + " count(*) as thing_count,")
    staged = tables.row_versions("staging.things")

    with pytest.raises(pytest.fail.Exception, match="marts.shelves lacks thing_count"):
        release.dbt("run")
    said = release.upgrade(capfd)
    counts = things.database.query("select room, thing_count from marts.shelves")

    assert set(said.values()) == {"success"}
    assert sorted(counts) == [("a", 1), ("a", 2), ("b", 1)]
    assert tables.row_versions("staging.things") == staged
    assert things.rooms == {"a": 7, "b": 8}


def test_rows_that_a_newer_formula_refuses_go_when_its_table_is_carried_over(
    things, release, capfd
):
    release.change("models/things.sql", "as arrived\n", "as arrived where room = 'a'\n")
    release.change("models/models.yml", "name: things\n", THINGS)

    release.upgrade(capfd)

    assert things.weights == {"a1x": 1, "a1y": 2, "a2x": 4}
    assert things.rooms == {"a": 7}


@pytest.mark.parametrize(
    ("column", "colour"), [(COLOUR, None), (REQUIRED_COLOUR, "of room b")]
)
def test_what_raw_no_longer_has_stays_when_its_table_gets_a_column(
    things, release, capfd, column, colour
):
    things.land({"b1x": 8})
    release.dbt("run")
    things.database.query(
        "delete from raw.tiny__things where room = 'b'", role="loader"
    )
    things.database.query("insert into ops.pruned values ('tiny__things', now())")
    release.change("models/models.yml", PLACE, PLACE + column)
    release.change("models/things.sql", "weight,", "weight, 'red' as colour,")
    release.change("models/things.sql", LINEAGE, FILLS + LINEAGE)

    said = release.upgrade(capfd)
    coloured = things.database.query("select room, colour from staging.things")

    assert set(said.values()) == {"success"}
    assert things.weights == {"a1x": 1, "a1y": 2, "a2x": 4, "b1x": 8}
    assert sorted(coloured) == [*[("a", "red")] * 3, ("b", colour)]


def test_a_function_that_returned_other_columns_is_replaced(built, dbt):
    columns = "rate numeric, rate_date date"
    built.database.query(
        f"create function marts.fx_rate(from_currency text, to_currency text, "
        f"at timestamptz default now()) returns table({columns}) "
        f"language sql stable as 'select 1.0, current_date'"
    )

    dbt("build", "-s", "+fx_rate")
    rates = built.database.query(
        "select * from marts.fx_rate('USD', 'USD')", role="reader"
    )

    assert [len(rate) for rate in rates] == [3]
