"""`python -m warehouse` at the prompt."""

import os
import re
import time
from contextlib import closing

import psutil
import psycopg2
import pytest

import warehouse
from warehouse.state import load


def test_url_prints_one_line_and_is_quick(up):
    up.run("url")
    began = time.monotonic()
    out, err = up.run("url")
    took = time.monotonic() - began

    line = r"postgresql://transformer:\w+@127\.0\.0\.1:\d+/tickhouse\n"
    assert re.fullmatch(line, out)
    assert err == ""
    assert took < 1  # 0.15 s on an idle machine


@pytest.mark.parametrize(
    "role", ["loader", "transformer", "reader", "exporter", "admin"]
)
def test_every_role_logs_in_through_its_url(up, role):
    address = up.run("url", "--role", role)[0].strip()

    with closing(psycopg2.connect(address)) as connection:
        assert connection.info.user == role


def test_a_connection_has_its_name_and_is_not_led_astray(up, monkeypatch):
    monkeypatch.setenv("WAREHOUSE_DIR", str(up.folder))
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGOPTIONS", "-c timezone=Asia/Tokyo")

    connection = warehouse.connect("reader", application_name="probe")

    with closing(connection), connection.cursor() as cursor:
        cursor.execute(
            "select current_user::text, current_setting('application_name'),"
            " current_setting('timezone')"
        )
        assert cursor.fetchall() == [("reader", "probe", "UTC")]


def test_psql_gets_its_arguments_and_no_password_on_its_command_line(up):
    process = up.popen("psql", "--role", "reader", "-Atc", "select pg_sleep(3)")
    children = []
    deadline = time.monotonic() + 600
    while not children and time.monotonic() < deadline:
        command = psutil.Process(process.pid).cmdline()
        children = [command] if command and "psql" in command[0] else []
    process.kill()
    process.communicate()

    assert children[0][1:] == ["-Atc", "select pg_sleep(3)"]
    shown = up.run("psql", "--role", "reader", "-Atc", "select current_user")[0]
    assert shown == "reader\n"


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("18.1 (Debian 18.1-1)", "that of the PATH -Atc select 1\n"),
        ("99.0", "that of the PATH -Atc select 1\n"),
        ("17.5", "1\n"),
        ("unknown", "1\n"),
    ],
)
def test_a_psql_on_the_path_is_preferred_unless_it_is_older(
    up, tmp_path, version, said
):
    script = tmp_path / "psql"
    script.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "psql (PostgreSQL) {version}" '
        '|| echo "that of the PATH" "$@"\n'
    )
    script.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"

    shown = up.run("psql", "-Atc", "select 1", PATH=path)[0]

    assert shown == said


def test_psql_hands_on_its_exit_status(up):
    up.run("psql", "-v", "ON_ERROR_STOP=1", "-c", "select nonsense", status=1)


def test_status_says_where_it_runs_and_no_password(up):
    out, _ = up.run("status")

    assert out.startswith("Running: embedded PostgreSQL 18.6 on 127.0.0.1:")
    assert not [word for word in load(up.folder).passwords.values() if word in out]


def test_a_warehouse_that_was_never_started_is_named_with_the_way_out(own):
    out, _ = own.run("status", status=3)
    assert out.startswith("Not running: embedded PostgreSQL 18.6 not started yet")

    _, err = own.run("url", status=1)

    assert err.endswith("run python -m warehouse start\n")
    assert len(err.splitlines()) == 1
    own.run("stop")
    own.run("psql", status=1)


def test_a_stopped_server_can_be_stopped_again(up):
    up.run("stop")

    up.run("stop")

    up.run("status", status=3)
    up.run("start")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["destroy"],
        ["url", "--role", "owner"],
        ["start", "now"],
        ["status", "--rol", "reader"],
    ],
)
def test_a_command_that_makes_no_sense_is_a_usage_error(up, words):
    _, err = up.run(*words, status=2)

    assert err.startswith("usage: python -m warehouse")


@pytest.mark.parametrize("command", ["start", "stop", "status", "reset", "url", "psql"])
def test_every_command_explains_itself(up, command):
    assert up.run(command, "--help")[0].startswith("usage: python -m warehouse")
    assert command in up.run("--help")[0]


def test_a_given_server_is_asked_whether_it_answers(up, own):
    theirs = load(up.folder)
    given = {
        "WAREHOUSE": "server",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(theirs.port),
        "PGUSER": "transformer",
        "PGPASSWORD": theirs.passwords["transformer"],
    }

    out, _ = own.run("start", **given)

    assert f"server on 127.0.0.1:{theirs.port}, database tickhouse" in out
    assert theirs.passwords["transformer"] not in (own.folder / "env").read_text()
    own.run("status", **given)
    own.run("status", status=3, **{**given, "PGPASSWORD": "wrong"})
    _, err = own.run("start", status=1, **{**given, "PGPASSWORD": "wrong"})
    assert "check the PG* variables" in err
    assert len(err.splitlines()) == 1
    shown = own.run("psql", "-Atc", "select current_user", **given)[0]
    assert shown == "transformer\n"


def test_an_export_without_its_extra_says_how_to_get_it(up, tmp_path):
    (tmp_path / "pyiceberg.py").write_text("raise ImportError")

    said = up.run("export", status=1, PYTHONPATH=str(tmp_path))[1]

    assert said.strip().endswith("make install-export")
    assert len(said.splitlines()) == 1
