"""A house that `make run` filled from the stand-ins, with its service."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
import pytest
import requests

import warehouse
from warehouse.state import load
from warehouse.urls import url_of


@dataclass(frozen=True)
class House:
    """A warehouse of the tests', what leads to it, and where it is served."""

    folder: Path
    environment: dict[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        """Return the service's address."""
        return json.loads((self.folder / "serving.json").read_text())["url"]

    @property
    def reader(self) -> str:
        """Return the reader's URL of the database."""
        return self.address("reader")

    def address(self, role: str) -> str:
        """Return a role's URL, as `python -m warehouse url` prints it."""
        known = load(self.folder)
        login = {"PGHOST": "127.0.0.1", "PGPORT": str(known.port), "PGUSER": role}
        login |= {"PGDATABASE": "tickhouse", "PGPASSWORD": known.passwords[role]}
        return url_of(login)

    def ask(self, path: str, method: str = "GET", **options) -> requests.Response:
        """Return what the service answers; `options` are those of requests."""
        return requests.request(method, self.url + path, timeout=60, **options)

    def query(self, sql: str, *parameters: object, role: str = "reader") -> list:
        """Return the rows that a role gets, without the service."""
        with closing(psycopg2.connect(self.address(role))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters or None)
                return cursor.fetchall() if cursor.description else []

    def build(self, mart: str, changes: str) -> None:
        """Change a mart as a build does: its rows and its version at once."""
        self.query(
            f"begin; {changes}; "  # noqa: S608 - a test's own
            "update ops.versions set version = version + 1, built_at = now() "
            f"where model = '{mart}'; commit;",
            role="transformer",
        )

    def run(self, *words: str, **settings: str) -> subprocess.CompletedProcess:
        """Return how a module's command ended, such as `warehouse status`."""
        return subprocess.run(  # noqa: S603 - our own modules
            [sys.executable, "-m", *words],
            cwd=warehouse.ROOT,
            env={**self.environment, **settings},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="session")
def house(tmp_path_factory) -> Iterator[House]:
    """Fill a warehouse by `make run`; all serving tests of a worker share it."""
    folder = tmp_path_factory.mktemp("served")
    foreign = ("SOURCES__", "LOADER_", "READER_", "DLT_", "DAGSTER_", "PG", "SERVING_")
    environment = {
        name: value
        for name, value in {**os.environ, "WAREHOUSE_DIR": str(folder)}.items()
        if not name.startswith(foreign) and name != "WAREHOUSE"
    }
    made = House(folder, environment)
    try:
        done = made.run("orchestration", "run")
        assert done.returncode == 0, done.stdout + done.stderr
        yield made
    finally:
        made.run("orchestration", "stop")


@contextmanager
def service(house: House, *words: str, **settings: str) -> Iterator[str]:
    """Serve the house once more; return the address on this machine."""
    with subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "serving", "--port", "0", *words],
        cwd=warehouse.ROOT,
        env={**house.environment, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            ready = process.stdout.readline().split()
            assert ready, "it did not start"
            yield ready[-1].replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - our own
        finally:
            process.terminate()


@pytest.fixture
def serve(house) -> Iterator[Callable[..., str]]:
    """Return what serves the house once more, and returns its address."""
    with ExitStack() as running:
        yield lambda *words, **settings: running.enter_context(
            service(house, *words, **settings)
        )


@pytest.fixture
def building(house):
    """Return what moves a mart as a build does: its version and a row at once.

    It is the close of the newest hour of ETHUSDT, which is as it was afterwards.
    """

    def build(close: str) -> None:
        house.build(
            "fct_candles_1h",
            f"""
            update marts.fct_candles_1h set close_price = {close}
            where (symbol, opened_at) = (
                select symbol, max(opened_at) from marts.fct_candles_1h
                where symbol = 'ETHUSDT' group by 1
            )
            """,  # noqa: S608 - digits of ours
        )

    ((before,),) = house.query(
        "select close_price::text from marts.fct_candles_1h where symbol = 'ETHUSDT' "
        "order by opened_at desc limit 1"
    )
    yield build
    build(before)
