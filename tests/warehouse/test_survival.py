"""What the embedded server survives: `lasting` outlives many of these tests."""

import os
import signal
import socket
import subprocess
from dataclasses import replace

import psutil
import pytest

from tests.warehouse.conftest import Warehouse, wait_for
from warehouse.account import server_account
from warehouse.state import load, save


@pytest.fixture(scope="module")
def worn(outside):
    warehouse = Warehouse(outside / "worn")
    start_with_data(warehouse)
    yield warehouse
    warehouse.run("reset", "--yes")


@pytest.fixture
def lasting(worn):
    """Return a running warehouse that these tests wear, and restart, in turn."""
    worn.run("start")
    return worn


def start_with_data(warehouse):
    warehouse.run("start")
    warehouse.query("create table if not exists marts.kept as select 'kept' as word")


def kept(warehouse):
    return warehouse.query("select word from marts.kept")


def sleeper():
    """Start a process of the server's user that has nothing to do with it."""
    account = server_account()
    identity = {} if account.is_us else {"user": account.uid, "group": account.gid}
    return subprocess.Popen(["/bin/sleep", "300"], cwd="/", **identity)


def test_a_killed_server_comes_back_with_its_data(lasting):
    os.kill(lasting.pid, signal.SIGKILL)
    wait_for(lambda: lasting.popen("status").wait() == 3)

    lasting.run("start")

    assert kept(lasting) == [("kept",)]


def test_a_server_that_left_a_busy_child_behind_comes_back(lasting):
    spin = "do $$ begin while clock_timestamp() < now() + '30 s' loop end loop; end $$"
    busy = lasting.popen("psql", "-c", spin)
    query = "select pid from pg_stat_activity where query like 'do %' and state = "
    wait_for(lambda: lasting.query(query + "'active'", "admin"))
    child = psutil.Process(lasting.query(query + "'active'", "admin")[0][0])
    os.kill(lasting.pid, signal.SIGKILL)

    lasting.run("start")

    assert kept(lasting) == [("kept",)]
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    busy.communicate(timeout=600)


def test_a_caller_killed_during_initdb_harms_nobody(own):
    caller = own.popen("start")
    wait_for(lambda: list(own.folder.glob("server/draft-*/global")))
    caller.kill()
    caller.communicate()

    own.run("start")

    assert own.query("select 1") == [(1,)]
    assert not list(own.folder.glob("server/draft-*"))
    assert not list(own.folder.glob("server/secret-*"))


def test_a_caller_killed_before_the_roles_are_made_harms_nobody(own):
    caller = own.popen("start")
    wait_for((own.folder / "server/data/base/5").exists)
    caller.kill()
    caller.communicate()

    own.run("start")

    assert own.query("select count(*) from pg_stat_statements") != []
    assert own.query("select 1", role="reader") == [(1,)]


def test_a_caller_killed_before_the_server_answers_harms_nobody(lasting):
    lasting.run("stop")
    caller = lasting.popen("start")
    wait_for((lasting.data / "postmaster.pid").exists)
    caller.kill()
    caller.communicate()

    lasting.run("start")

    assert kept(lasting) == [("kept",)]


def test_two_starts_at_once_make_one_server(own):
    callers = [own.popen("start") for _ in range(3)]

    outputs = [caller.communicate(timeout=600)[0] for caller in callers]

    assert [caller.returncode for caller in callers] == [0, 0, 0]
    assert len(set(outputs)) == 1
    programs = [
        found
        for found in psutil.process_iter(["name", "cmdline"])
        if found.info["name"] == "postgres"
        and str(own.data) in (found.info["cmdline"] or ())
    ]
    assert [found.pid for found in programs] == [own.pid]


def test_a_port_taken_meanwhile_is_replaced_and_named(lasting):
    before = load(lasting.folder).port
    lasting.run("stop")
    with socket.socket() as somebody:
        somebody.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        somebody.bind(("127.0.0.1", before))
        somebody.listen()

        _, err = lasting.run("start")

    after = load(lasting.folder).port
    assert after != before
    assert str(before) in err
    assert str(after) in err
    assert f"PGPORT='{after}'" in (lasting.folder / "env").read_text()
    assert kept(lasting) == [("kept",)]


def test_the_port_is_kept_over_restarts(lasting):
    before = lasting.run("url")
    lasting.run("stop")

    lasting.run("start")

    assert lasting.run("url") == before


@pytest.mark.parametrize("content", ["{pid}\n{data}\n", ""], ids=["foreign", "empty"])
def test_a_stale_pid_file_stops_neither_a_start_nor_a_stranger(lasting, content):
    lasting.run("stop")
    stranger = sleeper()
    account = server_account()
    pid_file = lasting.data / "postmaster.pid"
    pid_file.write_text(content.format(pid=stranger.pid, data=lasting.data))
    os.chown(pid_file, account.uid, account.gid)

    lasting.run("status", status=3)
    lasting.run("stop")
    lasting.run("start")

    assert stranger.poll() is None
    assert kept(lasting) == [("kept",)]
    stranger.kill()
    stranger.wait()


def test_a_server_that_takes_no_connection_is_not_called_ready(lasting):
    lasting.run("stop")
    account = server_account()
    pid_file = lasting.data / "postmaster.pid"
    script = lasting.data / "postgres"
    script.write_text("#!/bin/sh\nread line\n")
    script.chmod(0o755)
    identity = {} if account.is_us else {"user": account.uid, "group": account.gid}
    dying = subprocess.Popen(  # noqa: S603 - our own script
        ["./postgres", "-D", lasting.data],
        cwd=lasting.data,
        stdin=subprocess.PIPE,
        **identity,
    )
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        pid_file.write_text(f"{dying.pid}\n{lasting.data}\n1\n{port}\n\n\n1\nready\n")
        os.chown(pid_file, account.uid, account.gid)
        wait_for(lambda: psutil.Process(dying.pid).name() == "postgres")

        lasting.run("status", status=3)

    dying.communicate()
    script.unlink()
    lasting.run("start")
    assert kept(lasting) == [("kept",)]


def test_data_of_another_major_version_are_refused_with_the_way_out(lasting):
    lasting.run("stop")
    (lasting.data / "PG_VERSION").write_text("17\n")

    _, err = lasting.run("start", status=1)

    (lasting.data / "PG_VERSION").write_text("18\n")
    assert "written by PostgreSQL 17" in err
    assert "python -m warehouse reset" in err
    assert len(err.splitlines()) == 1


def test_vanished_data_are_not_replaced_silently(lasting):
    lasting.run("stop")
    aside = lasting.data.rename(lasting.data.with_name("aside"))

    _, err = lasting.run("start", status=1)

    assert "gone" in err
    assert not lasting.data.exists()
    aside.rename(lasting.data)


def test_data_without_their_passwords_are_not_taken_over_silently(lasting):
    lasting.run("stop")
    state = lasting.folder / "server.json"
    aside = state.rename(lasting.folder / "aside")

    _, err = lasting.run("start", status=1)

    assert "passwords are gone" in err
    assert not state.exists()
    aside.rename(state)
    lasting.run("start")
    assert kept(lasting) == [("kept",)]


def test_a_damaged_state_can_be_reset(own):
    own.folder.mkdir()
    (own.folder / "server.json").write_text("{")
    assert "damaged" in own.run("start", status=1)[1]

    own.run("reset", "--yes")

    own.run("status", status=3)
    assert not (own.folder / "server.json").exists()


def test_stop_follows_warehouse_dir_whatever_is_exported(lasting, up):
    theirs = load(up.folder)

    lasting.run(
        "stop",
        WAREHOUSE="server",
        PGHOST="127.0.0.1",
        PGPORT=str(theirs.port),
        PGDATA=str(up.data),
        PGUSER="transformer",
        PGPASSWORD=theirs.passwords["transformer"],
    )

    lasting.run("status", status=3)
    up.run("status")
    lasting.run("stop", WAREHOUSE="server")


def test_the_commands_ignore_exported_settings_of_libpq(lasting, up):
    astray = {
        "PGSERVICE": "nowhere",
        "PGSSLMODE": "verify-full",
        "PGHOSTADDR": "192.0.2.1",
        "PGOPTIONS": "-c timezone=Asia/Tokyo",
        "PGHOST": "192.0.2.1",
        "PGPORT": str(load(up.folder).port),
    }
    unprovisioned = replace(load(lasting.folder), provisioned="")
    save(lasting.folder, unprovisioned)

    lasting.run("start", **astray)

    shown = lasting.run("psql", "-Atc", "show timezone", **astray)[0].split()
    assert shown == ["UTC"]
    assert lasting.run("url", **astray)[0] == lasting.run("url")[0]
    lasting.run("status", **astray)


def test_reset_asks_first(lasting):

    lasting.run("reset", status=1)

    assert kept(lasting) == [("kept",)]


def test_reset_never_touches_a_server_of_the_users_own(lasting):

    lasting.run("reset", "--yes", status=1, WAREHOUSE="server", PGHOST="127.0.0.1")

    assert kept(lasting) == [("kept",)]


def test_reset_deletes_what_is_ours_and_keeps_what_is_not(lasting):
    (lasting.folder / "notes.txt").write_text("mine")
    server = psutil.Process(lasting.pid)

    lasting.run("reset", "--yes")

    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE
    left = {path.name for path in lasting.folder.iterdir()}
    assert left == {"lock", "notes.txt"}
