"""Nobody gets more rights by what an administrator runs: what could be tried is tried.

Each attack writes what raises the attacker's rights should an administrator's session
come upon it, and then lets each command run that acts as one.
"""

from contextlib import closing

import psycopg2
import pytest
from psycopg2.errors import InsufficientPrivilege

from tests.warehouse.conftest import Warehouse
from warehouse import provision

SHADOWS = {
    "format(text, text) returns text": "format($1, variadic array[$2])",
    "has_schema_privilege(text, text, text) returns boolean": (
        "has_schema_privilege($1::name, $2, $3)"
    ),
    "pg_has_role(name, text, text) returns boolean": "pg_has_role($1, $2::name, $3)",
    "current_setting(text, boolean) returns text": "current_setting($1, $2)",
    "set_config(text, text, boolean) returns text": "set_config($1, $2, $3)",
    "pg_advisory_lock(integer) returns text": "pg_advisory_lock($1::bigint)",
    "pg_advisory_unlock(integer) returns boolean": "pg_advisory_unlock($1::bigint)",
    "to_regrole(text) returns regrole": "to_regrole($1)",
}
"""Some fit a call of ours better than what they call of PostgreSQL's own."""
BODY = """
language plpgsql as $$
begin
    if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
        execute 'alter role transformer superuser';
    end if;
    return pg_catalog.{};
end
$$
"""
MIGHTY = "select rolname from pg_roles where rolname !~ '^pg_|^admin$' and rolsuper"


@pytest.fixture(scope="module")
def beset(outside):
    """Return a warehouse to attack; the transformer may make schemas."""
    warehouse = Warehouse(outside / "beset")
    warehouse.run("start")
    yield warehouse
    warehouse.run("reset", "--yes")


def shadow(warehouse):
    """Make functions of the transformer's in schemas named as the administrator."""
    warehouse.query("alter role transformer nosuperuser", "admin")
    for place in ("tickhouse", "postgres"):
        opened = f"grant create, connect on database {place} to transformer"
        warehouse.query(opened, "admin")
        address = warehouse.run("url")[0].strip().replace("/tickhouse", f"/{place}")
        with closing(psycopg2.connect(address)) as held, held, held.cursor() as cursor:
            cursor.execute("create schema if not exists admin")
            cursor.execute("grant usage on schema admin to public")
            for signature, real in SHADOWS.items():
                made = f"create or replace function admin.{signature}"
                cursor.execute(made + BODY.format(real))
            cursor.execute("grant execute on all functions in schema admin to public")


@pytest.mark.parametrize(
    "words",
    [
        ("develop", "alice"),
        ("develop", "alice", "--drop"),
        ("psql", "--role", "admin", "-c", "select format('%s', 'x'::text)"),
        ("psql", "--role", "admin", "-f", "warehouse/postgres/roles.sql"),
        ("doctor",),
        ("backup", "FILE"),
        ("restore", "--yes", "FILE"),
        ("start",),
    ],
)
def test_a_schema_named_as_the_administrator_is_not_looked_into(beset, words, tmp_path):
    shadow(beset)
    kept = tmp_path / "kept"
    if words[0] == "restore":
        beset.run("backup", str(kept))
    if words[0] == "start":  # as after a change of roles.sql
        state = beset.folder / "server.json"
        state.write_text(state.read_text().replace('sioned": "', 'sioned": "x'))

    told = beset.popen(*(str(kept) if word == "FILE" else word for word in words))
    told.communicate()

    assert beset.query(MIGHTY) == []


def test_provisioning_by_an_open_connection_looks_into_no_schema_of_others(beset):
    address = beset.run("url", "--role", "admin")[0].strip()
    for given in (address, address.replace("/tickhouse", "/postgres")):
        shadow(beset)
        with closing(psycopg2.connect(given)) as admin:
            admin.autocommit = True
            with admin.cursor() as cursor:
                cursor.execute('set search_path = "$user", public')

            provision(admin)
        provision(given)

        assert beset.query(MIGHTY) == []


@pytest.mark.parametrize("role", ["loader", "transformer", "reader"])
def test_nobody_but_an_administrator_makes_schemas_or_has_one_beyond_the_houses(
    up, role
):
    for name in ("admin", "loader", "own", "pg_own", '"$user"'):
        with pytest.raises(InsufficientPrivilege):
            up.query(f"set transaction read write; create schema {name}", role)
    owned = "select nspname from pg_namespace where pg_has_role(nspowner, 'usage')"
    assert {name for (name,) in up.query(owned, role)} == {
        "loader": {"raw"},
        "transformer": {
            *("staging", "intermediate", "marts", "ops", "test_failures"),
        },
        "reader": set(),
    }[role]


@pytest.mark.parametrize("role", ["loader", "reader"])
@pytest.mark.parametrize("language", ["sql", "plpgsql", "c", "internal"])
def test_only_the_transformer_writes_functions(up, role, language):
    body = {
        "sql": "'select 1'",
        "plpgsql": "'begin return 1; end'",
        "c": "'pg_stat_statements', 'pg_stat_statements_reset'",
        "internal": "'pg_backend_pid'",
    }[language]
    for place in ("raw", "pg_temp"):
        with pytest.raises(InsufficientPrivilege):
            up.query(
                "set transaction read write; create function "
                f"{place}.f() returns integer language {language} as {body}",
                role,
            )
    with pytest.raises(InsufficientPrivilege):
        up.query("do 'begin end'", role)


def test_an_administrators_sessions_find_postgresqls_own_names_alone(up):
    shown, _ = up.run("psql", "--role", "admin", "-Atc", "show search_path")

    assert shown.strip().replace(",", ", ") == "pg_catalog, pg_temp"
    assert up.query("show search_path", "admin") == [("pg_catalog, pg_temp",)]
