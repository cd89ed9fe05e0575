"""The files that a run is made of, and what changes when one of them does."""

import os
from collections.abc import Iterator
from pathlib import Path

import warehouse
from warehouse import manifest
from warehouse.settings import env_path

PACKAGES = ("warehouse", "ingestion", "orchestration")


def stamp() -> frozenset[tuple[str, int]]:
    """Return the sources and settings that there are, each with its time of change.

    Not the newest time alone: a file that was deleted, or put back as it was, counts.
    """
    return frozenset(
        (str(path), path.stat().st_mtime_ns) for path in _files() if path.exists()
    )


def _files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (warehouse.ROOT / package).rglob("*.py")
    yield from manifest.sources()
    yield warehouse.ROOT / "requirements.lock"
    # the one that Dagster loads where it was started, and the warehouse's
    yield Path(os.getcwd(), ".env")
    yield warehouse.ROOT / ".env"
    yield env_path(warehouse.warehouse_dir())
