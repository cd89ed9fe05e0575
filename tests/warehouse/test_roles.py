"""Who may do what: four roles in every provisioned database."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import SimpleNamespace

import psycopg2
import pytest
from psycopg2.errors import InsufficientPrivilege, ReadOnlySqlTransaction

from benchmarks.growth import COST
from benchmarks.throwaway import SENT
from tests.warehouse.conftest import Warehouse
from warehouse import WarehouseError, provision
from warehouse.postgres.roles import check_version
from warehouse.settings import LOGINS
from warehouse.state import load
from warehouse.urls import url_of

SECRETS = {role: f"hush-{role}" for role in LOGINS}


@pytest.fixture
def run(database):
    """Return what runs statements as a role and returns the last one's rows."""
    urls = {
        "transformer": url_of(database),
        "loader": database["LOADER_URL"],
        "reader": database["READER_URL"],
        "exporter": database["EXPORTER_URL"],
    }

    def run(role, *statements):
        with closing(psycopg2.connect(urls[role])) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture
def admin(server, database):
    with closing(psycopg2.connect(admin_url(server, database))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def admin_url(server, database):
    password = load(server).passwords["admin"]
    return url_of({**database, "PGUSER": "admin", "PGPASSWORD": password})


def refused(run, role, *statements):
    with pytest.raises(InsufficientPrivilege):
        run(role, *statements)
    return True


def test_the_transformer_reads_what_the_loader_lands_later(run):
    run("loader", "create table raw.pages as select 'page' as payload")

    assert run("transformer", "select payload from raw.pages") == [("page",)]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into raw.pages values ('forged')",
        "delete from raw.pages",
        "truncate raw.pages",
        "drop table raw.pages",
        "create table raw.own (x integer)",
        "set role loader",
    ],
)
def test_the_transformer_writes_nothing_in_raw(run, statement):
    run("loader", "create table raw.pages as select 'page' as payload")

    assert refused(run, "transformer", statement)


@pytest.mark.parametrize("schema", ["staging", "intermediate", "marts", "ops"])
def test_the_transformer_owns_the_later_schemas_and_the_loader_sees_none(run, schema):
    run("transformer", f"create table {schema}.things as select 1 as thing")

    assert run("transformer", f"drop table {schema}.things", "select 1") == [(1,)]
    assert refused(run, "loader", f"create table {schema}.own (x integer)")


@pytest.mark.parametrize("schema", ["staging", "intermediate", "marts", "ops"])
@pytest.mark.parametrize(
    "statement",
    [
        "table {}.things",
        "insert into {}.things values (2)",
        "update {}.things set thing = 2",
        "delete from {}.things",
        "truncate {}.things",
        "drop table {}.things",
        "alter table {}.things add column own text",
        "create function {}.own() returns integer return 1",
        "create index on {}.things (thing)",
    ],
)
def test_the_loader_neither_reads_nor_writes_what_is_built(run, schema, statement):
    run("transformer", f"create table {schema}.things as select 1 as thing")

    assert refused(run, "loader", statement.format(schema))
    assert run("transformer", f"table {schema}.things") == [(1,)]


@pytest.mark.parametrize("kind", ["table", "view", "materialized view", "sequence"])
@pytest.mark.parametrize("schema", ["raw", "staging", "intermediate", "ops"])
def test_a_reader_sees_nothing_of_any_kind_before_the_marts(run, schema, kind):
    owner = "loader" if schema == "raw" else "transformer"
    made = "" if kind == "sequence" else " as select 1 as thing"
    run(owner, f"create {kind} {schema}.things{made}")

    assert refused(run, "reader", f"select * from {schema}.things")  # noqa: S608 - ours


def test_a_reader_executes_no_function_but_the_marts(run):
    body = "returns integer language sql as 'select 1'"
    for schema in ("staging", "intermediate", "ops"):
        run("transformer", f"create function {schema}.f() {body}")

        assert refused(run, "reader", f"select {schema}.f()")
    run("transformer", f"create function marts.f() {body}")
    assert run("reader", "select marts.f()") == [(1,)]
    assert refused(run, "loader", "select marts.f()")


def test_a_function_that_is_replaced_or_made_anew_stays_closed_to_the_public(
    run, admin
):
    """As dbt makes its functions on each build."""
    body = "returns integer language sql as 'select 1'"
    for statements in (
        [f"create function marts.f() {body}"],
        [f"create or replace function marts.f() {body}"],
        ["drop function marts.f()", f"create function marts.f() {body}"],
    ):
        run("transformer", *statements)

        admin.execute(
            "select has_function_privilege('public', 'marts.f()', 'execute'), "
            "has_function_privilege('reader', 'marts.f()', 'execute')"
        )
        assert admin.fetchall() == [(False, True)]


def test_a_readers_query_that_goes_on_too_long_is_ended(run):
    with pytest.raises(psycopg2.errors.QueryCanceled, match="statement timeout"):
        run("reader", "set statement_timeout = '50ms'", "select pg_sleep(10)")


@pytest.mark.parametrize(
    "statement",
    [
        "copy marts.fct to program 'id'",
        "copy (select 1) to '/tmp/x'",
        "select pg_read_file('/etc/passwd')",
        "select lo_import('/etc/passwd')",
        "create extension dblink",
        "alter role reader superuser",
        "alter role loader password 'x'",
        "alter system set fsync = off",
        "create function pg_temp.f() returns integer return 1",
        "do 'begin create table marts.own (x integer); end'",
        "refresh materialized view marts.fct",
        "lock table marts.fct in exclusive mode",
        "select * from marts.fct for update",
        "set session authorization loader",
        "comment on table marts.fct is 'mine'",
        "analyze marts.fct; drop table marts.fct",
    ],
)
def test_no_back_door_is_open_to_a_reader(run, statement):
    run("transformer", "create table marts.fct as select 1 as number")

    with pytest.raises(psycopg2.Error):
        run("reader", "set default_transaction_read_only = off", statement)
    assert run("transformer", "table marts.fct") == [(1,)]


def test_a_reader_can_open_nothing_to_others(run, admin):
    run("transformer", "create table marts.fct as select 1 as number")

    run(
        "reader",
        "set default_transaction_read_only = off",
        "grant select on marts.fct to public",
        "alter default privileges in schema marts grant all on tables to public",
    )

    run("transformer", "create table marts.later as select 1 as number")
    for table in ("fct", "later"):
        admin.execute(
            f"select has_table_privilege('public', 'marts.{table}', 'select')"
        )
        assert admin.fetchall() == [(False,)]


def test_a_reader_reads_marts_of_every_kind_whenever_they_were_made(run):
    run(
        "transformer",
        "create table marts.fct as select 1 as number",
        "create view marts.rpt as select number + 1 as number from marts.fct",
        "create function marts.top() returns table (number integer) language sql"
        " stable as 'select number + 2 from marts.fct'",
    )

    assert run("reader", "table marts.fct") == [(1,)]
    assert run("reader", "table marts.rpt") == [(2,)]
    assert run("reader", "select * from marts.top()") == [(3,)]


def test_a_reader_names_marts_without_their_schema_and_finds_nothing_else_so(run):
    run(
        "transformer",
        "create table marts.fct as select 1 as number",
        "create table ops.things as select 1 as thing",
    )

    assert run("reader", "table fct") == [(1,)]
    assert run("reader", "select current_schema, current_schemas(false)") == [
        ("marts", ["marts"])
    ]
    assert run("reader", "select to_regclass('things')") == [(None,)]


def test_a_warehouse_of_before_gets_the_readers_search_path_by_its_next_provisioning(
    server, database, admin, run
):
    admin.execute("alter role reader reset search_path")

    provision(admin_url(server, database), database["PGDATABASE"])

    assert run("reader", "show search_path") == [("marts",)]


def test_a_warehouse_of_before_loses_by_its_next_provisioning_what_roles_had_too_much(
    server, database, admin, run
):
    admin.execute(f"grant create on database {database['PGDATABASE']} to transformer")
    admin.execute("grant usage on language sql, plpgsql to public")
    admin.execute("drop schema test_failures")
    admin.execute("grant execute on function pg_advisory_lock(bigint) to public")
    admin.execute("grant execute on function pg_terminate_backend to public")
    admin.execute("alter role reader connection limit -1")
    run("transformer", "create schema dbt_test__audit", "create schema kept")
    run("transformer", "create table kept.things as select 1 as thing")

    provision(admin_url(server, database), database["PGDATABASE"])

    assert refused(run, "transformer", "create schema own")
    assert refused(run, "loader", "do 'begin end'")
    assert refused(run, "reader", "select pg_advisory_lock(1::bigint)")
    assert refused(run, "reader", "select pg_terminate_backend(1)")
    assert run("loader", "select pg_advisory_unlock(1::bigint)") == [(False,)]
    admin.execute("select rolconnlimit from pg_roles where rolname = 'reader'")
    assert admin.fetchall() == [(50,)]
    assert run("transformer", "table kept.things") == [(1,)]
    run("transformer", "do 'begin create table test_failures.x (); end'")


def test_the_exporter_reads_what_the_reader_may_and_how_far_the_ledger_is(run):
    run(
        "transformer",
        "create table marts.fct as select 1 as number",
        "create table marts.rpt_loans as select 1 as loan_id",
        "revoke select on marts.rpt_loans from reader",
    )

    assert run("exporter", "table marts.fct") == [(1,)]
    assert refused(run, "exporter", "table marts.rpt_loans")
    assert refused(run, "exporter", "set role reader")
    run("transformer", "revoke select on marts.fct from reader")
    assert refused(run, "exporter", "table marts.fct")


def test_a_warehouse_of_before_lets_the_exporter_in_by_its_next_provisioning(
    server, database, admin, run
):
    admin.execute("drop schema iceberg cascade")
    admin.execute("revoke usage on schema ops from exporter")
    admin.execute("revoke reader from exporter")
    run(
        "transformer",
        "create table ops.versions as select 7 as version",
        "create table ops.vanished as select 8 as version",
        "create table ops.reads as select 9 as done",
        "create table marts.fct as select 1 as number",
    )

    provision(admin_url(server, database), database["PGDATABASE"])

    assert run("exporter", "table ops.versions") == [(7,)]
    assert run("exporter", "table ops.vanished") == [(8,)]
    assert run("exporter", "table marts.fct") == [(1,)]
    assert refused(run, "exporter", "table ops.reads")
    run("exporter", "create table iceberg.kept (x integer)")


def test_a_reader_still_reads_a_mart_that_was_swapped(run):
    run(
        "transformer",
        "create table marts.fct as select 1 as number",
        "create table marts.fct__new as select 2 as number",
        "drop table marts.fct",
        "alter table marts.fct__new rename to fct",
    )

    assert run("reader", "select number from marts.fct") == [(2,)]


@pytest.mark.parametrize("schema", ["raw", "staging", "intermediate", "ops"])
def test_a_reader_sees_nothing_but_marts(run, schema):
    owner = "loader" if schema == "raw" else "transformer"
    run(owner, f"create table {schema}.things as select 1 as thing")

    assert refused(run, "reader", f"table {schema}.things")


@pytest.mark.parametrize(
    "statement",
    [
        "delete from marts.fct",
        "create table marts.own (x integer)",
        "create table public.own (x integer)",
        "create temporary table own (x integer)",
        "create schema own",
        "set role transformer",
        "select * from pg_authid",
    ],
)
def test_a_reader_changes_nothing_even_without_its_default(run, statement):
    run("transformer", "create table marts.fct as select 1 as number")

    with pytest.raises(ReadOnlySqlTransaction):
        run("reader", "delete from marts.fct")
    assert refused(run, "reader", "set default_transaction_read_only = off", statement)


def test_a_readers_forgotten_query_or_transaction_ends(run):
    assert run("reader", "show statement_timeout") == [("2min",)]
    assert run("transformer", "show statement_timeout") == [("0",)]
    forgotten = "show idle_in_transaction_session_timeout"
    assert run("reader", forgotten) == [("10min",)]
    assert run("transformer", forgotten) == [("0",)]


def test_everybody_works_in_utc_wherever_the_server_is(run, admin):
    admin.execute("alter system set timezone = 'Asia/Tokyo'")
    admin.execute("select pg_reload_conf(), pg_sleep(0.2)")

    shown = [run(role, "show timezone") for role in SECRETS]

    admin.execute("alter system reset timezone")
    admin.execute("select pg_reload_conf(), pg_sleep(0.2)")
    assert shown == [[("UTC",)]] * 4


def test_the_public_may_not_execute_new_functions(run, admin):
    admin.execute("grant usage on language sql to loader")
    for role, schema in (("transformer", "marts"), ("loader", "raw")):
        body = "returns integer language sql as 'select 1'"
        run(role, f"create function {schema}.f() {body}")
        admin.execute(
            f"select has_function_privilege('public', '{schema}.f()', 'execute')"
        )
        assert admin.fetchall() == [(False,)]


def test_another_role_of_the_server_does_not_get_in(server, database, admin):
    admin.execute("create role stranger login password 'stranger'")
    login = {**database, "PGUSER": "stranger", "PGPASSWORD": "stranger"}

    try:
        with pytest.raises(psycopg2.OperationalError, match="permission denied"):
            psycopg2.connect(url_of(login))
    finally:
        admin.execute("drop role stranger")


def test_no_role_is_a_superuser(admin):
    admin.execute(
        "select count(*) from pg_roles where rolname = any(%s) and not (rolsuper"
        " or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)",
        [list(SECRETS)],
    )

    assert admin.fetchall() == [(4,)]


def test_the_transformer_sees_everybodys_statistics_and_no_password(run):
    run("loader", "select 'of the loader' as remark")
    statements = run("transformer", "select query from public.pg_stat_statements")

    texts = "\n".join(text for (text,) in statements)
    assert "<insufficient privilege>" not in texts
    assert "create role" in texts.lower()
    assert "scram-sha-256$" not in texts.lower()


@pytest.mark.parametrize("asked", [COST, SENT], ids=["their cost", "their number"])
def test_the_administrator_is_told_what_benchmarks_ask_of_statements(run, admin, asked):
    admin.execute("select public.pg_stat_statements_reset()")
    run("transformer", "select 'measured' as remark")

    admin.execute(asked)

    assert admin.fetchone()[0] > 0


def test_provisioning_again_changes_nothing(server, database, admin):
    before = snapshot(admin)

    provision(admin_url(server, database), database["PGDATABASE"])

    assert snapshot(admin) == before
    assert before


def test_several_databases_are_provisioned_at_once(server, database, admin):
    names = [f"at_once_{number}" for number in range(6)]
    address = admin_url(server, {**database, "PGDATABASE": "postgres"})

    try:
        with ThreadPoolExecutor(len(names)) as pool:
            done = list(pool.map(lambda name: provision(address, name), names))
    finally:
        for name in names:
            admin.execute(f"drop database if exists {name} with (force)")

    assert len(done) == len(names)


def test_a_mart_that_was_closed_to_the_reader_stays_closed(server, database, run):
    run(
        "transformer",
        "create table marts.rpt_loans as select 1 as loan_id",
        "revoke select on marts.rpt_loans from reader",
    )

    provision(admin_url(server, database), database["PGDATABASE"])

    assert refused(run, "reader", "select * from marts.rpt_loans")


def test_what_was_there_before_the_first_provisioning_is_granted(
    server, database, admin
):
    admin.execute("create database older template template0")
    older = {**database, "PGDATABASE": "older"}
    with closing(psycopg2.connect(admin_url(server, older))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("create schema raw authorization loader")
            cursor.execute("create schema marts authorization transformer")
            cursor.execute("set role loader; create table raw.pages ()")
            cursor.execute("set role transformer; create table marts.fct ()")
            cursor.execute("reset role")
        provision(connection, "older")

        with connection.cursor() as cursor:
            cursor.execute(
                "select has_table_privilege('transformer', 'raw.pages', 'select'),"
                " has_table_privilege('reader', 'marts.fct', 'select')"
            )
            assert cursor.fetchall() == [(True, True)]
    admin.execute("drop database older with (force)")


def test_an_older_server_is_refused():
    with pytest.raises(WarehouseError, match="PostgreSQL 15, and Tickhouse needs 16"):
        check_version(SimpleNamespace(server_version=150013))


@pytest.fixture
def bare(own: Warehouse):
    """Return the URL of a server that has none of our roles yet, and its warehouse."""
    own.run("start")
    address = own.run("url", "--role", "admin")[0].strip()
    address = address.removesuffix("tickhouse") + "postgres"
    with closing(psycopg2.connect(address)) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute("drop database tickhouse")
            cursor.execute("drop role loader, transformer, reader, exporter")
    return address, own


def test_an_administrator_need_not_be_a_superuser_and_psql_does_as_well(bare):
    """As on a managed server, and as docker-compose does it."""
    address, warehouse = bare
    with closing(psycopg2.connect(address)) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute("create role manager login createrole createdb password 'x'")
            cursor.execute("grant connect on database postgres to manager")
    manager = address.replace(address.split("//")[1].split("@")[0], "manager:x")

    provision(manager, passwords=SECRETS)
    provision(manager)

    assert logged_in(address, SECRETS) == [*LOGINS]

    others = {role: f"hush-other-{role}" for role in SECRETS}
    warehouse.run(
        *("psql", "--role", "admin", "-v", "ON_ERROR_STOP=1"),
        *("-f", str(warehouse.checkout / "warehouse" / "postgres" / "roles.psql")),
        **{f"{role.upper()}_PASSWORD": secret for role, secret in others.items()},
    )

    assert logged_in(address, others) == [*LOGINS]
    seen = warehouse.run(
        *(
            "psql",
            "--role",
            "admin",
            "-Atc",
            "select query from public.pg_stat_statements",
        )
    )[0]
    logs = [log.read_text() for log in (warehouse.data.parent / "log").iterdir()]
    assert "create role" in seen.lower()
    assert not [text for text in (seen, *logs) if "hush-" in text]


def logged_in(address, passwords):
    place = address.rpartition("@")[2].removesuffix("postgres")
    users = []
    for role, secret in passwords.items():
        url = f"postgresql://{role}:{secret}@{place}tickhouse"
        with closing(psycopg2.connect(url)) as connection:
            users.append(connection.info.user)
    return users


def snapshot(cursor):
    """Return all that provisioning could change in one database."""
    cursor.execute(
        "select 'role', rolname, rolpassword from pg_authid union all "
        "select 'setting', setrole::text, setconfig::text from pg_db_role_setting "
        "union all select 'database', datname, datacl::text from pg_database "
        "where datname = current_database() union all "
        "select 'schema', nspname, nspowner || nspacl::text from pg_namespace "
        "union all select 'default', defaclrole || defaclobjtype::text || "
        "defaclnamespace, defaclacl::text from pg_default_acl union all "
        "select 'member', roleid::text, member::text from pg_auth_members "
        "order by 1, 2, 3"
    )
    return cursor.fetchall()
