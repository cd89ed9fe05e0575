"""Programs of others, each run in an environment of its own kind."""

import json
import os
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

import warehouse

SCRIPTS = Path(__file__).parent


@pytest.fixture
def client() -> Callable[..., dict]:
    """Return what runs a program's script and returns what it printed."""

    def run(name: str, *words: object, room: str = "clients") -> dict:
        return _printed(room, str(SCRIPTS / f"by_{name}.py"), *map(str, words))

    return run


@pytest.fixture
def snippet(house) -> Callable[..., list]:
    """Return what runs lines of Python as a reader and returns what they printed."""

    def run(lines: str, room: str = "clients") -> list:
        return _printed(room, "-c", lines, READER_URL=house.reader)

    return run


def _printed(room: str, *words: str, **settings: str) -> object:
    python = warehouse.ROOT / ".venv" / room / "bin" / "python"
    done = subprocess.run(  # noqa: S603 - our own scripts
        [str(python), *words],
        check=False,
        capture_output=True,
        env={**os.environ, **settings},
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1], parse_float=Decimal)
