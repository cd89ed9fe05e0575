"""A backup holds all of a warehouse, and a restore brings exactly that back."""

import os
import shutil
from contextlib import closing

import psutil
import psycopg2
import pytest

from tests.support.throwaway import run_warehouse
from tests.warehouse.conftest import Warehouse, wait_for
from warehouse.backup import backups
from warehouse.state import load

FILLING = {
    "loader": (
        "create table raw.pages (payload text, load text not null)",
        "alter table raw.pages alter payload set storage external",
        "create index pages_load on raw.pages (load)",
        "insert into raw.pages select repeat(md5(n::text), 500), n % 7 "
        "from generate_series(1, 200) as n",
    ),
    "transformer": (
        "create table ops.versions (model text primary key, version bigint)",
        "insert into ops.versions values ('stg_pages', 3), ('fct_things', 9)",
        "create table staging.stg_pages (load text primary key, changed_in bigint)",
        "create index stg_pages_changed on staging.stg_pages using brin (changed_in)",
        "insert into staging.stg_pages select n, n from generate_series(1, 5) as n",
        "create table intermediate.int_pages as table staging.stg_pages",
        "create table marts.fct_things (thing numeric primary key check (thing > 0))",
        "comment on column marts.fct_things.thing is 'Exact, in wei.'",
        "insert into marts.fct_things values (0.12345678901234567890), ('NaN')",
        "create view marts.rpt_things as select thing from marts.fct_things",
        "create function marts.top_things(n integer) returns table (thing numeric) "
        "language sql stable as 'select thing from marts.fct_things limit n'",
        "create table marts.rpt_loans as select 'Ada' as borrower_name",
        "revoke all on marts.rpt_loans from public, reader",
    ),
}
RIGHTS = """
select
    roles.name, schemas.name, things.relname, rights.name,
    has_schema_privilege(roles.name, schemas.name, 'usage')
    and has_table_privilege(roles.name, things.oid, rights.name)
from unnest(array['loader', 'transformer', 'reader']) as roles (name)
cross join unnest(array['raw', 'staging', 'intermediate', 'marts', 'ops'])
    as schemas (name)
inner join pg_class as things
    on things.relnamespace::regnamespace::text = schemas.name
    and things.relkind in ('r', 'v')
cross join unnest(array['select', 'insert', 'delete', 'truncate']) as rights (name)
order by 1, 2, 3, 4
"""
SHAPES = """
select 'class', oid::regclass::text, relkind::text, pg_get_userbyid(relowner)::text
from pg_class
where relnamespace::regnamespace::text
    in ('raw', 'staging', 'intermediate', 'marts', 'ops')
union all
select 'column', attrelid::regclass::text, attname,
    attstorage::text || attnotnull::text || format_type(atttypid, atttypmod)
    || coalesce(col_description(attrelid, attnum), '')
from pg_attribute inner join pg_class on attrelid = pg_class.oid
where attnum > 0 and relkind in ('r', 'v') and relnamespace::regnamespace::text
    in ('raw', 'staging', 'intermediate', 'marts', 'ops')
union all
select 'index', indexname, indexdef, '' from pg_indexes
where schemaname in ('raw', 'staging', 'intermediate', 'marts', 'ops')
union all
select 'constraint', conname, pg_get_constraintdef(oid), '' from pg_constraint
where connamespace::regnamespace::text in ('raw', 'staging', 'marts', 'ops')
union all
select 'function', oid::regprocedure::text, pg_get_userbyid(proowner) || prosrc,
    concat(has_function_privilege('public', oid, 'execute'),
    has_function_privilege('reader', oid, 'execute'))
from pg_proc where pronamespace::regnamespace::text = 'marts'
union all
select 'schema', nspname, pg_get_userbyid(nspowner), nspacl::text from pg_namespace
where nspname in ('raw', 'staging', 'intermediate', 'marts', 'ops')
union all
select 'default', defaclrole::regrole::text,
    coalesce(nullif(defaclnamespace, 0)::regnamespace::text, ''),
    defaclobjtype::text || defaclacl::text
from pg_default_acl
order by 1, 2, 3, 4
"""
TABLES = (
    *("raw.pages", "ops.versions", "staging.stg_pages", "intermediate.int_pages"),
    *("marts.fct_things", "marts.rpt_things", "marts.rpt_loans"),
)


def fill(warehouse: Warehouse) -> None:
    for role, statements in FILLING.items():
        for statement in statements:
            warehouse.query(statement, role)


def contents(warehouse: Warehouse) -> dict[str, list]:
    rows = {
        table: sorted(map(str, warehouse.query(f"select * from {table}")))  # noqa: S608 - ours
        for table in TABLES
    }
    return {
        **rows,
        "rights": warehouse.query(RIGHTS),
        "shapes": warehouse.query(SHAPES),
    }


@pytest.fixture(scope="module")
def full(outside):
    """Return a warehouse with a thing of every kind, for tests that keep it so."""
    warehouse = Warehouse(outside / "full")
    warehouse.run("start")
    fill(warehouse)
    yield warehouse
    run_warehouse(warehouse.folder, "reset", "--yes")


@pytest.fixture(scope="module")
def saved(full, outside):
    """Return a backup of it."""
    full.run("backup", str(outside / "saved"))
    return outside / "saved"


@pytest.fixture
def blocked(full):
    """Hold a lock for which backup and restore wait, until the test's end."""
    address = full.run("url")[0].strip()
    with closing(psycopg2.connect(address, application_name="dbt")) as held:
        with held.cursor() as cursor:
            cursor.execute("lock table ops.versions in access exclusive mode")
        yield held


def children(process):
    """Return the programs that a command has begun, with their words."""
    found = psutil.Process(process.pid).children(recursive=True)
    return {child: " ".join(child.cmdline()) for child in found}


def test_a_lost_warehouse_comes_back_with_all_its_rows_and_rights(full, saved, own):
    before = contents(full)
    own.run("start")

    out, _ = own.run("restore", str(saved))

    assert out.startswith(f"Restored {saved} into embedded PostgreSQL 18.6")
    assert contents(own) == before
    assert ("reader", "marts", "rpt_loans", "select", False) in before["rights"]
    assert ("reader", "marts", "fct_things", "select", True) in before["rights"]
    own.query("create table marts.later as select 1 as number")
    assert own.query("table marts.later", "reader") == [(1,)]
    assert own.query("select * from marts.top_things(1)", "reader")
    own.run("stop")
    own.run("start")
    assert own.query("select count(*) from marts.fct_things", "reader") == [(2,)]


def test_a_backup_is_its_owners_alone_and_replaces_an_older_one(full, tmp_path):
    file = tmp_path / "a b; touch $(pwd) 'q'"

    for _ in range(2):
        full.run("backup", str(file))

        assert file.stat().st_mode & 0o777 == 0o600
        assert file.read_bytes()[:5] == b"PGDMP"
    assert list(tmp_path.iterdir()) == [file]


def test_a_killed_backup_leaves_the_older_one_and_the_next_tidies_up(
    full, saved, blocked, tmp_path
):
    file = tmp_path / "nightly"
    shutil.copy(saved, file)
    old = file.read_bytes()

    process = full.popen("backup", str(file))
    wait_for(lambda: [word for word in children(process).values() if "pg_dump" in word])
    [part] = tmp_path.glob(".nightly.*.part")
    dumping = [*children(process)]
    assert part.stat().st_mode & 0o777 == 0o600
    process.kill()
    process.communicate()

    assert file.read_bytes() == old
    blocked.close()
    psutil.wait_procs(dumping, timeout=600)
    full.run("backup", str(file))
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("there", ["a text", "a folder", "a link", "no folder"])
def test_nothing_but_an_older_backup_is_written_over(full, saved, tmp_path, there):
    file = tmp_path / "file"
    if there == "a text":
        file.write_text("mine")
    elif there == "a folder":
        file.mkdir()
    elif there == "a link":
        shutil.copy(saved, tmp_path / "behind")
        file.symlink_to(tmp_path / "behind")
    else:
        file = tmp_path / "none" / "file"
    before = sorted(tmp_path.rglob("*"))

    _, err = full.run("backup", str(file), status=1)

    assert len(err.splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before
    assert there != "a text" or file.read_text() == "mine"


def test_a_warehouse_with_data_is_replaced_only_if_that_is_said(full, saved):
    full.query("insert into ops.versions values ('newer', 1)")

    _, err = full.run("restore", str(saved), status=1)

    assert f"by {saved} all data of embedded PostgreSQL 18.6 on 127.0.0.1" in err
    assert "say yes, or pass --yes" in err
    assert len(full.query("table ops.versions")) == 3
    full.query("create table marts.newer as select 1 as number")
    full.run("restore", "--yes", str(saved))
    assert len(full.query("table ops.versions")) == 2
    assert full.query("select to_regclass('marts.newer')") == [(None,)]


@pytest.mark.parametrize("share", [0.02, 0.4, 0.99])
def test_half_a_backup_changes_nothing(full, saved, tmp_path, share):
    before = contents(full)
    half = tmp_path / "half"
    half.write_bytes(saved.read_bytes()[: int(saved.stat().st_size * share)])

    _, err = full.run("restore", "--yes", str(half), status=1)

    assert "Traceback" not in err
    assert len(err.splitlines()) == 1
    assert contents(full) == before


@pytest.mark.parametrize("made_by", ["a text", "noise", "another dump", "nobody"])
def test_what_is_no_backup_of_a_warehouse_is_refused(full, tmp_path, made_by):
    file = tmp_path / "file"
    if made_by == "a text":
        file.write_text("drop schema raw cascade;")
    elif made_by == "noise":
        file.write_bytes(b"PGDMP" + os.urandom(2000))
    elif made_by == "another dump":
        text = full.run("psql", "-Atc", "select 1")[0]
        file.write_bytes(b"PGDMP\x01\x10\x00" + text.encode())
    before = contents(full)

    _, err = full.run("restore", "--yes", str(file), status=1)

    assert str(file) in err or "can't be read" in err
    assert "Traceback" not in err
    assert contents(full) == before


def test_a_backup_that_others_could_have_changed_is_refused(full, saved, tmp_path):
    file = tmp_path / "open"
    shutil.copy(saved, file)
    file.chmod(0o666)

    _, err = full.run("restore", "--yes", str(file), status=1)

    assert "changed by others" in err
    assert "install -m 600" in err


def test_a_restore_says_which_ingestion_and_build_it_waits_for(full, saved, blocked):
    loader = full.run("url", "--role", "loader")[0].strip()
    me = "ingestion binance, pid 17"
    with closing(psycopg2.connect(loader, application_name=me)) as ingesting:
        ingesting.autocommit = True
        with ingesting.cursor() as cursor:
            cursor.execute("select pg_advisory_lock_shared(hashtext('ingestion'), 0)")

        process = full.popen("restore", "--yes", str(saved))
        assert process.stdout.readline() == f"Waiting for {me}\n"
    assert process.stdout.readline().startswith("Waiting for dbt as transformer")
    assert process.poll() is None
    blocked.rollback()
    out, err = process.communicate(timeout=600)

    assert process.returncode == 0, err
    assert out.startswith("Restored")


def test_a_killed_restore_changes_nothing(full, saved, blocked):
    full_rows = "select count(*) from raw.pages"
    process = full.popen("restore", "--yes", str(saved))
    waiting = (
        "select 1 from pg_stat_activity where application_name = 'psql' "
        "and wait_event_type = 'Lock'"
    )
    wait_for(lambda: full.query(waiting, "admin"))

    process.kill()
    process.communicate()
    blocked.rollback()

    gone = waiting.split(" and ")[0]
    wait_for(lambda: not full.query(gone, "admin"))
    assert full.query(full_rows) == [(200,)]
    assert len(full.query("table ops.versions")) == 2


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_no_password_is_on_a_command_line_or_said(
    full, saved, blocked, tmp_path, command
):
    words = ("--yes", str(saved)) if command == "restore" else (str(tmp_path / "new"),)
    process = full.popen(command, *words)
    needed = {"backup": ["pg_dump"], "restore": ["psql", "pg_restore"]}[command]
    said = {}

    def are_there():
        said.update(children(process))
        return all(any(name in line for line in said.values()) for name in needed)

    wait_for(are_there)
    blocked.rollback()
    output = "".join(process.communicate(timeout=600))

    passwords = load(full.folder).passwords.values()
    assert process.returncode == 0, output
    assert not [word for word in passwords for line in said.values() if word in line]
    assert not [word for word in passwords if word in output]


def test_no_password_is_said_when_the_server_turns_us_away(full, own, tmp_path):
    known = load(full.folder)
    given = {
        "WAREHOUSE": "server",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(known.port),
        "PGUSER": "transformer",
        "PGPASSWORD": "hush-hush-hush",
    }

    _, err = own.run("backup", str(tmp_path / "file"), status=1, **given)

    assert "No connection as transformer" in err
    assert "hush" not in err
    assert list(tmp_path.iterdir()) == []


def test_dlts_local_state_goes_with_a_restore(own, saved):
    own.run("start")
    state = own.folder / "dlt" / "pipelines" / "binance" / "state.json"
    state.parent.mkdir(parents=True)
    state.write_text('{"_state_version": 99}')

    own.run("restore", str(saved))

    assert not state.parent.exists()
    assert (own.folder / "dlt").is_dir()


def test_a_backup_of_a_stopped_server_says_how_to_start_it(own, tmp_path):
    _, err = own.run("backup", str(tmp_path / "file"), status=1)

    assert err.endswith("run python -m warehouse start\n")
    assert backups.SCHEMAS == ("raw", "staging", "intermediate", "marts", "ops")
