"""A backup is the way to a newer major version: one goes from an old server to ours."""

import re
import shutil
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from tests.warehouse.test_backup import contents, fill
from warehouse import provision
from warehouse.account import server_account
from warehouse.postgres import binaries, roles
from warehouse.postgres.embedded import _free_port
from warehouse.urls import url_of

SECRETS = {role: f"hush-{role}" for role in ("loader", "transformer", "reader")}
OLDER = sorted(
    found
    for found in Path("/usr/lib/postgresql").glob("*/bin/postgres")
    if int(found.parts[-3]) < int(binaries.major())
)


@pytest.fixture(scope="module")
def theirs(older):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(roles, "OLDEST", 0)
        admin = f"postgresql://admin@127.0.0.1:{older}/postgres"
        provision(admin, "older", SECRETS)
    found = Older(older)
    fill(found)
    return found


@pytest.fixture(scope="module")
def older(outside):
    """Return the port of a server of an older major version, with our roles in it."""
    if not OLDER or not shutil.which("pg_dump"):
        pytest.skip("no older PostgreSQL is installed beneath /usr/lib/postgresql")
    programs, account = OLDER[-1].parent, server_account()
    folder = outside / "older"
    folder.mkdir()
    shutil.chown(folder, account.uid, account.gid)
    port = _free_port(29000)
    told = f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="

    def run(program, *words):
        done = account.run(
            programs / program, "-D", folder / "data", *words, cwd=folder
        )
        assert done.returncode == 0, done.stderr

    run("initdb", "--username=admin", "--auth=trust", "--encoding=UTF8", "--locale=C")
    run("pg_ctl", "start", "-w", "-s", "-l", folder / "log", "-o", told)
    yield port
    run("pg_ctl", "stop", "-w", "-s", "-m", "immediate")


class Older:
    """What `fill` and `contents` ask for, on that server."""

    def __init__(self, port):
        self.login = {"PGHOST": "127.0.0.1", "PGPORT": str(port), "PGDATABASE": "older"}

    def url(self, role):
        """Return the URL of a role."""
        login = {**self.login, "PGUSER": role, "PGPASSWORD": SECRETS.get(role, "")}
        return url_of(login)

    @property
    def given(self):
        """Return the settings that lead to it."""
        return {
            "WAREHOUSE": "server",
            **self.login,
            "PGUSER": "transformer",
            "PGPASSWORD": SECRETS["transformer"],
            "LOADER_URL": self.url("loader"),
            "READER_URL": self.url("reader"),
        }

    def query(self, statement, role="transformer"):
        """Return the rows that a role gets."""
        with closing(psycopg2.connect(self.url(role))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []


def test_a_backup_of_an_older_server_is_restored_into_ours(theirs, own, tmp_path):
    file = tmp_path / "older"
    own.run("backup", str(file), **theirs.given)
    own.run("start")

    own.run("restore", str(file))

    before, after = contents(theirs), contents(own)
    assert before.pop("shapes")
    assert after.pop("shapes")
    assert after == before
    version = own.query("show server_version")[0][0]
    assert re.match(rf"{binaries.major()}\.", version)
    own.query("create table marts.later as select 1 as number")
    assert own.query("table marts.later", "reader") == [(1,)]


def test_a_server_of_the_users_own_is_restored_by_its_roles_alone(
    theirs, own, tmp_path
):
    file = tmp_path / "older"
    before = contents(theirs)
    own.run("backup", str(file), **theirs.given)
    theirs.query("drop table marts.fct_things cascade")
    theirs.query("create table ops.newer as select 1 as number")
    theirs.query("drop table raw.pages", "loader")

    own.run("restore", "--yes", str(file), **theirs.given)

    assert contents(theirs) == before
    assert theirs.query("select to_regclass('ops.newer')") == [(None,)]
