"""A build reads plain tables of the loader's, and nothing of others runs in it."""

import psycopg2
import pytest

from tests.support.dbt import LEDGER_PROJECT, invoke
from tests.support.trap import IMMUTABLE, SPRUNG, TRAP
from warehouse import ROOT, plainness
from warehouse.pending import pending

ASIDE = "alter table raw.tiny__things rename to tiny__things_kept;"
VIEW = (
    ASIDE + "create {} view raw.tiny__things as select * from raw.tiny__things_kept "  # noqa: S608 - ours
)
GRANT = ";grant select on raw.tiny__things to transformer"
SPRINGS = {
    "a view": TRAP + VIEW.format("") + "where raw.spring(room)" + GRANT,
    "a materialized view": TRAP + VIEW.format("materialized") + GRANT,
    "a policy": TRAP
    + "alter table raw.tiny__things enable row level security;"
    + "create policy bait on raw.tiny__things using (raw.spring(room))",
    "a check that is planned": IMMUTABLE
    + "alter table raw.tiny__things add check (raw.spring('x'))",
    "an index that is planned": IMMUTABLE
    + "create index bait on raw.tiny__things (raw.spring('x'))",
    "statistics that are planned": IMMUTABLE
    + "create statistics raw.bait on (raw.spring('x')), room from raw.tiny__things",
    "a child": TRAP
    + "create table raw.child (like raw.tiny__things) ;"
    + "alter table raw.child inherit raw.tiny__things;"
    + "alter table raw.child enable row level security;"
    + "create policy bait on raw.child using (raw.spring(room))",
    "loads that are a view": TRAP  # noqa: S608 - ours
    + "alter table raw._dlt_loads rename to loads_kept;"
    + "create view raw._dlt_loads as select * from raw.loads_kept "
    + "where raw.spring(load_id); grant select on raw._dlt_loads to transformer",
}
OWN = {
    "a view": VIEW.format("") + "where pg_notify('x', room) is not null" + GRANT,
    "a policy": "alter table raw.tiny__things enable row level security;"
    "create policy bait on raw.tiny__things using (pg_notify('x', room) is not null)",
    "policies that are forced": "alter table raw.tiny__things force row level security",
    "a check": "alter table raw.tiny__things add check (length(room) > 0)",
    "a default": "alter table raw.tiny__things alter room set default lower('X')",
    "a generated column": "alter table raw.tiny__things add other text "
    "generated always as (lower(room)) virtual",
    "a rule": "create rule bait as on delete to raw.tiny__things do instead nothing",
    "a trigger": "create trigger bait before update on raw.tiny__things "
    "for each row execute function suppress_redundant_updates_trigger()",
    "an index": "create index bait on raw.tiny__things (lower(room))",
    "an index of some rows": "create index bait on raw.tiny__things (room) "
    "where room > 'a'",
    "statistics": "create statistics raw.bait on (lower(room)), shelf "
    "from raw.tiny__things",
    "a domain": "create domain raw.bait as text;"
    "alter table raw.tiny__things add other raw.bait",
    "a type": "create type raw.bait as (x text);"
    "alter table raw.tiny__things add other raw.bait[]",
    "a child": "create table raw.child () inherits (raw.tiny__things)",
    "partitions": ASIDE + "create table raw.tiny__things (like raw.tiny__things_kept) "
    "partition by list (room)" + GRANT,
}


@pytest.fixture
def loader(things):
    """Return what the loader says, who may write functions, as it once might."""
    things.database.query("grant usage on language plpgsql to loader", role="admin")
    return lambda statement: things.database.query(statement, role="loader")


def says(ledger, *words):
    done = invoke(LEDGER_PROJECT, ROOT / "dbt_project" / "target" / "plain", *words)
    told = [str(done.exception)] if done.result is None else []
    for result in done.result or ():
        told.append(f"{result.status} {result.message}")
    return " ".join(told)


@pytest.mark.parametrize("refreshed", [False, True])
@pytest.mark.parametrize("spring", SPRINGS)
def test_nothing_of_the_loaders_runs_in_a_build(
    things, ledger, loader, spring, refreshed
):
    things.land({"a3x": 5})
    before = things.rooms
    loader(SPRINGS[spring])

    said = says(ledger, "run", *(["--full-refresh"] if refreshed else []))

    assert loader(SPRUNG) == [(False,)]
    assert "raw." in said or "non-system view" in said
    assert things.rooms == before


@pytest.mark.parametrize("other", OWN)
def test_a_build_reads_no_raw_table_that_is_more_than_a_plain_one(
    things, ledger, loader, other
):
    things.land({"a3x": 5})
    before = things.rooms
    loader(OWN[other])

    said = says(ledger, "run")

    assert "python -m warehouse doctor" in said
    assert "raw.tiny__things" in said
    assert things.rooms == before


def test_what_a_build_has_to_do_is_asked_without_reading_a_view(
    things, loader, monkeypatch
):
    loader(SPRINGS["loads that are a view"])
    node = {
        **dict.fromkeys(("unique_id", "name", "schema", "alias", "checksum"), "x"),
        **{"kind": "table", "reads": [], "tables": [], "systems": ["*"]},
    }
    monkeypatch.setattr("warehouse.pending.questions", lambda *_: [node])

    with pytest.raises(psycopg2.Error, match="non-system view"):
        pending({"of": "no nodes"})

    assert loader(SPRUNG) == [(False,)]


def test_a_table_of_another_owner_is_not_read(things, ledger):
    things.land({"a3x": 5})
    things.database.query(
        "alter table raw.tiny__things owner to transformer", role="admin"
    )

    assert "raw.tiny__things does not belong to loader" in says(ledger, "run")


def test_the_commands_can_take_the_macro_as_it_is():
    """It has nothing in it that dbt would have to render."""
    assert plainness.UNPLAIN.strip().startswith("select")
    assert "{" not in plainness.UNPLAIN
