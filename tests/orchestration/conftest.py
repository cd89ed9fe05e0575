"""Jobs, in this process, on a database of their own and the stand-ins."""

import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from ingestion.sources import EXCHANGES
from tests.orchestration.forked_dbt import popen
from warehouse import ROOT
from warehouse.manifest import KEPT, manifest
from warehouse.postgres.server import write_dagster_settings


@pytest.fixture(scope="session")
def dagster_target(tmp_path_factory) -> Path:
    """Return a folder for what Dagster's dbt parsed and left, of this session alone."""
    return tmp_path_factory.mktemp("dagster")


@pytest.fixture
def parsed(database, dagster_target, parses, monkeypatch) -> Path:
    """Let Dagster's dbt run in a folder where the project is parsed for this server."""
    from dagster_dbt.core import dbt_cli_invocation, resource

    if not (dagster_target / KEPT).exists():
        parses.lend(dagster_target, file=KEPT)
    manifest(dagster_target)
    for module in (dbt_cli_invocation, resource):
        monkeypatch.setattr(module, "_get_dbt_target_path", lambda: dagster_target)
    forking = SimpleNamespace(
        Popen=popen, PIPE=subprocess.PIPE, STDOUT=subprocess.STDOUT
    )
    monkeypatch.setattr(dbt_cli_invocation, "subprocess", forking)
    return dagster_target


@pytest.fixture
def job(parsed, sandbox, monkeypatch) -> Callable[..., dg.ExecuteInProcessResult]:
    """Return what runs a job by its name, and returns its result; the clocks run."""
    for exchange in EXCHANGES:
        monkeypatch.setenv(f"SOURCES__{exchange}__FIRST_DAYS".upper(), "1")
    monkeypatch.setenv("SOURCES__PLANT__BASE_URL", f"{sandbox.url}/plant")
    monkeypatch.setenv("SOURCES__PLANT__TURBINES", '["T01"]')
    monkeypatch.setenv("SOURCES__XE__BASE_URL", f"{sandbox.url}/xe")
    monkeypatch.setenv("SOURCES__XE__API_ID", "stand-in")
    monkeypatch.setenv("SOURCES__XE__API_KEY", "stand-in")
    monkeypatch.setenv("SOURCES__ECB__BASE_URL", f"{sandbox.url}/ecb")
    monkeypatch.setenv("SOURCES__LOANS__FOLDER", str(ROOT / "sandbox" / "loans"))
    sandbox.at(None)

    def run(name: str, **options: object) -> dg.ExecuteInProcessResult:
        from orchestration.definitions import defs

        with dg.DagsterInstance.ephemeral() as instance:
            return defs.resolve_job_def(name).execute_in_process(
                instance=instance, raise_on_error=False, **options
            )

    return run


@pytest.fixture
def instance(environment, tmp_path) -> Iterator[dg.DagsterInstance]:
    """Return Dagster's records in a DAGSTER_HOME with our settings, as a daemon has."""
    home = tmp_path / "dagster_home"
    home.mkdir(exist_ok=True)
    write_dagster_settings(home)
    environment["DAGSTER_HOME"] = str(home)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


@pytest.fixture
def evaluate(instance) -> Callable[[str, datetime], dg.RunRequest | dg.SkipReason]:
    """Return what evaluates a tick of a schedule, and returns what comes of it."""

    def evaluate(name: str, at: datetime | None = None) -> object:
        from orchestration.definitions import defs

        with dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=at or datetime.now(UTC),
            repository_def=defs.get_repository_def(),
        ) as context:
            came = defs.resolve_schedule_def(name).evaluate_tick(context)
        if came.skip_message:
            return dg.SkipReason(came.skip_message)
        (request,) = came.run_requests
        return request

    return evaluate


@pytest.fixture
def tick(evaluate) -> Callable[[str, datetime], dg.RunRequest]:
    """Return what evaluates a tick of a schedule, and returns the run it asks for."""

    def tick(name: str, at: datetime) -> dg.RunRequest:
        request = evaluate(name, at)
        assert isinstance(request, dg.RunRequest), request
        return request

    return tick
