"""Folders that an unprivileged server can reach, and servers in them."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from tests.support.throwaway import (
    clean_environment,
    fresh_database,
    run_warehouse,
)
from warehouse import ROOT, plainness
from warehouse.state import load


class Warehouse:
    """A WAREHOUSE_DIR, driven through the command line of a checkout."""

    def __init__(self, folder: Path, checkout: Path = ROOT, **variables: str) -> None:
        self.folder = folder
        self.checkout = checkout
        self.umask = -1
        self.variables = {"WAREHOUSE_DIR": str(folder), **variables}

    def popen(self, *words: str, **variables: str) -> subprocess.Popen:
        """Begin a command of `python -m warehouse`."""
        return subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "warehouse", *words],
            cwd=self.checkout,
            env=clean_environment(**{**self.variables, **variables}),
            umask=self.umask,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, status: int = 0, **variables: str) -> tuple[str, str]:
        """Run a command to its end; return what it wrote to stdout and stderr."""
        process = self.popen(*words, **variables)
        output = process.communicate(timeout=600)
        assert process.returncode == status, output
        return output

    def query(self, statement: str, role: str = "transformer") -> list[tuple]:
        """Return the rows that a role gets."""
        known = load(self.folder)
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=known.port,
            dbname="tickhouse",
            user=role,
            password=known.passwords[role],
        )
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            rows = cursor.fetchall() if cursor.description else []
        connection.close()
        return rows

    @property
    def data(self) -> Path:
        """Return the data directory."""
        return self.folder / "server" / "data"

    @property
    def pid(self) -> int:
        """Return the number of the server's process."""
        return int((self.data / "postmaster.pid").read_text().split()[0])


def wait_for(condition: Callable[[], object], seconds: float = 600) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.005)


@pytest.fixture(scope="session")
def outside() -> Iterator[Path]:
    """Return a folder that everybody can enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="tickhouse-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def up(outside) -> Iterator[Warehouse]:
    """Return a running warehouse, for tests that leave it as it is."""
    warehouse = Warehouse(outside / "up")
    warehouse.run("start")
    yield warehouse
    warehouse.run("reset", "--yes")


@pytest.fixture
def own(outside, request) -> Iterator[Warehouse]:
    """Return a warehouse of the test's own, not started yet."""
    warehouse = Warehouse(outside / f"own-{abs(hash(request.node.nodeid))}")
    yield warehouse
    run_warehouse(warehouse.folder, "reset", "--yes")


@pytest.fixture
def database(server, tmp_path) -> Iterator[dict[str, str]]:
    with fresh_database(server, tmp_path) as variables:
        yield variables


@pytest.fixture(scope="session")
def clone_into() -> Callable[[Path], Path]:
    """Return what copies the package, and what it reads, so that ROOT is there."""

    def clone(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(
            ROOT / "warehouse",
            folder / "warehouse",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        shutil.copy(ROOT / "profiles.yml", folder)
        macro = folder / plainness.MACRO.relative_to(ROOT)
        macro.parent.mkdir(parents=True)
        shutil.copy(plainness.MACRO, macro)
        return folder

    return clone
