"""No secret of a run is found in what it leaves, but in the place that is for it."""

import gzip
import json
import os
import subprocess
import sys
import zlib
from base64 import b64encode
from collections.abc import Iterator
from http.server import HTTPServer
from itertools import chain
from pathlib import Path

import dagster as dg  # noqa: TID251 - a job as Dagster runs it
import pytest

import warehouse
from tests.support.hook import listening
from warehouse.state import load

KEYS = {
    "SOURCES__XE__API_ID": "hush-xe-id-4711",
    "SOURCES__XE__API_KEY": "hush-xe-key-4712",
    "SOURCES__COINMARKETCAP__API_KEY": "hush-cmc-key-4713",
    "SOURCES__CRYPTOCOMPARE__API_KEY": "hush-cc-key-4714",
}
WRONG = {name: f"{value}-wrong" for name, value in KEYS.items()}
TOKEN, GOOGLES = "hush-token-4715", "hush-google-4716"
PASSWORD = "hush-password-4717"  # noqa: S105 - made up, and wrong
OWN_PLACES = ("warehouse/env", "warehouse/server.json", "google.json")
"""The files that hold what they must, for their owner alone."""
TABLES = """
select format('%I.%I', schemaname, relname)
from pg_stat_user_tables
union all
values ('public.pg_stat_statements'), ('pg_stat_activity'), ('pg_settings')
"""


@pytest.fixture
def google(small, environment) -> Path:
    """Point Google's client to a file of credentials that it can't use."""
    path = small.folder / "google.json"
    content = {"type": "service_account", "private_key": GOOGLES, "project_id": "p"}
    content |= {"client_email": "a@b", "token_uri": "http://127.0.0.1:1/"}
    path.write_text(json.dumps(content))
    path.chmod(0o600)
    environment["GOOGLE_APPLICATION_CREDENTIALS"] = str(path)
    yield path
    path.unlink()


@pytest.fixture
def hook(environment) -> Iterator[HTTPServer]:
    """Serve what failures are posted to."""
    with listening(TOKEN) as server:
        yield server


@pytest.fixture
def accounts(small, environment, sandbox) -> None:
    """Set each stand-in's key to what the settings have for it."""
    environment.update(KEYS, LOG_LEVEL="DEBUG")
    login = [KEYS["SOURCES__XE__API_ID"], KEYS["SOURCES__XE__API_KEY"]]
    sandbox.control("xe", account=login)
    for system in ("coinmarketcap", "cryptocompare"):
        key = KEYS[f"SOURCES__{system}__API_KEY".upper()]
        sandbox.control(system, key=key)


def everything_runs(small, environment) -> list[str]:
    """Run what has secrets well and badly; return all that it said."""
    said = []

    def end(run, code):
        assert run.wait() == code, run.said
        said.append(run.said)

    for given, code in ((KEYS, 0), (WRONG, 1)):
        environment.update(given)
        for system in ("xe", "coinmarketcap", "cryptocompare"):
            end(small.ingestion(system), code)
    environment.pop("SOURCES__ETHEREUM__BASE_URL")
    end(small.ingestion("ethereum"), 1)
    end(small.dbt(), 0)
    password, environment["PGPASSWORD"] = environment["PGPASSWORD"], PASSWORD
    end(small.dbt(), 2)
    environment["PGPASSWORD"] = password
    return [*said, fails_under_dagster(small)]


def fails_under_dagster(small) -> str:
    """Run the job of rates as Dagster's own command does, then its sensor."""
    job = [*("-m", "dagster", "job", "execute"), "-m", "orchestration.definitions"]
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, *job, "-j", "rates"],
        cwd=small.logs,  # Dagster loads the .env of its folder, over the environment
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    assert done.returncode, "the job was to fail, for its keys are wrong"
    from orchestration.definitions import defs

    with dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs()
        (record,) = instance.get_records_for_run(
            run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE
        ).records
        context = dg.build_run_status_sensor_context(
            sensor_name="failed_run",
            dagster_event=record.event_log_entry.dagster_event,
            dagster_instance=instance,
            dagster_run=run,
        )
        defs.resolve_sensor_def("failed_run")(context.for_run_failure())
    return done.stdout + done.stderr


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Return the content of all files beneath a folder, packed ones unpacked too."""
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and not path.is_symlink() and name not in OWN_PLACES:
            content = path.read_bytes()
            yield name, content
            for unpack in (gzip.decompress, zlib.decompress):
                try:
                    yield f"{name}, unpacked", unpack(content)
                except (OSError, EOFError, zlib.error):
                    continue


def rows(small) -> Iterator[tuple[str, bytes]]:
    """Return the text of all rows of all tables, and of what the server tells."""
    for (name,) in small.database.query(TABLES, role="admin"):
        found = small.database.query(
            f"select string_agg(one::text, chr(10)) from {name} as one",  # noqa: S608
            role="admin",
        )
        yield name, (found[0][0] or "").encode()


@pytest.mark.long
def test_no_secret_is_found_in_anything_that_a_run_leaves(
    small, accounts, google, hook, environment, caplog
):
    environment["DAGSTER_HOME"] = str(small.folder / "warehouse" / "dagster")
    said = everything_runs(small, environment)

    passwords = load(small.folder / "warehouse").passwords
    secrets = [*KEYS.values(), TOKEN, GOOGLES, PASSWORD, *passwords.values()]
    login = ":".join([KEYS["SOURCES__XE__API_ID"], KEYS["SOURCES__XE__API_KEY"]])
    secrets.append(b64encode(login.encode()).decode().rstrip("="))
    left = {"what was said": "\n".join([*said, caplog.text]).encode()}
    left["what was posted"] = json.dumps([told for _, told in hook.posted]).encode()
    found = [
        (secret[:8], name)
        for name, content in chain(
            left.items(), files(small.folder), rows(small), target_of_dagster(small)
        )
        for secret in secrets
        if secret.encode() in content
    ]
    assert found == []
    assert [path for path, _ in hook.posted] == [f"/{TOKEN}"]
    assert "HTTP 401" in hook.posted[0][1]["text"]
    names = [name for name, _ in files(small.folder)]
    for part in ("warehouse/dlt/pipelines/xe", "warehouse/dagster", "logs/target"):
        assert any(name.startswith(part) for name in names), part
    for name in OWN_PLACES:
        path = small.folder / name
        assert path.stat().st_mode & 0o777 == 0o600, name
        assert any(secret in path.read_text() for secret in secrets), name


def target_of_dagster(small) -> Iterator[tuple[str, bytes]]:
    """Return what dbt left of the job that failed."""
    with dg.DagsterInstance.get() as instance:
        runs = [run.run_id[:7] for run in instance.get_runs()]
    target = warehouse.ROOT / "dbt_project" / "target"
    for run in runs:
        for folder in target.glob(f"*-{run}-*"):
            yield from files(folder)
    assert os.environ["DAGSTER_HOME"].startswith(str(small.folder))
