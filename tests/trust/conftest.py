"""A warehouse of its own for what ends processes, servers and disks."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random, SystemRandom

import pytest

import warehouse
from tests.trust.world import World

pytest.register_assert_rewrite("tests.trust.all_marts")


@pytest.fixture
def chance() -> Random:
    """Give random numbers; TRUST_SEED sets their seed, which a failing test shows."""
    seed = os.environ.get("TRUST_SEED") or SystemRandom().randrange(10**6)
    print(f"\nTRUST_SEED={seed}")
    return Random(int(seed))  # noqa: S311 - moments, no secrets


@pytest.fixture
def outside() -> Iterator[Path]:
    """Give a folder that the server's user can enter."""
    folder = Path(tempfile.mkdtemp(prefix="tickhouse-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def world_of(outside, environment, sandbox, chance) -> Iterator[Callable[..., World]]:
    """Return what makes a world; its server is deleted afterwards."""

    def make(**options: object) -> World:
        return World(outside, sandbox, chance, **options)

    yield make
    warehouse.reset()
