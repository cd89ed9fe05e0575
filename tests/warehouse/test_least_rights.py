"""What a backup and a restore run, they run as the roles that own it."""

import re
import subprocess
from contextlib import closing

import psycopg2
import pytest

from tests.warehouse.conftest import wait_for
from tests.warehouse.test_backup import contents, fill
from warehouse.backup.archives import SCHEMAS

MIGHTY = (
    "select rolname::text from pg_roles where rolsuper and rolname !~ '^pg_|^admin$'"
)
TRAP = """
create function raw.spring(anything text) returns boolean language plpgsql as $$
begin
    begin
        perform pg_catalog.set_config('role', 'none', false);
    exception when insufficient_privilege then null;
    end;
    if (select rolsuper from pg_catalog.pg_roles where rolname = session_user) then
        execute 'alter role loader superuser';
    end if;
    begin
        perform pg_catalog.set_config('role', 'transformer', false);
        execute 'create table marts.sprung (by_whom text)';
    exception when insufficient_privilege then null;
    end;
    return true;
end
$$
"""
IMMUTABLE = TRAP.replace("language plpgsql", "language plpgsql immutable")
ATTACKS = {
    "a check constraint": [
        TRAP,
        "create table raw.trap (x text)",
        "insert into raw.trap values ('x')",
        "alter table raw.trap add check (raw.spring(x)) not valid",
    ],
    "a default": [
        TRAP,
        "create table raw.trap (x text, y boolean default raw.spring('x'))",
        "insert into raw.trap values ('x', true)",
    ],
    "a generated column": [
        IMMUTABLE,
        "create table raw.trap "
        "(x text, y boolean generated always as (raw.spring(x)) stored)",
        "insert into raw.trap values ('x')",
    ],
    "an index": [
        IMMUTABLE,
        "create table raw.trap (x text)",
        "insert into raw.trap values ('x')",
        "create index on raw.trap (raw.spring(x))",
    ],
    "a domain": [
        TRAP,
        "create domain raw.bait as text check (raw.spring(value))",
        "create table raw.trap (x raw.bait)",
        "insert into raw.trap values ('x')",
    ],
    "a materialized view": [
        TRAP,
        "create materialized view raw.trap as select raw.spring('x')",
    ],
    "a view": [TRAP, "create view raw.trap as select raw.spring('x')"],
    "a trigger": [
        TRAP,
        "create table raw.trap (x text)",
        "insert into raw.trap values ('x')",
        "create function raw.again() returns trigger language plpgsql as "
        "'begin perform raw.spring(new.x); return new; end'",
        "create trigger again before insert on raw.trap "
        "for each row execute function raw.again()",
        "alter table raw.trap enable always trigger again",
    ],
    "a policy": [
        TRAP,
        "create table raw.trap (x text)",
        "insert into raw.trap values ('x')",
        "alter table raw.trap enable row level security",
        "create policy bait on raw.trap using (raw.spring(x))",
    ],
    "a partition": [
        TRAP,
        "create table raw.trap (x text) partition by list (x)",
        "create table raw.trap_x partition of raw.trap (check (raw.spring(x))) default",
        "insert into raw.trap values ('x')",
    ],
    "a set_config alone": [
        "create table raw.trap (x text check "
        "(set_config('role', 'transformer', false) is not null))",
        "alter table raw.trap add y text",
    ],
}


@pytest.fixture
def beset(own):
    """Return a filled warehouse whose loader may write functions, as it once might."""
    own.run("start")
    fill(own)
    own.query("grant usage on language plpgsql, sql to loader", "admin")
    return own


def dumped(warehouse, file):
    """Write a backup as the administrator, as it once was, of whatever there is."""
    url = warehouse.run("url", "--role", "admin")[0].strip()
    words = [f"--schema={name}" for name in SCHEMAS]
    words += ["--format=custom", f"--file={file}", f"--dbname={url}"]
    program = next(warehouse.folder.rglob("bin/pg_dump"))
    subprocess.run([program, *words], check=True)  # noqa: S603 - PostgreSQL's own
    file.chmod(0o600)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_loaders_trap_springs_in_no_backup_and_no_restore(beset, tmp_path, attack):
    for statement in ATTACKS[attack]:
        beset.query(statement, "loader")
    dumped(beset, tmp_path / "old")
    beset.query("alter role loader nosuperuser", "admin")
    beset.query("drop table if exists marts.sprung", "admin")

    _, err = beset.run("backup", str(tmp_path / "new"), status=1)
    _, said = beset.run("restore", "--yes", str(tmp_path / "old"), status=1)

    assert beset.query(MIGHTY) == []
    assert beset.query("select to_regclass('marts.sprung')") == [(None,)]
    assert "raw." in err
    assert len(err.splitlines()) == len(said.splitlines()) == 1
    assert len(beset.query("table ops.versions")) == 2


def test_a_backup_of_the_administrators_making_is_restored_as_it_was(own, tmp_path):
    own.run("start")
    fill(own)
    before = contents(own)
    dumped(own, tmp_path / "old")
    own.query("drop table marts.fct_things cascade")

    own.run("restore", "--yes", str(tmp_path / "old"))

    assert contents(own) == before
    leftovers = "select 1 from pg_roles where rolname ~ 'restor'"
    assert own.query(leftovers) == []


def doctored(archive: bytes, before: bytes, after: bytes) -> bytes:
    """Write other SQL of the same length into a backup's table of contents."""
    assert before in archive
    return archive.replace(before, after.ljust(len(before))[: len(before)])


@pytest.mark.parametrize(
    "sql",
    [
        "alter role loader superuser;",
        "reset role; alter role loader superuser;",
        "set role admin; alter role loader superuser;",
        "set session authorization admin; alter role loader superuser;",
        "copy raw.pages from program 'touch /tmp/pwned';",
        "\n\\! touch /tmp/pwned\n",
    ],
)
@pytest.mark.parametrize("schema", ["raw", "marts"])
def test_a_doctored_backup_runs_nothing_as_the_administrator(
    own, tmp_path, schema, sql
):
    own.run("start")
    fill(own)
    long = "x" * 200
    role = "loader" if schema == "raw" else "transformer"
    own.query(
        f"create table {schema}.bait ({long[:60]} integer, {long[:59]}y text)", role
    )
    own.query(f"comment on table {schema}.bait is '{long}'", role)
    file = tmp_path / "doctored"
    dumped(own, file)
    comment = f"COMMENT ON TABLE {schema}.bait IS '{long}';".encode()
    file.write_bytes(doctored(file.read_bytes(), comment, sql.encode()))

    own.popen("restore", "--yes", str(file)).communicate(timeout=300)

    assert own.query(MIGHTY) == []


def test_what_belongs_to_another_role_is_named_before_a_backup(own, tmp_path):
    own.run("start")
    own.query("create table marts.theirs as select 1 as number", "admin")

    _, err = own.run("backup", str(tmp_path / "file"), status=1)

    assert "marts.theirs does not belong to transformer" in err
    own.query(re.search(r"-c '(.*)'", err)[1], "admin")
    own.run("backup", str(tmp_path / "file"))


def test_a_backup_is_made_as_the_transformer_of_one_moment(own, tmp_path):
    own.run("start")
    fill(own)
    with closing(psycopg2.connect(own.run("url")[0].strip())) as held:
        with held.cursor() as cursor:
            cursor.execute("lock table ops.versions in access exclusive mode")
        process = own.popen("backup", str(tmp_path / "file"))
        dumping = (
            "select usename::text from pg_stat_activity "
            "where application_name = 'pg_dump' and wait_event_type = 'Lock'"
        )
        wait_for(lambda: own.query(dumping, "admin"), 60)
        assert own.query(dumping, "admin") == [("transformer",)]
        own.query("insert into raw.pages values ('later', 'x')", "loader")
        held.rollback()
    assert process.communicate(timeout=300)[1] == ""

    own.run("restore", "--yes", str(tmp_path / "file"))

    assert own.query("select count(*) from raw.pages") == [(200,)]
