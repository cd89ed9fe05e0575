"""Where the server's files go, for root, for others and in a fresh checkout."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg2
import pytest
from dotenv import dotenv_values

from tests.support.throwaway import clean_environment
from tests.warehouse.conftest import Warehouse
from warehouse import ROOT, env_file
from warehouse.account import (
    FALLBACK,
    Account,
    choose_home,
    server_account,
    warehouse_folder,
)
from warehouse.state import load

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")


MINE = "# mine\nAPI_KEY=secret\n"


@pytest.fixture
def hidden(tmp_path):
    """Return a warehouse that the server's user can't reach, of a guarded root.

    Pytest's folder is closed to others, as a checkout below root's home would be.
    """
    warehouse = Warehouse(tmp_path / "deep" / "warehouse")
    warehouse.umask = 0o077
    yield warehouse
    warehouse.run("reset", "--yes")


@pytest.fixture(scope="module")
def checkout(outside, clone_into):
    """Return a checkout of its own, with the default warehouse running in it."""
    folder = clone_into(outside / "a checkout")
    (folder / ".env").write_text(MINE)
    (folder / "orchestration").mkdir()
    (folder / "orchestration" / "dagster.yaml").write_text("telemetry: {enabled: no}")
    warehouse = Warehouse(folder / ".warehouse", folder)
    del warehouse.variables["WAREHOUSE_DIR"]
    warehouse.run("start")
    yield warehouse
    warehouse.run("reset", "--yes")
    shutil.rmtree(folder)


@AS_ROOT
def test_out_of_reach_the_data_go_to_var_tmp_and_no_parent_is_opened(hidden, tmp_path):
    modes = {path: path.stat().st_mode for path in tmp_path.parents}

    out, _ = hidden.run("start")

    home = Path(load(hidden.folder).home)
    assert home == choose_home(hidden.folder, server_account())
    assert home.parent == FALLBACK
    assert str(home) in out
    assert not (hidden.folder / "server").exists()
    assert {path: path.stat().st_mode for path in tmp_path.parents} == modes
    assert home.stat().st_uid == 0
    assert not home.stat().st_mode & 0o027
    for secret in ("server.json", "env"):
        assert (hidden.folder / secret).stat().st_mode & 0o777 == 0o600

    hidden.query("create table marts.kept as select 'kept' as word")
    hidden.run("stop")
    hidden.run("status", status=3)
    hidden.run("start")
    assert hidden.query("select word from marts.kept") == [("kept",)]

    hidden.run("reset", "--yes")
    assert not home.exists()


@AS_ROOT
@pytest.mark.parametrize("planted", ["a link", "a folder of another user"])
def test_what_somebody_put_there_is_not_used(hidden, tmp_path, planted):
    home = choose_home(hidden.folder, server_account())
    trap = tmp_path / "trap"
    trap.mkdir()
    if planted == "a link":
        home.symlink_to(trap)
    else:
        home.mkdir()
        os.chown(home, 65534, 65534)

    _, err = hidden.run("start", status=1)

    assert "another user's" in err
    assert not list(trap.iterdir())
    assert not list(home.iterdir())
    home.unlink() if home.is_symlink() else home.rmdir()


@AS_ROOT
def test_a_second_start_meets_no_folder_that_is_half_made(outside, monkeypatch):
    folder, account, seen = outside / "half made", server_account(), []
    chown = os.chown

    def pause(*words):
        seen.append(folder.exists())
        chown(*words)

    monkeypatch.setattr("os.chown", pause)

    warehouse_folder(folder)

    assert seen == [False]
    assert account.reaches(folder)
    assert not list(outside.glob("making-*"))


@AS_ROOT
@pytest.mark.parametrize("known", [["postgres", "nobody"], ["nobody"], []])
def test_root_takes_an_existing_unprivileged_user(monkeypatch, known):
    def lookup(name):
        if name not in known:
            raise KeyError(name)
        return type("Entry", (), {"pw_uid": 7, "pw_gid": 8})

    monkeypatch.setattr("pwd.getpwnam", lookup)

    if known:
        assert server_account() == Account(known[0], 7, 8)
    else:
        with pytest.raises(Exception, match="refuses to run as root"):
            server_account()


@AS_ROOT
def test_another_user_runs_the_server_itself_from_the_installed_programs(
    outside, clone_into
):
    python = shutil.which("python3", path="/usr/bin")
    packages = Path(psycopg2.__file__).parent.parent
    as_nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    folder = clone_into(outside / "of nobody")
    os.chown(folder, 65534, 65534)

    def run(code):
        return subprocess.run(  # noqa: S603 - our own command
            [python or "python3", *code],
            cwd=folder,
            env=clean_environment(PYTHONPATH=str(packages)),
            capture_output=True,
            text=True,
            check=False,
            **as_nobody,
        )

    if run(["-c", "import psycopg2, psutil, dotenv"]).returncode:
        pytest.skip("nobody has no Python that can read our packages")
    started = run(["-m", "warehouse", "start"])
    assert started.returncode == 0, started.stderr
    pid = (folder / ".warehouse/server/data/postmaster.pid").read_text().split()[0]
    program = os.readlink(f"/proc/{pid}/exe")
    owner = os.stat(f"/proc/{pid}").st_uid
    assert run(["-m", "warehouse", "reset", "--yes"]).returncode == 0

    assert owner == 65534
    assert program.startswith(str(packages))


def test_plain_commands_work_from_the_env_file(checkout):
    checkout.query("create table marts.numbers as select 42 as number")
    project = checkout.checkout / "dbt_project"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text("{name: probe, profile: tickhouse}")
    (project / "models" / "probe.sql").write_text("select * from marts.numbers")
    env = checkout.checkout / ".env"

    sourced = (
        'set -a; . "$1"; exec "$2" "$DESTINATION__POSTGRES__CREDENTIALS" -Atc "$3"'
    )
    query = "select current_user"
    shell = ["/bin/bash", "-c", sourced, "bash", env, _psql(), query]
    dbt = [Path(sys.executable).with_name("dbt"), "run", "--quiet"]
    landed = subprocess.run(  # noqa: S603 - the script above
        shell, env=clean_environment(), capture_output=True, text=True, check=True
    )
    built = subprocess.run(  # noqa: S603 - the installed dbt
        dbt,
        env=clean_environment(),
        cwd=checkout.checkout,
        capture_output=True,
        text=True,
        check=False,
    )

    assert landed.stdout == "loader\n"
    assert built.returncode == 0, built.stdout
    assert checkout.query("select number from marts.probe", role="reader") == [(42,)]
    assert env.stat().st_mode & 0o777 == 0o600


def test_a_start_gives_dagster_its_home_and_settings(checkout):
    home = Path(dotenv_values(checkout.checkout / ".env")["DAGSTER_HOME"])

    assert home == checkout.folder / "dagster"
    assert (home / "dagster.yaml").read_text() == "telemetry: {enabled: no}"


def test_a_new_warehouse_remembers_from_which_day_on_dagster_has_days(checkout):
    env = checkout.checkout / ".env"
    remembered = dotenv_values(env)["SOURCES__FIRST_DAY"]
    age = datetime.now(UTC).date() - date.fromisoformat(remembered)
    env_file.write_block(
        env, {**env_file.read(env).block, "SOURCES__FIRST_DAY": "2024-01-01"}
    )

    checkout.run("start")

    assert 2 <= age.days <= 3  # at midnight
    assert dotenv_values(env)["SOURCES__FIRST_DAY"] == "2024-01-01"


def test_another_warehouse_dir_leaves_the_main_env_file_alone(checkout, up):
    other = Warehouse(up.folder, checkout.checkout)
    before = (checkout.checkout / ".env").read_text()
    (up.folder / "env").unlink()

    other.run("start")

    assert (checkout.checkout / ".env").read_text() == before
    values = dotenv_values(other.folder / "env")
    up.run("start")
    assert values["WAREHOUSE_DIR"] == str(other.folder)
    assert values["PGUSER"] == "transformer"


def test_reset_leaves_the_users_lines_in_the_env_file(checkout):
    env = checkout.checkout / ".env"
    assert env_file.read(env).block

    checkout.run("reset", "--yes")

    assert env.read_text() == MINE


def test_what_is_written_here_stays_out_of_git():
    ignored = (ROOT / ".gitignore").read_text().split()

    assert {".env", ".warehouse/"} <= set(ignored)


def _psql():
    from warehouse.postgres.binaries import installed

    return installed() / "psql"
