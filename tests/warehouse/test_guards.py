"""Nobody outside gets in, and what a user types stays a name."""

import os
import re
import stat

import dagster_webserver.cli
import psutil
import pytest

from tests.support.stand_in import served
from tests.warehouse.conftest import Warehouse
from warehouse import ROOT
from warehouse.state import load

HOSTILE = (
    "x'; drop schema marts cascade; --",
    'x"; drop schema marts cascade; --',
    "x') or true; --",
    "%s %(x)s {0} $1",
    "$(touch pwned)",
    "../../etc/passwd",
    "-f/dev/null",
    "",
    "x\n\\! touch pwned\n",
)
SERVING = re.compile(
    r"(dbt docs serve|dagster dev|dagster-webserver|python -m sandbox)"
)


def listening(process):
    """Return the addresses at which a process and its children listen."""
    tree = [process, *process.children(recursive=True)]
    return {
        connection.laddr.ip
        for each in tree
        for connection in each.net_connections()
        if connection.status == psutil.CONN_LISTEN
    }


def test_the_embedded_server_listens_on_loopback_alone(up):
    assert listening(psutil.Process(up.pid)) == {"127.0.0.1"}
    sockets = up.query("show unix_socket_directories", "admin")
    assert sockets == [("",)]


def test_the_embedded_server_takes_no_one_without_a_password(up):
    rules = up.query(
        "select type, address, auth_method from pg_hba_file_rules", "admin"
    )

    assert rules == [("host", "127.0.0.1", "scram-sha-256")]


def test_the_stand_ins_listen_on_loopback_alone():
    with served() as sandbox:
        port = int(sandbox.url.rpartition(":")[2])
        addresses = {
            connection.laddr.ip
            for connection in psutil.net_connections()
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
        }

    assert addresses == {"127.0.0.1"}


@pytest.mark.parametrize(
    "file",
    [
        *("README.md", "docs/using.md", "docs/operations.md"),
        *("Makefile", "orchestration/__main__.py"),
    ],
)
def test_every_command_that_we_name_listens_on_loopback(file):
    """By itself dbt's docs listen on all addresses; Dagster's pages do not."""
    lines = (ROOT / file).read_text().splitlines()

    named = [line for line in lines if SERVING.search(line)]

    for line in named:
        assert "--host=0" not in line
        assert "--host 0" not in line
        assert "dbt docs serve" not in line or "--host 127.0.0.1" in line
    assert dagster_webserver.cli.DEFAULT_WEBSERVER_HOST == "127.0.0.1"


def test_every_secret_of_a_warehouse_is_its_owners_alone(up):
    passwords = [word.encode() for word in load(up.folder).passwords.values()]

    holding = {
        path.relative_to(up.folder).as_posix(): path
        for path in up.folder.rglob("*")
        if path.is_file() and not path.is_relative_to(up.folder / "server")
        if any(word in path.read_bytes() for word in passwords)
    }

    assert set(holding) == {"env", "server.json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in holding.values()} == {0o600}
    for name in ("dlt", "dagster", "server"):
        assert stat.S_IMODE((up.folder / name).stat().st_mode) == 0o700


@pytest.mark.parametrize("model", HOSTILE)
def test_a_model_to_rebuild_is_a_name_and_nothing_more(database, up, tmp_path, model):
    up.query("create table if not exists ops.versions (model text, version bigint)")
    before = up.query("select nspname from pg_namespace order by 1")

    _, err = up.run("rebuild", "--", model, status=1)

    assert f"The ledger knows no model {model}" in err
    assert up.query("select nspname from pg_namespace order by 1") == before
    assert not (ROOT / "pwned").exists()


@pytest.mark.parametrize("name", [word for word in HOSTILE if word and "/" not in word])
def test_a_backups_name_is_a_files_name_and_nothing_more(up, tmp_path, name):
    up.run("backup", "--", str(tmp_path / name))
    up.run("restore", "--yes", "--", str(tmp_path / name))

    assert os.listdir(tmp_path) == [name]
    assert not (ROOT / "pwned").exists()


@pytest.mark.parametrize("name", ["", "x\ny" * 200, "a/b/c", "-", "/", "..", "."])
def test_a_name_that_no_file_can_have_is_one_sentence(up, tmp_path, name):
    file = name if name in ("", "-", "/") else str(tmp_path / name)
    status = 2 if name == "" else 1
    if name == "-":
        file = str(tmp_path / "none" / "-")

    _, err = up.run("backup", "--", file, status=status)

    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    ["it's $(touch pwned)", 'a "b"', "`touch pwned`", "$HOME", "a\\b", "a\nb"],
)
def test_a_warehouses_folder_never_reaches_a_shell(outside, name):
    """pg_ctl gives the paths that it is told to a shell."""
    warehouse = Warehouse(outside / name)

    _, err = warehouse.run("start", status=1)

    assert "set WAREHOUSE_DIR to a folder without them" in err
    assert len(err.splitlines()) == 1
    assert not [*outside.rglob("pwned"), *ROOT.glob("pwned")]


def test_a_warehouses_folder_may_have_blanks_and_semicolons(outside):
    warehouse = Warehouse(outside / "a ; touch pwned && (b) #1 %s {c} *")

    warehouse.run("start")

    assert warehouse.query("select 1") == [(1,)]
    warehouse.run("backup", str(warehouse.folder / "kept"))
    warehouse.run("restore", str(warehouse.folder / "kept"))
    warehouse.run("reset", "--yes")
    assert not [*outside.rglob("pwned"), *ROOT.glob("pwned")]


def test_a_password_is_on_no_command_line_of_a_running_warehouse(up):
    passwords = load(up.folder).passwords.values()
    server = psutil.Process(up.pid)

    lines = [
        " ".join(process.cmdline())
        for process in (server, *server.children(recursive=True))
    ]

    assert not [word for word in passwords for line in lines if word in line]
