"""A reader that means harm holds up nobody, fills nothing and leaves nothing behind."""

import shlex
import threading
import time
from contextlib import ExitStack, closing, suppress

import psycopg2
import pytest

import warehouse
from ingestion import landing
from tests.warehouse.conftest import Warehouse, wait_for
from warehouse import locks, pending, provision
from warehouse.doctor.sessions import waits

ADVISORY = [
    f"pg_{attempt}advisory_{scope}lock{shared}({key})"
    for attempt in ("", "try_")
    for scope in ("", "xact_")
    for shared in ("", "_shared")
    for key in ("hashtext('ingestion'), 0", "1::bigint")
]
UNLOCK = [
    *("pg_advisory_unlock(1, 2)", "pg_advisory_unlock(1::bigint)"),
    *("pg_advisory_unlock_shared(1, 2)", "pg_advisory_unlock_all()"),
]
FILLING = [
    *("lo_create(0)", "lo_creat(-1)", "lo_from_bytea(0, 'x')", "lo_put(1, 0, 'x')"),
    *("lo_open(1, 131072)", "lowrite(0, 'x')", "lo_truncate(0, 9)", "lo_unlink(1)"),
    *("lo_import('/etc/passwd')", "lo_export(1, '/tmp/x')", "loread(0, 9)"),
    *("pg_logical_emit_message(false, 'x', repeat('x', 9))",),
    *("pg_logical_emit_message(true, 'x', 'x'::bytea)", "pg_switch_wal()"),
    *("pg_create_restore_point('x')", "pg_rotate_logfile()"),
]
OTHERS = [
    *("pg_terminate_backend(pg_backend_pid())", "pg_cancel_backend(pg_backend_pid())"),
    *("pg_stat_reset()", "pg_reload_conf()", "pg_stat_statements_reset()"),
]
STATEMENTS = [
    *("begin; prepare transaction 'x'", "create temporary table own (x integer)"),
    *("create table marts.own (x integer)", "create view marts.own as select 1"),
    *("set temp_file_limit = -1", "set log_min_messages = debug5"),
    *("set deadlock_timeout = '1h'", "set session_preload_libraries = 'x'"),
    *("alter role reader connection limit -1", "alter role loader password 'x'"),
    *(
        "begin; lock table marts.fct in row share mode",
        "select * from marts.fct for share",
    ),
    *("begin; lock table pg_catalog.pg_class in share mode", "reindex table marts.fct"),
    *("checkpoint", "create publication own", "create role own", "load 'x'"),
    "create subscription own connection '' publication own with (connect = false)",
]
REFUSED = (
    "permission denied|must be owner|prepared transactions are disabled|not allowed"
)


@pytest.fixture(scope="module")
def house(outside):
    """Return a warehouse of these tests' own, with one mart."""
    own = Warehouse(outside / "hostile")
    own.run("start")
    own.query("create table marts.fct as select 1 as number")
    yield own
    own.run("reset", "--yes")


LIMITS = {
    "statement_timeout": ["select pg_sleep(600)"],
    "idle_in_transaction_session_timeout": ["begin", "table marts.fct"],
    "transaction_timeout": ["begin", *(["table marts.fct"] * 100)],
}


def session(house, role="reader", **named):
    """Open a session that may write, and has no timeout, by what it sets itself."""
    held = psycopg2.connect(
        house.run("url", "--role", role)[0].strip(),
        options="-c default_transaction_read_only=off -c statement_timeout=0 "
        "-c idle_in_transaction_session_timeout=0 -c transaction_timeout=0",
        **named,
    )
    held.autocommit = True
    return held


def refused(house, statement, match="permission denied"):
    held = session(house)
    with (
        closing(held),
        held.cursor() as cursor,
        pytest.raises(psycopg2.Error, match=match),
    ):
        cursor.execute(statement)


@pytest.mark.parametrize("call", ADVISORY + UNLOCK)
def test_locks_by_a_key_are_for_those_who_write(house, call):
    refused(house, f"select {call}")

    for role in ("loader", "transformer"):
        house.query(f"select {call}", role)


@pytest.mark.parametrize("call", FILLING + OTHERS)
def test_a_reader_fills_no_disk_and_ends_no_session_by_a_function(house, call):
    refused(house, f"select {call}", "permission denied|does not exist")


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_reader_keeps_nothing_and_locks_nothing_but_what_it_reads(house, statement):
    refused(house, statement, REFUSED)


def test_a_sort_or_a_cursor_that_is_kept_fills_no_disk(house):
    assert house.query("show temp_file_limit", "reader") == [("2GB",)]
    house.query("alter role reader set temp_file_limit = '4MB'", "admin")
    wide = "select repeat(n::text, 50) from generate_series(1, 1000000) as n order by 1"
    try:
        for statement in (wide, f"declare kept cursor with hold for {wide}"):
            with closing(session(house)) as held, held.cursor() as cursor:
                cursor.execute("set work_mem = '64kB'")
                with pytest.raises(psycopg2.errors.ConfigurationLimitExceeded):
                    cursor.execute(statement)
    finally:
        house.query("alter role reader set temp_file_limit = '2GB'", "admin")


def storm(loud):
    with loud.cursor() as cursor:
        for number in range(5000):
            cursor.execute("select pg_notify('storm', %s)", (f"{number:7000}",))


def test_a_reader_that_notifies_and_never_listens_fills_two_megabytes(house):
    with closing(session(house)) as deaf, closing(session(house)) as loud:
        with deaf.cursor() as cursor:
            cursor.execute("listen storm")
            cursor.execute("begin; select 1")
        with pytest.raises(psycopg2.Error, match="NOTIFY"):
            storm(loud)
    filled = sum(path.stat().st_size for path in house.data.glob("pg_notify/*"))
    assert filled <= 3 * 2**20


def crowd(house, opened):
    for _ in range(100):
        opened.enter_context(closing(session(house)))


def test_a_reader_leaves_connections_to_others(house):
    with ExitStack() as opened:
        with pytest.raises(psycopg2.OperationalError, match="too many connections"):
            crowd(house, opened)

        for role in ("loader", "transformer", "admin"):
            assert house.query("select 1", role) == [(1,)]


def test_a_readers_mistakes_fill_no_log(house):
    refused(house, "select 'a-million-of-these'::integer", "invalid input")

    logs = "".join(log.read_text() for log in house.data.parent.glob("log/*.log"))
    assert "a-million-of-these" not in logs


@pytest.mark.parametrize("limit", LIMITS)
def test_a_reader_that_sets_its_timeouts_off_is_ended_before_a_build(
    house, monkeypatch, limit
):
    """And doctor names it; what it holds, a full refresh waits for."""
    monkeypatch.setenv("WAREHOUSE", "embedded")
    monkeypatch.setenv("WAREHOUSE_DIR", str(house.folder))
    monkeypatch.setattr("warehouse.pending.questions", lambda *_: [])
    house.query(f"alter role reader set {limit} = '1s'", "admin")
    name = f"beyond {limit}"
    alive = f"select from pg_stat_activity where application_name = '{name}'"  # noqa: S608 - ours
    with closing(session(house, application_name=name)) as held:
        goes_on = threading.Thread(target=play, args=(held, LIMITS[limit]), daemon=True)
        goes_on.start()
        try:
            wait_for(
                lambda: (
                    f"{name} of the reader" in house.popen("doctor").communicate()[0]
                ),
                60,
            )
            pending.pending({"of": "no nodes"})

            wait_for(lambda: not house.query(alive), 30)
        finally:
            house.query(f"alter role reader reset {limit}", "admin")
            provision(house.run("url", "--role", "admin")[0].strip())


def play(held, statements):
    with suppress(psycopg2.Error), held.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            time.sleep(0.2)


def test_a_waiter_names_the_role_of_whoever_holds_its_lock_and_so_does_doctor(
    house, monkeypatch
):
    """As on a server where nobody may close these functions to the reader."""
    monkeypatch.setenv("WAREHOUSE", "embedded")
    monkeypatch.setenv("WAREHOUSE_DIR", str(house.folder))
    shared = "pg_advisory_lock(hashtext('ingestion'), hashtext('plant'))"
    alone = "pg_advisory_lock(hashtext('ingestion'), 0)"
    house.query(
        "grant execute on function pg_advisory_lock(int, int) to reader", "admin"
    )
    said = []
    with closing(session(house)) as held, held.cursor() as cursor:
        cursor.execute(f"select {shared}, {alone}, pg_backend_pid()")
        pid = cursor.fetchone()[-1]
        found = house.popen("doctor").communicate()[0]
        with closing(warehouse.connect("loader")) as loader:
            loader.autocommit = True
            told = landing.holder(loader, "plant")
            waiting = threading.Thread(target=locks.shared, args=(loader, said.append))
            waiting.start()
            wait_for(lambda: said, 30)
            [remedy] = [
                line for line in found.splitlines() if f"backend({pid})" in line
            ]
            house.run(*shlex.split(remedy)[3:])
            waiting.join(60)
            assert not waiting.is_alive()
    house.query(
        "revoke execute on function pg_advisory_lock(int, int) from reader", "admin"
    )

    assert told == f"reader, backend {pid}"
    assert said == [f"reader, backend {pid}"]
    assert f"reader holds a lock by a key in backend {pid}" in found


def test_doctor_names_who_keeps_whom_waiting(house, monkeypatch):
    monkeypatch.setattr("warehouse.doctor.sessions.PATIENCE", 0)
    monkeypatch.setenv("WAREHOUSE", "embedded")
    monkeypatch.setenv("WAREHOUSE_DIR", str(house.folder))
    with closing(session(house, application_name="sly")) as held:
        with held.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute("lock table marts.fct in access share mode")
        waiting = threading.Thread(
            target=house.query,
            args=("alter table marts.fct add column other text",),
            daemon=True,
        )
        waiting.start()
        with closing(warehouse.connect("transformer", "doctor")) as doctor:

            def found():
                doctor.rollback()
                return list(waits(doctor))

            wait_for(found, 30)
            [(what, remedy)] = found()
        house.run(*shlex.split(remedy)[3:])
        waiting.join(60)

    assert what.startswith("sly as reader, backend")
    assert what.endswith("as transformer.")
    assert not waiting.is_alive()


def test_a_role_that_sets_itself_another_password_has_its_own_at_the_next_start(house):
    with closing(session(house)) as held, held.cursor() as cursor:
        cursor.execute("alter role reader password 'mine'")
        cursor.execute("alter role reader set default_transaction_read_only = off")
    with pytest.raises(psycopg2.OperationalError, match="password"):
        house.query("select 1", "reader")

    house.run("start")

    shown = house.query("show default_transaction_read_only", "reader")
    assert shown == [("on",)]
