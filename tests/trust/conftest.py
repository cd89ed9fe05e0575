"""What the tests of dbt have, and a warehouse for what ends servers and disks."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random, SystemRandom

import psycopg2
import pytest

from tests.dbt_project.conftest import built, coins, dbt, raw, tables
from tests.support.throwaway import run_warehouse
from tests.trust.world import World

__all__ = ["built", "coins", "dbt", "raw", "tables"]

LOANS = ("+fct_loan_arrears_1d", "+fct_missed_payments", "+rpt_loans")
SMALL = {
    "systems": ("binance", "loans"),
    "models": ("-s", "+fct_candles_1w", *LOANS),
}
"""What a world is made of that takes seconds."""


@pytest.fixture
def chance() -> Random:
    """Return random numbers; TRUST_SEED sets their seed, which a failing test shows."""
    seed = os.environ.get("TRUST_SEED") or SystemRandom().randrange(10**6)
    print(f"\nTRUST_SEED={seed}")
    return Random(int(seed))  # noqa: S311 - moments, no secrets


@pytest.fixture
def ask(database) -> Iterator[Callable]:
    """Return what evaluates an expression for each text, in one query."""
    with closing(psycopg2.connect(database.urls["transformer"])) as held:
        held.autocommit = True

        def ask(expression: str, texts: list, kind: str = "text") -> list:
            with held.cursor() as cursor:
                cursor.execute(
                    f"select {expression} from unnest(%s::{kind}[]) "  # noqa: S608
                    "with ordinality as sent (said, place) order by place",
                    (texts,),
                )
                return [value for (value,) in cursor.fetchall()]

        yield ask


@contextmanager
def _folder() -> Iterator[Path]:
    """Return a folder that the server's user can enter; its server is deleted, too."""
    folder = Path(tempfile.mkdtemp(prefix="tickhouse-tests-"))
    folder.chmod(0o755)
    try:
        yield folder
        run_warehouse(folder / "warehouse", "reset", "--yes")
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def outside() -> Iterator[Path]:
    """Return a folder for a world of a test's own."""
    with _folder() as folder:
        yield folder


@pytest.fixture
def world_of(outside, environment, sandbox, chance, parses) -> Callable[..., World]:
    """Return what makes a world."""
    return lambda **options: World(outside, sandbox, chance, parses, **options)


@pytest.fixture
def large(world_of) -> World:
    """Return a world of all systems, landed and built."""
    world = world_of()
    world.heal()
    return world


@pytest.fixture(scope="session")
def worn() -> Iterator[dict]:
    """Return the folder of the small world, and the world once a test made it."""
    with _folder() as folder:
        yield {"folder": folder}


@pytest.fixture
def small(worn, environment, sandbox, chance, parses) -> World:
    """Return a small world that tests wear in turn: up, whole, and a step further."""
    if "world" not in worn:
        worn["world"] = World(worn["folder"], sandbox, chance, parses, **SMALL)
        worn["world"].heal()
    else:
        worn["world"].enter(sandbox, chance)
    worn["world"].step()
    return worn["world"]
