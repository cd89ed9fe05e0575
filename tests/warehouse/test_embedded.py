"""The embedded server as it is set up; the tests leave it as they found it."""

import fcntl
import os
import stat
from pathlib import Path

import psutil
import psycopg2
import pytest
from dotenv import dotenv_values

from warehouse.postgres import configuration
from warehouse.state import load, save

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("password_encryption", "scram-sha-256"),
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("timezone", "UTC"),
        ("shared_memory_type", "mmap"),
        ("shared_preload_libraries", "pg_stat_statements"),
        ("work_mem", "64MB"),
        ("maintenance_work_mem", "256MB"),
        ("max_wal_size", "4GB"),
        ("checkpoint_timeout", "15min"),
        ("max_connections", "100"),
        ("random_page_cost", "1.1"),
        ("jit", "off"),
        ("track_io_timing", "on"),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
    ],
)
def test_the_server_is_set_up_as_promised(up, setting, value):
    assert up.query(f"show {setting}", "admin") == [(value,)]


def test_the_locale_is_the_same_on_every_machine(up):
    query = "select datlocprovider, datlocale from pg_database where datname = "

    assert up.query(query + "current_database()") == [("b", "C.UTF-8")]


@pytest.mark.parametrize(("memory", "buffers"), [(2**30, "256MB"), (2**36, "512MB")])
def test_the_server_takes_a_quarter_of_the_memory_at_most(monkeypatch, memory, buffers):
    monkeypatch.setattr(configuration, "_memory", lambda: memory)

    text = configuration.postgresql_conf(1, Path("/a"), Path("/b"))

    assert f"shared_buffers = '{buffers}'" in text


def test_nobody_gets_in_without_the_password(up):
    address = up.run("url", "--role", "admin")[0].strip()
    login, _, place = address.rpartition("@")

    for wrong in (f"{login}x@{place}", f"postgresql://admin@{place}"):
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(wrong, passfile="/nonexistent")


def test_a_warehouse_of_before_there_was_an_exporter_has_one_from_its_next_start(own):
    own.run("start")
    own.query("drop schema iceberg cascade", "admin")
    own.query("drop owned by exporter", "admin")
    own.query("drop role exporter", "admin")
    known = load(own.folder)
    del known.passwords["exporter"]
    known.provisioned = "an earlier script"
    save(own.folder, known)

    assert (
        "python -m warehouse start"
        in own.run(*("url", "--role", "exporter"), status=1)[1]
    )
    own.run("start")

    assert own.query("table iceberg.exporting", "exporter") == []


def test_every_password_is_different_and_in_private_files_only(up):
    passwords = load(up.folder).passwords.values()
    private = {"server.json", "env"}

    assert len(set(passwords)) == 5
    assert min(map(len, passwords)) >= 32
    for path in up.folder.rglob("*"):
        if not path.is_file() or "base" in path.parts or "pg_wal" in path.parts:
            continue
        text = path.read_text(errors="replace")
        if any(password in text for password in passwords):
            assert path.name in private
            assert path.stat().st_mode & 0o777 == 0o600
            assert path.stat().st_uid == os.geteuid()
            private.discard(path.name)
    assert not private, "the files were not looked into"


def test_the_server_knows_nothing_of_our_environment_and_our_terminal(up):
    up.run("stop")
    up.run("start", SOURCES__XE__API_KEY="secret-of-ours")
    server = psutil.Process(up.pid)

    assert "secret-of-ours" not in server.environ().values()
    assert os.getsid(up.pid) != os.getsid(0)
    for handle in ("0", "1", "2"):
        target = os.readlink(f"/proc/{up.pid}/fd/{handle}")
        assert not target.startswith(("/dev/pts", "/dev/tty", str(up.checkout)))


def test_a_start_returns_to_a_caller_that_reads_to_the_end(up):
    """It would wait for ever if the server had inherited its pipe."""
    up.run("stop")

    out, err = up.run("start")

    assert out.startswith("Running: embedded PostgreSQL")
    assert err == ""


@AS_ROOT
def test_root_never_runs_the_server_nor_programs_that_its_user_could_change(up):
    server = psutil.Process(up.pid)
    program = Path(server.exe())

    assert server.uids().effective != 0
    assert server.gids().effective != 0
    assert program.is_relative_to(up.folder)
    for path in (program, *program.parents[:4]):
        assert path.stat().st_uid == 0
        assert not path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def test_the_folders_are_closed_to_other_users(up):
    for folder in (up.folder, up.folder / "server", up.data, up.folder / "dlt"):
        assert not folder.stat().st_mode & 0o007
    assert not (up.folder / "env").stat().st_mode & 0o077


def test_the_folder_is_locked_against_cleaners_while_the_server_runs(up):
    """So that systemd-tmpfiles leaves it alone in /var/tmp."""
    handle = os.open(up.folder, os.O_RDONLY)

    with pytest.raises(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    os.close(handle)


def test_a_second_start_leaves_the_server_and_the_env_file_alone(up):
    before = (up.pid, (up.folder / "env").stat().st_ino)

    up.run("start")

    assert (up.pid, (up.folder / "env").stat().st_ino) == before


def test_a_start_repairs_the_env_file(up):
    (up.folder / "env").unlink()

    up.run("start")

    assert dotenv_values(up.folder / "env")["PGPORT"] == str(load(up.folder).port)


def test_a_changed_role_script_runs_at_the_next_start(up, clone_into, tmp_path):
    checkout = clone_into(tmp_path / "checkout")
    with open(checkout / "warehouse" / "postgres" / "roles.sql", "a") as script:
        script.write("comment on schema marts is 'a later script';\n")
    up.checkout, before = checkout, up.checkout

    up.run("start")

    up.checkout = before
    query = "select obj_description('marts'::regnamespace, 'pg_namespace')"
    assert up.query(query) == [("a later script",)]


def test_the_databases_beside_ours_are_closed(up):
    address = up.run("url", "--role", "reader")[0].strip()

    for name in ("postgres", "template1"):
        with pytest.raises(psycopg2.OperationalError, match="permission denied"):
            psycopg2.connect(address, dbname=name)
