"""What others have made of a table stays when it is made anew, or nothing is done."""

import pytest

ACL = """
select acl.grantee::regrole::text, acl.privilege_type, acl.is_grantable
from (
    select relacl as held from pg_class where oid = 'marts.rooms'::regclass
    union all
    select attacl from pg_attribute where attrelid = 'marts.rooms'::regclass
) as held
cross join lateral aclexplode(held.held) as acl
order by 1, 2
"""


@pytest.fixture
def bob(things):
    """Return a role beside ours, which may make views in a schema of its own."""
    say(things, "create role bob", "create schema bobs authorization bob")
    say(things, "grant usage on schema marts, staging to bob")
    say(things, "grant select on all tables in schema marts, staging to bob")
    yield things
    say(things, "drop schema bobs cascade", "drop owned by bob", "drop role bob")


def say(things, *statements):
    """Say statements as the administrator."""
    for statement in statements:
        things.database.query(statement, role="admin")


def test_grants_are_those_of_before(bob, ledger):
    """Also on columns, with the option to grant, and what was revoked."""
    say(bob, "grant select, references on marts.rooms to bob with grant option")
    say(bob, "grant update (weight) on marts.rooms to bob")
    say(bob, "revoke all on marts.rooms from reader")
    before = bob.database.query(ACL)

    assert set(ledger("run", "--full-refresh").values()) == {"success"}

    assert bob.database.query(ACL) == before
    assert ("bob", "SELECT", True) in before
    assert ("bob", "UPDATE", False) in before


@pytest.mark.parametrize(
    ("made", "name"),
    [
        ("create view bobs.heavy as select * from marts.rooms", "a view of bob"),
        (
            "create materialized view bobs.heavy as select * from marts.rooms",
            "a materialized view of bob",
        ),
        ("create policy own on marts.rooms using (true)", "own (a policy)"),
    ],
)
def test_what_would_go_is_named_and_nothing_is_done(bob, ledger, tables, made, name):
    """And once it is dropped the table is made anew."""
    role = "" if "policy" in made else "set role bob; "
    say(bob, f"{role}{made}")
    before = tables.row_versions("marts.rooms")

    said = ledger("run", "--full-refresh", "-s", "rooms")["rooms"]

    assert said.startswith("error")
    assert name in said
    assert tables.row_versions("marts.rooms") == before
    kind = "policy own on marts.rooms" if "policy" in made else "heavy"
    object_kind = {"v": "view", "m": "materialized view"}.get(made[7], "")
    say(bob, f"drop {object_kind} bobs.{kind}" if object_kind else f"drop {kind}")
    assert ledger("run", "--full-refresh", "-s", "rooms")["rooms"] == "success"


def test_a_view_of_another_on_a_view_of_ours_stays(bob, ledger):
    """Ours reads the new table, and so does what reads ours."""
    bob.database.query("create view marts.ours as select room, weight from marts.rooms")
    say(bob, "grant select on marts.ours to bob")
    say(bob, "set role bob; create view bobs.theirs as select * from marts.ours")

    assert set(ledger("run", "--full-refresh").values()) == {"success"}

    told = bob.database.query("select * from bobs.theirs order by 1", role="admin")
    assert told == [("a", 7), ("b", 8)]
