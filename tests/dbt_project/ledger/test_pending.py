"""What has nothing to do is sent nothing, and what has something is known before."""

import random
import re
from datetime import date

import pytest

from tests.dbt_project.ledger.release import Release
from tests.support.dbt import invoke
from warehouse.pending import pending, questions

ADDED = {
    "models/heavy.sql": """
{{ config(materialized='view') }}
select room, {{ heavier('weight') }} as weight
from {{ ref('shelves') }}
where weight::text > '{{ var('least', 0) }}'
""",
    "models/heavy.yml": """
models:
  - name: heavy
    description: Shelves that weigh something.
    columns:
      - {name: room, data_type: text}
      - {name: weight, data_type: bigint}
    data_tests:
      - holds: {other: ref('rooms')}
""",
    "macros/heavier.sql": "{% macro heavier(x) %}{{ twice(x) }}{% endmacro %}",
    "macros/twice.sql": "{% macro twice(x) %}2 * {{ x }}{% endmacro %}",
    "macros/test_holds.sql": """
{% test holds(model, other) %}
select * from {{ model }}
where not exists (select 1 from {{ other }} as held where held.room = tested.room)
{% endtest %}
""",
    "functions/weight_of.sql": """
select weight from {{ ref('heavy') }} where room = name
""",
    "functions/weight_of.yml": """
functions:
  - name: weight_of
    config: {volatility: stable}
    arguments: [{name: name, data_type: text}]
    returns: {data_type: bigint}
""",
}
PARTS = """
{{{{ config(materialized='ephemeral', contract={{'enforced': false}}) }}}}
select * from {{{{ ref('{}') }}}}
"""
HOLDS = "holds_heavy_ref_rooms_"
CHANGES = {
    "a model's file": (
        "models/rooms.sql",
        "select * from rooms",
        "select all * from rooms",
    ),
    "a description": ("models/heavy.yml", "that weigh something", "with weight"),
    "a contract's text": (
        "models/models.yml",
        "  - name: rooms\n",
        "  - name: rooms\n    description: Rooms.\n",
    ),
    "a macro two steps away": ("macros/twice.sql", "2 *", "3 *"),
    "a macro of an increment": ("macros/changed.sql", "union all", "union"),
    "a function": ("functions/weight_of.sql", "where room", "where true and room"),
    "a test": ("macros/test_holds.sql", "select 1", "select 2"),
    "a list of columns to look up": (
        "models/shelves.sql",
        "lookups=[['shelf']]",
        "lookups=[['shelf'], ['weight']]",
    ),
}
CHANGED = {
    "a model's file": {"rooms"},
    "a description": {"heavy", "weight_of", HOLDS},
    "a contract's text": {"rooms"},
    "a macro two steps away": {"heavy", "weight_of", HOLDS},
    "a macro of an increment": {"shelves", "rooms"},
    "a function": {"weight_of"},
    "a test": {HOLDS},
    "a list of columns to look up": {"shelves"},
}
TABLES = {
    "things": "staging.things",
    "shelves": "marts.shelves",
    "rooms": "marts.rooms",
}
COMMENTS = """
select xmin::text, description
from pg_description
where objoid in ('marts.rooms'::regclass, 'marts.heavy'::regclass)
order by objoid, objsubid
"""


@pytest.fixture
def release(things, tmp_path) -> Release:
    """Return the small project with a view, a function and a test more, all built."""
    made = Release(tmp_path)
    contract = "+contract: {enforced: true}\n"
    documented = "    +persist_docs: {relation: true, columns: true}\n"
    made.change("dbt_project.yml", contract, contract + documented)
    for file, text in ADDED.items():
        made.write(file, text)
    made.dbt("build")
    return made


def waiting(release, variables=None):
    """Return the names of what is pending."""
    return {each.name for each in pending(release.manifest(), variables)}


def sent(release):
    """Build; return which nodes sent statements, an empty name for those of none."""
    names = []

    def note(event):
        if event.info.name == "SQLQuery":
            names.append(event.data.node_info.node_name)

    done = invoke(release.project, release.target, "build", callbacks=[note])
    assert done.success, done.exception
    return [name for name in names if name and not name.startswith("ledger-on-run")]


def compiled(release, *words):
    """Build, with all well; return the SQL that each model became."""
    done = invoke(release.project, release.target, "run", *words)
    assert done.success, done.exception
    return {result.node.name: result.node.compiled_code for result in done.result}


def parts_in(sql):
    """Return the ephemeral models whose SQL is in a model's."""
    return re.findall(r"__dbt__cte__(\w+) as", sql)


def test_what_has_nothing_to_do_sends_nothing(release, database):
    comments = database.query(COMMENTS)

    assert waiting(release) == set()
    assert sent(release) == []
    assert database.query(COMMENTS) == comments


def test_what_reads_a_model_of_which_nothing_changed_has_nothing_to_do(release, things):
    before = things.version("shelves")
    things.land({"a1x": 2, "a1y": 1})

    assert {*sent(release)} == {"things", "shelves"}
    assert things.version("shelves") == before

    things.land({"a1x": 5})
    assert {*sent(release)} == {"things", "shelves", "rooms", HOLDS}
    assert things.version("shelves") == before + 1


@pytest.mark.parametrize("words", [[], ["--empty"]])
def test_ephemeral_models_are_put_into_what_has_something_to_do_alone(
    release, database, words
):
    release.write("models/pieces.sql", PARTS.format("shelves"))
    release.write("models/parts.sql", PARTS.format("pieces"))
    release.change("models/heavy.sql", "ref('shelves')", "ref('parts')")
    asked = "select count(*) > 0 from marts.heavy"

    assert parts_in(compiled(release)["heavy"]) == ["pieces", "parts"]
    assert parts_in(compiled(release, *words)["heavy"]) == []
    assert database.query(asked) == [(True,)]

    database.query("drop view marts.heavy")
    release.dbt("build")
    assert database.query(asked) == [(True,)]


@pytest.mark.parametrize("words", [["-s", "rooms"], ["-s", "rooms", "--full-refresh"]])
def test_ephemeral_models_of_ephemeral_models_are_put_into_what_has_something_to_do(
    release, things, words
):
    release.write("models/pieces.sql", PARTS.format("shelves"))
    release.write("models/parts.sql", PARTS.format("pieces"))
    release.change(
        "models/rooms.sql",
        "named(ref('shelves'), 'shelf')",
        "named(ref('parts'), 'shelf')",
    )
    release.dbt("build")
    before = things.rooms
    things.land({"a1x": 5, "b1x": 9})
    release.dbt("run", "-s", "things", "shelves")

    assert parts_in(compiled(release, *words)["rooms"]) == ["pieces", "parts"]
    assert things.rooms == {"a": before["a"] + 4, "b": 9}
    assert parts_in(compiled(release, "-s", "rooms")["rooms"]) == []


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_pending_until_it_is_built_and_nothing_else_is(release, what):
    release.change(*CHANGES[what])

    assert waiting(release) == CHANGED[what]
    assert CHANGED[what] - set(sent(release)) == set()
    assert waiting(release) == set()
    assert sent(release) == []


def test_a_variable_is_seen_as_long_as_it_is_given(release):
    for text, value in (("{least: 3}", 3), ("{least: 2024-01-01}", date(2024, 1, 1))):
        assert waiting(release, {"least": value}) == {"heavy", "weight_of", HOLDS}
        release.dbt("build", "--vars", text)
        assert waiting(release, {"least": value}) == set()
    assert waiting(release) == {"heavy", "weight_of", HOLDS}


def test_comments_are_written_when_what_they_say_is_new(release, database):
    before = dict(database.query(COMMENTS))
    release.change(*CHANGES["a contract's text"])
    release.dbt("build")
    after = dict(database.query(COMMENTS))

    assert {text for name, text in after.items() if name not in before} == {"Rooms."}


@pytest.mark.parametrize(
    ("gone", "name"),
    [
        ("drop view marts.heavy", "heavy"),
        ("drop function marts.weight_of(text)", "weight_of"),
    ],
)
def test_what_was_dropped_is_made_again(release, database, gone, name):
    database.query(gone)

    assert name in waiting(release)
    release.dbt("build")
    assert waiting(release) == set()


def test_a_run_of_no_rows_leaves_views_and_functions_as_they_are(release, database):
    asked = "select sum(weight)::int, marts.weight_of('a') from marts.heavy"
    before = database.query(asked)

    release.dbt("build", "--empty")

    assert database.query(asked) == before != [(None, None)]
    assert waiting(release) == set()


def test_a_dropped_table_is_pending_and_refused_with_the_command(release, database):
    database.query("drop table marts.rooms cascade")

    assert waiting(release) == {"rooms"}
    assert "Build it anew with" in release.dbt("run")["rooms"]


def test_a_test_is_pending_when_its_second_model_moves(release, things):
    database = things.database
    database.query(
        "update ops.versions set version = version + 1 where model = 'rooms'"
    )

    assert waiting(release) == {HOLDS}
    assert release.dbt("test")[HOLDS] == "pass"
    assert waiting(release) == set()


def test_a_test_that_failed_stays_pending(release, things):
    things.database.query("delete from marts.rooms where room = 'b'")
    things.database.query("update ops.versions set checksum = '' where model ~ 'holds'")

    assert release.dbt("test")[HOLDS].startswith("fail")
    assert waiting(release) == {HOLDS}
    assert release.dbt("test")[HOLDS].startswith("fail")


def test_a_load_is_pending_for_what_reads_it_and_then_for_what_follows(release, things):
    things.land({"a1x": 5})

    [each] = pending(release.manifest())

    assert (each.name, each.why) == ("things", "has not read 1 load")
    release.dbt("run", "--select", "things")
    assert waiting(release) == {"shelves"}


def test_no_history_leaves_pending_less_than_a_whole_build_would_change(
    release, things, capsys
):
    seed = random.randrange(10**6)  # noqa: S311 - no secret
    choice = random.Random(seed)  # noqa: S311 - no secret
    manifest = release.manifest()
    with capsys.disabled():
        print(f"seed {seed}", end=" ")
    for _ in range(12):
        _step(choice, release, things)
        found = {each.name for each in pending(manifest)}
        before = _rows(things)
        things.database.query("update ops.versions set checksum = null")
        release.dbt("build")
        after = _rows(things)
        changed = {name for name in TABLES if before[name] != after[name]}

        assert not changed or found, changed
        assert changed <= _following(manifest, found)
        assert things.weights == _winners(things)


def _step(choice, release, things):
    """Land, or build some, or mark as unread."""
    weights = {
        f"{room}{shelf}x": choice.choice([None, 1, 2, 3])
        for room in "ab"
        for shelf in "12"
    }
    for _ in range(choice.randrange(3)):
        match choice.randrange(4):
            case 0 | 1:
                things.land(weights, status=choice.choice([0, 0, None]))
            case 2:
                release.dbt("run", "--select", choice.choice([*TABLES]))
            case 3:
                things.database.query(
                    "update ops.reads set done = 0 where model = 'rooms'"
                )


def _rows(things):
    sql = "select * from {} order by 1, 2"
    return {
        name: things.database.query(sql.format(table)) for name, table in TABLES.items()
    }


def _following(manifest, names):
    found, left = set(), [f"model.ledger.{name}" for name in names]
    while left:
        unique_id = left.pop()
        found.add(unique_id.split(".")[2])
        left += manifest["child_map"].get(unique_id, [])
    return found


def _winners(things):
    """Return the weights that completed loads say, the newest of each thing."""
    sql = """
    select distinct on (1) room || shelf || thing, weight
    from raw.tiny__things as landed
    inner join raw._dlt_loads as loads on landed._dlt_load_id = loads.load_id
    order by 1, landed.fetched_at desc, landed._dlt_load_id desc
    """
    return {thing: weight for thing, weight in things.database.query(sql) if weight}


def test_python_and_dbt_agree_of_every_node(built, dbt):
    from warehouse.manifest import manifest

    dbt("build", "--select", "marts", "+marts")
    noted = dict(built.database.query("select model, checksum from ops.versions"))
    asked = {each["name"]: each["checksum"] for each in questions(manifest(), {})}

    assert noted == {name: asked[name] for name in noted}
    assert len(noted) > 100
