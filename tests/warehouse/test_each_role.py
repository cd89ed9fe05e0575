"""docs/roles.md says what each role can do; each cell of its table is tried."""

import re
from contextlib import closing

import psycopg2
import pytest
from psycopg2.extensions import connection

from tests.warehouse.conftest import Warehouse
from warehouse import ROOT
from warehouse.settings import LOGINS as ROLES
from warehouse.state import load

BUILT = ("staging", "intermediate", "marts", "ops")
BEFORE = {
    "loader": ["create table raw.pages as select 'page' as payload"],
    "transformer": [
        *(f"create table {schema}.things as select 1 as thing" for schema in BUILT),
        *(
            statement
            for table in ("ops.versions", "ops.vanished")
            for statement in (
                f"create table {table} as select 1 as version",
                f"grant select on {table} to exporter",
            )
        ),
        "create table marts.rpt_loans as select 'Ada' as borrower_name",
        "revoke select on marts.rpt_loans from reader",
        "create function marts.one() returns integer return 1",
    ],
}
TRIED = {
    "make tables in `raw`": ["create table raw.own (x integer)"],
    "write into `raw`": [
        "insert into raw.pages values ('x')",
        "update raw.pages set payload = 'x'",
        "delete from raw.pages",
        "truncate raw.pages",
    ],
    "read `raw`": ["table raw.pages"],
    "make tables in `staging`, `intermediate`, `marts` and `ops`": [
        f"create table {schema}.own (x integer)" for schema in BUILT
    ],
    "read `staging`, `intermediate` and `ops`": [
        f"table {schema}.things" for schema in BUILT if schema != "marts"
    ],
    "read how far the ledger is": ["table ops.versions", "table ops.vanished"],
    "make tables in `iceberg`, the export's catalog": [
        "create table iceberg.own (x integer)"
    ],
    "read `marts`": ["table marts.things"],
    "write into `marts`": [
        "insert into marts.things values (2)",
        "update marts.things set thing = 2",
        "delete from marts.things",
        "truncate marts.things",
        "drop table marts.things",
        "alter table marts.things add own text",
        "create index on marts.things (thing)",
    ],
    "read the loan marts": ["table marts.rpt_loans"],
    "execute the functions of `marts`": ["select marts.one()"],
    "write functions, and run `do`": [
        "do 'begin end'",
        "create function {own}.f() returns integer language sql as 'select 1'",
        "create procedure {own}.p() language plpgsql as 'begin end'",
    ],
    "make temporary tables": ["create temporary table own (x integer)"],
    "make schemas": ["create schema own", "create schema {role}"],
    "make extensions": ["create extension pgcrypto", "create extension hstore"],
    "make roles": ["create role own", "alter role postgres login"],
    "act as another role": [
        *("set role admin", "set session authorization admin", "{other}"),
    ],
    "hold locks by a key": [
        *("select pg_advisory_lock(1, 2)", "select pg_try_advisory_lock(1::bigint)"),
        "select pg_advisory_xact_lock_shared(1, 2)",
    ],
    "end a session of its own role": ["select pg_terminate_backend({own_pid})"],
    "end a session of the reader": ["select pg_terminate_backend({reader_pid})"],
    "end a session of an administrator": ["select pg_terminate_backend({admin_pid})"],
    "make large objects": ["select lo_create(0)", "select lo_from_bytea(0, 'x')"],
    "write messages into the log of changes": [
        "select pg_logical_emit_message(true, 'x', 'x')"
    ],
    "read the server's files, or run its programs": [
        "select pg_read_file('postgresql.conf')",
        "copy (select 1) to program 'true'",
        "copy (select 1) to '/tmp/own'",
        "select lo_import('/etc/passwd')",
    ],
    "take more disk for one query than 2 GB": [
        # an error where there is a limit
        "select 1 / (current_setting('temp_file_limit') = '-1')::integer",
    ],
    "prepare a transaction for later": ["prepare transaction 'own'"],
    "set what a server's administrator sets": [
        *("alter system set fsync = off", "set log_min_messages = panic"),
        "alter database tickhouse set work_mem = '1GB'",
    ],
    "set its own session's timeouts, and its role's": [
        "set statement_timeout = 0",
        "alter role {role} set statement_timeout = 0",
    ],
    "notify": ["notify own", "listen own"],
}
SEEN = "select query from pg_stat_activity where pid = {}"


def table() -> dict[str, dict[str, str]]:
    """Return the documented table: what, by role, is said of it."""
    lines = (ROOT / "docs" / "roles.md").read_text().splitlines()
    cells = [re.split(r" *\| *", line)[1:-1] for line in lines if line[:1] == "|"]
    (_, *roles), _, *rows = cells
    return {what: dict(zip(roles, said, strict=True)) for what, *said in rows}


@pytest.fixture(scope="module")
def house(outside):
    warehouse = Warehouse(outside / "each-role")
    warehouse.run("start")
    for role, statements in BEFORE.items():
        for statement in statements:
            warehouse.query(statement, role)
    yield warehouse
    warehouse.run("reset", "--yes")


@pytest.fixture
def session(house):
    """Return what opens a session of a role, in a transaction that may write."""
    opened, known = [], load(house.folder)

    def session(role: str) -> connection:
        opened.append(
            psycopg2.connect(
                host="127.0.0.1",
                port=known.port,
                dbname="tickhouse",
                user=role,
                password=known.passwords[role],
                options="-c lock_timeout=5s",
            )
        )
        opened[-1].set_session(readonly=False)
        return opened[-1]

    yield session
    for held in opened:
        held.close()


def test_each_line_of_the_table_is_tried_and_no_other():
    assert {*table()} == {*TRIED, "see what others' sessions run"}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("what", TRIED)
def test_a_role_can_what_the_table_says_and_no_more(session, what, role):
    others = {name: session(name) for name in ("admin", "reader")}
    words = {
        "role": role,
        "own": {"loader": "raw", "exporter": "iceberg"}.get(role, "marts"),
        "own_pid": session(role).info.backend_pid,
        "other": f"set role {ROLES[ROLES.index(role) - 1]}",
        **{f"{name}_pid": held.info.backend_pid for name, held in others.items()},
    }
    if what == "end a session of the reader" and role == "reader":
        words["reader_pid"] = words["own_pid"]

    for statement in TRIED[what]:
        with closing(session(role)) as held, held.cursor() as cursor:
            may = True
            try:
                cursor.execute(statement.format(**words))
            except psycopg2.Error:
                may = False

        assert may == (table()[what][role] == "yes"), statement


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_others_statements_as_the_table_says(session, role):
    other = session("admin")
    other.cursor().execute("select 'of the administrator'")
    with session(role).cursor() as cursor:
        cursor.execute(SEEN.format(other.info.backend_pid))
        [(said,)] = cursor.fetchall()

    can = table()["see what others' sessions run"][role]
    assert ("administrator" in said) == (can == "yes")
