"""Random histories of a small warehouse end as one that is built at once does.

Those of a day are the same; TRUST_SEED, which one that fails says, sets others.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from tests.dbt_project.ledger.release import Release
from tests.support.things import Things
from warehouse.__main__ import main
from warehouse.ledger import retry

FEW, MANY = 3, 300
STEPS = 9
MODELS = ("things", "factors", "shelves", "rooms", "priced")
SOURCE = "      - name: tiny__things\n"
FACTORS = """
create table raw.tiny__things_kept (like raw.tiny__things);
create table if not exists raw.tiny__factors (
    room text, factor bigint, fetched_at bigint, item_position bigint, _dlt_load_id text
)
"""
ADDED = {
    "models/factors.sql": """
{{ config(
    schema='staging', unique_key=['room'],
    lineage=['fetched_at', 'load_id', 'item_position'],
) }}

with

arrived as (

    select
        room,
        factor,
        fetched_at,
        _dlt_load_id as load_id,
        item_position,
        {{ version() }} as changed_in
    from {{ newly_arrived(source('raw', 'tiny__factors')) }} as arrived

),

winners as (

    {{ newest_answer('arrived', per=['room']) }}

)

select * from winners
""",
    "models/priced.sql": """
{{ config(unique_key=['room']) }}

with

touched as (

    select room from {{ changed(ref('rooms'), {'room': 'text'}) }} as room
    union
    select room from {{ changed(ref('factors'), {'room': 'text'}) }} as factor

),

priced as (

    select
        touched.room,
        rooms.weight * coalesce(factors.factor, 1) as weight,
        case when rooms.room is not null then {{ version() }} end as changed_in,
        now() as updated_at
    from touched
    left outer join {{ ref('rooms') }} as rooms on touched.room = rooms.room
    left outer join {{ ref('factors') }} as factors on touched.room = factors.room

)

select * from priced
{% if not is_incremental() %}where changed_in is not null{% endif %}
""",
    "models/added.yml": """
models:
  - name: factors
    constraints: [{type: primary_key, columns: [room]}]
    columns:
      - {name: room, data_type: text}
      - {name: factor, data_type: bigint}
      - {name: fetched_at, data_type: bigint}
      - {name: load_id, data_type: text}
      - {name: item_position, data_type: bigint}
      - {name: changed_in, data_type: bigint}
  - name: priced
    constraints: [{type: primary_key, columns: [room]}]
    columns:
      - {name: room, data_type: text}
      - {name: weight, data_type: bigint}
      - {name: changed_in, data_type: bigint}
      - {name: updated_at, data_type: timestamptz}
""",
}
ROWS = """
select (to_jsonb(held) - '{{changed_in,updated_at}}'::text[])::text
from {} as held
order by 1
"""
TABLES = (
    *("staging.things", "staging.factors"),
    *("marts.shelves", "marts.rooms", "marts.priced"),
)


class History:
    """A warehouse of the small project, and what may happen to it."""

    def __init__(self, things: Things, release: Release, chance: Random) -> None:
        self.things, self.release, self.chance = things, release, chance
        self.rule, self.is_pruned, self.told = None, False, []

    def step(self) -> None:
        """Let one thing happen, drawn at random."""
        happens = [
            *(self.land, self.land, self.build, self.build, self.factor, self.poison),
            *(self.try_again, self.rebuild),
        ]
        # a page that is gone was read by the rule of then
        if not self.is_pruned:
            happens += [self.change_the_rule, self.refresh]
        if self.rule is None:
            happens.append(self.prune)
        happens = self.chance.choice(happens)
        self.told.append(f"{happens.__name__}{happens() or ''}")

    def land(self) -> dict:
        """Land things, some that went, fetched before or after those that stand."""
        pick = self.chance.choice
        weights = {
            f"{pick('ab')}{pick('12')}{pick('xyz')}": pick([None, *range(1, 9)])
            for _ in range(self.chance.randrange(1, 5))
        }
        fetched_at = self.chance.choice([0, self.chance.randrange(1, 40)])
        self.things.land(weights, fetched_at=fetched_at)
        return weights

    def factor(self) -> None:
        """Land what a room's weight is multiplied by, a lookup that comes late."""
        load = self.things.land({})
        self.things.database.query(
            "insert into raw.tiny__factors values (%s, %s, %s, 0, %s)",
            self.chance.choice("ab"),
            self.chance.randrange(2, 9),
            self.chance.randrange(1, 40),
            load,
            role="loader",
        )

    def poison(self) -> None:
        """Land a thing without a shelf among good ones, which the key refuses."""
        load = self.things.land({"a1p": 1, "b2x": self.chance.randrange(9)})
        self.things.database.query(
            "update raw.tiny__things set shelf = null "
            "where _dlt_load_id = %s and thing = 'p'",
            load,
            role="loader",
        )

    def build(self) -> list[str]:
        """Build all, or a part."""
        words = self.chance.choice(
            [[], [], ["-s", self.chance.choice(MODELS)], ["-s", "things+"]]
        )
        self.release.dbt("run", *words)
        return words

    def try_again(self) -> None:
        """Have loads that were set aside tried again, which fail again."""
        retry()

    def rebuild(self) -> str:
        """Have a model read again all that it has read."""
        model = self.chance.choice(MODELS)
        known = self.things.database.query("select model from ops.versions")
        if (model,) in known:
            assert main(["rebuild", model]) == 0
        return model

    def change_the_rule(self) -> str:
        """Refuse heavier things than before, or fewer, and have them judged again."""
        rule = f"where weight is null or weight < {self.chance.randrange(3, 12)}\n"
        arrived = "as arrived\n"
        before = f"as arrived\n    {self.rule}" if self.rule else arrived
        self.release.change("models/things.sql", before, f"{arrived}    {rule}")
        self.rule = rule
        assert main(["rebuild", "things"]) == 0
        return rule

    def refresh(self) -> None:
        """Make all anew."""
        self.release.dbt("run", "--full-refresh")

    def prune(self) -> int:
        """Delete the older half of the pages that have been read, as retention does."""
        query = self.things.database.query
        read = query(
            "select load_id from ops.loads_read where model = 'things' "
            "and load_id in (select _dlt_load_id from raw.tiny__things) order by 1"
        )
        gone = [load for (load,) in read][: len(read) // 2]
        if gone:
            self.is_pruned = True
            query(
                "insert into ops.pruned values ('tiny__things', now()) "
                "on conflict (table_name) do update set pruned_to = now()"
            )
            query(
                "with gone as (delete from raw.tiny__things "
                "where _dlt_load_id = any(%s) returning *) "
                "insert into raw.tiny__things_kept select * from gone",
                gone,
                role="loader",
            )
        return len(gone)

    def rows(self) -> dict[str, list]:
        """Return all rows of all models, but for when and by which build they came."""
        return {
            table: self.things.database.query(ROWS.format(table)) for table in TABLES
        }

    def end(self) -> tuple[dict[str, list], dict[str, list]]:
        """Mend what was bad, build to the end; return all rows, and those of one build.

        That one has all pages, also those that were pruned.
        """
        query = self.things.database.query
        mend = "update raw.tiny__things set shelf = '1' where shelf is null"
        query(mend, role="loader")
        retry()
        self.release.dbt("run")
        said = self.release.dbt("run")
        assert set(said.values()) == {"success"}, said
        ended = self.rows()
        query(
            "insert into raw.tiny__things select * from raw.tiny__things_kept",
            role="loader",
        )
        query("delete from ops.pruned")
        said = self.release.dbt("run", "--full-refresh")
        assert set(said.values()) == {"success"}, said
        return ended, self.rows()


def live(number: int, things: Things, folder: Path) -> None:
    """Live a history, and compare its end."""
    seed = f"{os.environ.get('TRUST_SEED', datetime.now(UTC).date())} {number}"
    release = Release(folder)
    release.change(
        "models/models.yml", SOURCE, f"{SOURCE}      - name: tiny__factors\n"
    )
    for file, text in ADDED.items():
        release.write(file, text)
    things.database.query(FACTORS, role="loader")
    history = History(things, release, Random(seed))  # noqa: S311 - histories, no secrets
    release.dbt("run")
    for _ in range(STEPS):
        history.step()
    ended, fresh = history.end()
    assert ended == fresh, f"TRUST_SEED={seed}: {'; '.join(history.told)}"


@pytest.mark.parametrize("number", range(FEW))
def test_a_history_ends_as_one_build_of_all_does(number, things, tmp_path):
    live(number, things, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("number", range(FEW, MANY))
def test_each_of_many_histories_ends_so(number, things, tmp_path):
    live(number, things, tmp_path)
