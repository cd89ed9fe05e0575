"""A throwaway server, a database and a stand-in for each test, and dbt on them.

Nothing here sees the developer's own warehouse: the settings of the environment that
could lead there are taken away, and what a test needs is set over those of `.env`.
"""

import gc
import os
import shutil
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import psycopg2
import pytest

from ingestion.sources import EXCHANGES, SYSTEMS
from orchestration.upstreams import account_of
from tests.support import matrix, memory
from tests.support.database import Database, copy_database
from tests.support.dbt import SILENT
from tests.support.parses import Parses
from tests.support.quick_dbt import unbuilt
from tests.support.stand_in import NOW, QUICK, Sandbox, served
from tests.support.throwaway import clean_environment, throwaway_server
from warehouse import ROOT, SWITCHES, provision
from warehouse.state import load
from warehouse.urls import url_of

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

pytest.register_assert_rewrite("tests.trust.all_marts", "tests.trust.content.exchange")
# what definitions read when they are imported, which is once, whoever does first
FIRST_DAY = {"SOURCES__FIRST_DAY": "2024-05-20"}
# dbt reads a developer's `.env` as it is imported and in each run
NO_ENV_FILE = {"PYTHON_DOTENV_DISABLED": "1"}
os.environ.update(FIRST_DAY | NO_ENV_FILE)
FIRST = datetime(2024, 3, 4, tzinfo=UTC)
NAMED = {"plant", "loans"}
"""Systems of which each test says what is asked: which turbines, which folder."""
LAST = -200
"""After multiprocessing deleted its own folder, which lies where tests write."""


def pytest_configure(config: pytest.Config) -> None:
    """Let tests write to memory, and a failed run's files stay there until the next.

    Unless TMPDIR says where, as it does to this session's workers.
    """
    folder = None if "TMPDIR" in os.environ else memory.folder()
    if folder is None:
        return
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)

    def end() -> None:
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if not reporter or not {"failed", "error"} & reporter.stats.keys():
            shutil.rmtree(folder)

    Finalize(None, end, exitpriority=LAST)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Take a worker more than there are cores: of each a third waits, for servers."""
    return (os.cpu_count() or 1) + 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in which a fault met some systems of its matrix alone.

    Tests that were picked one by one may leave cells empty.
    """
    config = session.config
    is_picked = config.option.keyword or any("::" in word for word in config.args)
    if session.exitstatus or is_picked:
        return
    if matrix.has_empty(_tried(config)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was tried on each system, where tests recorded it, and what was not.

    What tests were skipped for is a line, however many they are.
    """
    for line in matrix.lines(_tried(terminalreporter.config)):
        terminalreporter.write_line(line)
    skipped = (report.longrepr for report in terminalreporter.getreports("skipped"))
    reasons = Counter(why[2] for why in skipped if isinstance(why, tuple | list))
    for reason, count in reasons.items():
        why = reason.removeprefix("Skipped: ")
        terminalreporter.write_line(f"Skipped {count}: {why}")


def _tried(config: pytest.Config) -> matrix.Matrices:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return {}  # a worker reports to another process
    kinds = ("", "passed", "failed")
    return matrix.matrices(
        report for kind in kinds for report in reporter.getreports(kind)
    )


@pytest.fixture(scope="session")
def server() -> Iterator[Path]:
    """Run an embedded server that everything in this session shares."""
    outside = Path(tempfile.mkdtemp(prefix="tickhouse-tests-"))
    outside.chmod(0o755)  # its user is another one if we are root
    try:
        with throwaway_server(outside / "server") as folder:
            yield folder
    finally:
        shutil.rmtree(outside)


@pytest.fixture(scope="session")
def dlt_began() -> None:
    """Let dlt ask our plugin what it asks once a process, which then reads `.env`."""
    import dlt

    with patch.dict(os.environ):
        dlt.current.run_context()


@pytest.fixture
def environment(tmp_path, dlt_began) -> Iterator[os._Environ]:
    """Return os.environ without foreign settings; what is set in it goes afterwards.

    Without the fixture `database` it leads nowhere, nor to a source without `sandbox`.
    """
    nowhere = {"WAREHOUSE": "server", "PGHOST": "127.0.0.1", "PGPORT": "1"}
    for system in set(SYSTEMS) - NAMED:
        nowhere[f"SOURCES__{system}__BASE_URL".upper()] = "http://127.0.0.1:1"
    nowhere["WAREHOUSE_DIR"] = str(tmp_path)
    alone = clean_environment(**SWITCHES, **nowhere, **FIRST_DAY, **NO_ENV_FILE)
    with patch.dict(os.environ, alone, clear=True):
        yield os.environ


@pytest.fixture
def database(server, environment, tmp_path) -> Iterator[Database]:
    """Make a database; the environment leads to it, in this process and its children.

    All have one name, since dbt parses anew for another.
    """
    known = load(server)
    login = {"PGHOST": "127.0.0.1", "PGPORT": str(known.port), "PGDATABASE": "test"}
    urls = {
        role: url_of({**login, "PGUSER": role, "PGPASSWORD": password})
        for role, password in known.passwords.items()
    }
    places = {
        name: tmp_path / name.lower() for name in ("DLT_DATA_DIR", "DAGSTER_HOME")
    }
    for place in places.values():
        place.mkdir()
    with closing(psycopg2.connect(urls["admin"], dbname="postgres")) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            copy_database(
                cursor, "blank", "test", make=lambda: provision(admin, "blank")
            )
        provision(admin, "test")
        environment.update(
            login,
            PGUSER="transformer",
            PGPASSWORD=known.passwords["transformer"],
            PGSSLMODE="disable",
            LOADER_URL=urls["loader"],
            READER_URL=urls["reader"],
            EXPORTER_URL=urls["exporter"],
            DESTINATION__POSTGRES__CREDENTIALS=urls["loader"],
            **{name: str(place) for name, place in places.items()},
        )
        yield Database(urls, tmp_path)
        with admin.cursor() as cursor:
            cursor.execute("drop database test with (force)")


@pytest.fixture(scope="session")
def dbt_target(tmp_path_factory) -> Path:
    """Return a folder for what dbt parsed: once a session for each `--vars`."""
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture(scope="session")
def common(tmp_path_factory) -> Path:
    """Return a folder that all workers of this session have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def parses(common) -> Parses:
    """Return what dbt parsed of the project, for other targets and servers to go on."""
    return Parses(common / "parses")


@pytest.fixture(scope="session")
def manifests() -> dict[Path, "Manifest"]:
    """Return what dbt parsed into a folder, once it did."""
    return {}


@pytest.fixture(scope="session")
def quick_dbt() -> Iterator[None]:
    """Spare dbt in this process what it does in each run, and nobody here reads."""
    from tests.support.quick_dbt import quick_dbt

    with quick_dbt():
        yield


@pytest.fixture
def dbt(database, dbt_target, manifests, parses, quick_dbt) -> Callable[..., list]:
    """Return what runs dbt for the database and returns its results.

    It fails with what dbt said unless all went well or `check` is false.
    """
    from dbt.cli.main import dbtRunner

    def run(*words: str, check: bool = True) -> list:
        variables = words[words.index("--vars") + 1] if "--vars" in words else ""
        target = dbt_target / f"vars-{zlib.crc32(variables.encode())}"
        places = {
            "--project-dir": ROOT / "dbt_project",
            "--profiles-dir": ROOT,
            "--target-path": target,
            "--log-path": target,
        }
        options = [str(word) for place in places.items() for word in place]
        options += SILENT
        if target not in manifests:
            parse = ["parse", *(["--vars", variables] if variables else []), *options]
            parses.lend(target, variables)
            parsing = dbtRunner().invoke(parse)
            assert parsing.success, parsing.exception
            manifests[target] = parsing.result
            gc.collect()
            gc.freeze()  # else each run looks anew through what stays
        lent = unbuilt(manifests[target])
        done = dbtRunner(manifest=lent).invoke([*words, *options])
        results = getattr(done.result, "results", done.result)
        if check and not done.success:
            said = [
                f"{result.node.unique_id}: {result.status}: {result.message}"
                for result in results or []
                if result.status not in ("success", "pass", "skipped", "no-op")
            ]
            pytest.fail(
                "\n".join([f"dbt {' '.join(words)}", str(done.exception), *said])
            )
        return results

    return run


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    with served("--now", NOW) as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process, environment) -> Iterator[Sandbox]:
    """Return the stand-in, frozen at NOW; a first run asks BTCUSDT from FIRST on."""
    from ingestion import http

    http.client.cache_clear()
    environment.update(QUICK)
    for system in set(SYSTEMS) - NAMED:
        address = f"SOURCES__{system}__BASE_URL".upper()
        environment[address] = f"{sandbox_process.url}/{system}"
        environment.update(account_of(system))
    environment["SOURCES__BINANCE__SYMBOLS"] = '["BTCUSDT"]'
    for exchange in EXCHANGES:
        first_days = f"SOURCES__{exchange}__FIRST_DAYS".upper()
        environment[first_days] = str(_days_since(FIRST))
    yield sandbox_process
    sandbox_process.reset()


def _days_since(first: datetime) -> int:
    """Count days to today, which goes on for a minute at least."""
    if datetime.now(UTC).date() != (datetime.now(UTC) + timedelta(minutes=1)).date():
        time.sleep(61)
    return (datetime.now(UTC) - first).days
