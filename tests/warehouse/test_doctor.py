"""The doctor finds each fault, what it says to type mends it, and else it is silent.

The ledger's faults are in tests/dbt_project/ledger/test_doctor.py.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.throwaway import clean_environment
from tests.warehouse.conftest import Warehouse
from warehouse.state import load

TABLES = (
    ("loader", "create table raw.pages (payload text)"),
    ("transformer", "create table staging.stg_pages (load text)"),
    ("transformer", "create table marts.fct_things (thing integer)"),
    ("transformer", "create table marts.rpt_loans (name text)"),
    ("transformer", "revoke select on marts.rpt_loans from reader"),
    ("transformer", "create function marts.one() returns integer return 1"),
)
FAULTS = {
    "a reader who reads raw": (
        "loader",
        "grant select on raw.pages to reader",
        "reader has SELECT on table raw.pages",
    ),
    "a reader who writes": (
        "transformer",
        "grant insert on marts.fct_things to reader",
        "reader has INSERT on table marts.fct_things",
    ),
    "a reader who reads one column": (
        "transformer",
        "grant select (load) on staging.stg_pages to reader",
        "reader has SELECT on table staging.stg_pages",
    ),
    "a reader in the ledger's schema": (
        "transformer",
        "grant usage on schema ops to reader",
        "reader has USAGE on schema ops",
    ),
    "a loader in the marts": (
        "transformer",
        "grant delete on marts.fct_things to loader",
        "loader has DELETE on table marts.fct_things",
    ),
    "a transformer who writes raw": (
        "loader",
        "grant insert on raw.pages to transformer",
        "transformer has INSERT on table raw.pages",
    ),
    "a function for everybody": (
        "transformer",
        "grant execute on function marts.one() to public",
        "public has EXECUTE on function marts.one()",
    ),
    "a mart for everybody": (
        "transformer",
        "grant select on marts.rpt_loans to public",
        "public has SELECT on table marts.rpt_loans",
    ),
    "a database for everybody": (
        "admin",
        "grant connect on database tickhouse to public",
        "Everybody has CONNECT on database tickhouse",
    ),
    "schema public for everybody": (
        "admin",
        "grant create on schema public to public",
        "Everybody has CREATE on schema public",
    ),
    "a transformer who makes schemas": (
        "admin",
        "grant create on database tickhouse to transformer",
        "transformer has CREATE on database tickhouse",
    ),
    "a reader with tables of its own": (
        "admin",
        "grant temporary on database tickhouse to reader",
        "reader has TEMPORARY on database tickhouse",
    ),
    "a loader who writes functions": (
        "admin",
        "grant usage on language plpgsql to loader",
        "loader has USAGE on language plpgsql",
    ),
    "functions by everybody": (
        "admin",
        "grant usage on language sql to public",
        "Everybody has USAGE on language sql",
    ),
    "a transformer who writes no functions": (
        "admin",
        "revoke usage on language plpgsql from transformer",
        "The transformer can not use language plpgsql",
    ),
    "a schema that an administrator finds first": (
        "admin",
        "create schema admin authorization transformer",
        "The schema admin of transformer",
    ),
    "new functions for everybody": (
        "admin",
        "alter default privileges for role transformer "
        "grant execute on functions to public",
        "Anybody may execute new functions of transformer",
    ),
    "new marts for nobody": (
        "transformer",
        "alter default privileges in schema marts revoke select on tables from reader",
        "New tables of transformer get other rights",
    ),
    "a reader shut out": (
        "transformer",
        "revoke usage on schema marts from reader",
        "reader can not use schema marts",
    ),
    "a role that is too mighty": (
        "admin",
        "alter role loader createdb",
        "The role loader may do more than its work",
    ),
    "a reader who acts as another": (
        "admin",
        "grant loader to reader",
        "The role reader may act as loader",
    ),
    "a reader without a limit": (
        "admin",
        "alter role reader reset statement_timeout",
        "The reader has no statement_timeout",
    ),
    "a reader who may hold a table for good": (
        "admin",
        "alter role reader reset idle_in_transaction_session_timeout",
        "The reader has no idle_in_transaction_session_timeout",
    ),
    "a reader whose limit is none": (
        "admin",
        "alter role reader set statement_timeout = 0",
        "The reader has no statement_timeout",
    ),
    "a reader whose sorts fill the disk": (
        "admin",
        "alter role reader reset temp_file_limit",
        "The reader has no temp_file_limit",
    ),
    "a reader whose transactions have no end": (
        "admin",
        "alter role reader reset transaction_timeout",
        "The reader has no transaction_timeout",
    ),
    "a reader who may hold any lock": (
        "admin",
        "grant execute on function pg_advisory_lock(bigint) to public",
        "The reader may execute pg_advisory_lock(bigint)",
    ),
    "a reader whom another may act as": (
        "admin",
        "grant reader to transformer with set true",
        "The role transformer may act as reader",
    ),
    "a reader who finds no mart by its name": (
        "admin",
        "alter role reader reset search_path",
        "The reader has no search_path",
    ),
    "a reader who may begin to write": (
        "admin",
        "alter role reader set default_transaction_read_only = off",
        "The reader has no default_transaction_read_only",
    ),
    "a view in place of a raw table": (
        "loader",
        "create view raw.bait as select 'page' as payload",
        "raw.bait is a view: it may run with the rights of whoever reads it",
    ),
    "a table of another role": (
        "admin",
        "alter table raw.pages owner to admin",
        "The table raw.pages does not belong to loader",
    ),
}


@pytest.fixture(scope="module")
def well(outside, clone_into):
    """Return a started warehouse of a checkout of its own, with a thing of each kind.

    The checkout's `.env` is not the developer's.
    """
    folder = clone_into(outside / "well")
    warehouse = Warehouse(folder / ".warehouse", folder)
    del warehouse.variables["WAREHOUSE_DIR"]
    warehouse.run("start")
    for role, statement in TABLES:
        warehouse.query(statement, role)
    yield warehouse
    warehouse.run("reset", "--yes")


def findings(warehouse, **variables):
    """Return what the doctor finds, as pairs of sentence and command."""
    process = warehouse.popen("doctor", **variables)
    out, err = process.communicate(timeout=600)
    assert err == ""
    lines = out.splitlines()
    found = [
        (what.partition(". ")[2], remedy.strip())
        for what, remedy in zip(lines, lines[1:], strict=False)
        if what[0].isdigit() and remedy.startswith("   ")
    ]
    assert process.returncode == (1 if found else 0), out
    secrets = load(warehouse.folder).passwords.values() if found else ()
    assert not [word for word in secrets if word in out]
    return found


def typed(warehouse, command):
    """Type what the doctor says, with our python as the first on the PATH."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(  # noqa: S603 - what the doctor said
        ["/bin/bash", "-ec", command],
        cwd=warehouse.checkout,
        env=clean_environment(**{**warehouse.variables, "PATH": path}),
        capture_output=True,
        check=True,
    )


def test_of_a_healthy_warehouse_it_says_that_all_is_well(well):
    out, err = well.run("doctor")

    assert out.splitlines()[-1] == "All is well"
    assert "embedded PostgreSQL 18.6 on 127.0.0.1" in out
    assert "raw 8192 bytes" in out or "raw 16 kB" in out
    assert err == ""


@pytest.mark.parametrize("fault", FAULTS)
def test_it_finds_what_a_role_may_or_lacks_and_what_it_says_mends_it(well, fault):
    role, statement, sentence = FAULTS[fault]
    well.query(statement, role)

    found = findings(well)

    assert sentence in " ".join(what for what, _ in found)
    for _, remedy in found:
        typed(well, remedy)
    assert findings(well) == []


def test_what_an_administrator_gave_to_another_role_is_no_fault(well):
    well.query("create role board login", "admin")
    well.query("grant usage on schema marts to board", "transformer")
    well.query("grant select on marts.fct_things to board", "transformer")

    assert findings(well) == []


@pytest.mark.parametrize("name", [".env", ".warehouse/server.json", ".warehouse/dlt"])
def test_a_secret_that_others_can_read_is_found(well, name):
    path = well.checkout / name
    path.chmod(0o755)

    [(what, remedy)] = findings(well)

    assert str(path) in what
    assert "755" in what
    typed(well, remedy)
    assert path.stat().st_mode & 0o077 == 0
    assert findings(well) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PGHOST", "db.example.com"),
        ("PGSERVICE", "prod"),
        ("READER_URL", "postgresql://x:hush@db.example.com/y"),
        ("DBT_PROFILES_DIR", "/elsewhere"),
        ("DBT_TARGET", "prod"),
        ("DAGSTER_HOME", "/elsewhere"),
        ("DO_NOT_TRACK", "0"),
        ("DESTINATION__POSTGRES__CREDENTIALS", "postgresql://x:hush@y/z"),
    ],
)
def test_an_exported_variable_that_leads_elsewhere_is_found(well, name, value):
    [(what, remedy)] = findings(well, **{name: value})

    assert what.startswith(f"{name} is exported")
    assert "hush" not in what
    assert remedy == f"unset {name}"


def test_a_line_of_env_that_leads_elsewhere_is_found(well):
    path = well.checkout / ".env"
    with open(path, "a") as lines:
        lines.write("PGHOST=db.example.com\nLOG_LEVEL=INFO\nPGPASSWORD=only'copy\n")

    (what, remedy), (_, other) = findings(well)

    assert "sets PGHOST below the marked block" in what
    typed(well, remedy)
    typed(well, other)
    assert findings(well) == []
    kept = path.read_text()
    assert "\nLOG_LEVEL=INFO" in kept
    assert "\n#PGPASSWORD=only'copy" in kept


def test_a_loaded_env_file_leads_nowhere_else(well):
    exported = {
        name: value
        for name, value in (
            line.split("=", 1)
            for line in (well.checkout / ".env").read_text().splitlines()
            if line[0].isalpha()
        )
    }

    assert findings(well, **{name: v.strip("'") for name, v in exported.items()}) == []


def test_a_server_that_does_not_run_is_a_finding_and_can_be_started(well):
    well.run("stop")

    [(what, remedy)] = findings(well)

    assert "No connection" in what
    typed(well, remedy)
    assert findings(well) == []


def test_dead_rows_that_nobody_clears_away_are_found(well):
    well.query(
        "create table marts.fct_bloated with (autovacuum_enabled = off) "
        "as select generate_series(1, 30000) as number"
    )
    well.query("delete from marts.fct_bloated where number > 10000")

    [(what, remedy)] = findings(well)

    assert what.startswith("marts.fct_bloated has 20,000 dead rows and 10,000")
    typed(well, remedy)
    assert findings(well) == []


def test_a_program_that_is_newer_than_the_server_is_found(well, monkeypatch):
    """As after an update of the wheel."""
    wrapped = well.checkout / "warehouse" / "postgres" / "binaries.py"
    text = wrapped.read_text()
    wrapped.write_text(text + '\n\ndef release() -> str:\n    return "18.99"\n')

    [(what, remedy)] = findings(well)

    wrapped.write_text(text)
    assert what == "PostgreSQL 18.6 runs, and 18.99 is installed."
    assert remedy == "python -m warehouse stop; python -m warehouse start"
