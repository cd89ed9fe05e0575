"""dbt in a process of its own, which builds what has landed while more lands.

It starts with the first chunk's landing, and reads dbt's project once. What it says
and leaves is in `backfill/<system>` of WAREHOUSE_DIR.
"""

import multiprocessing
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import warehouse
from ingestion.ingest import tables_of
from ingestion.sources import KINDS, SYSTEMS
from warehouse.manifest import PARSED, TARGET

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

SPAWNS = multiprocessing.get_context("spawn")
CHUNK, REST = "chunk", "rest"
SOURCE = "source.tickhouse.raw."


class BuildError(warehouse.WarehouseError):
    """dbt could not build what had landed."""


class Builder:
    """Builds one thing at a time; a context, at whose end the process is gone."""

    def __init__(self, system: str) -> None:
        self.ours, theirs = SPAWNS.Pipe()
        folder = warehouse.warehouse_dir() / "backfill" / system
        folder.mkdir(parents=True, exist_ok=True)
        self.process = SPAWNS.Process(
            target=_work, args=(theirs, system, folder), daemon=True
        )
        self.is_busy = False
        self.process.start()
        theirs.close()

    def __enter__(self) -> Self:
        """Begin; it has begun."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process; a build that breaks off has written nothing."""
        self.ours.close()
        if self.is_busy:
            self.process.terminate()
        self.process.join()

    def begin(self, what: str) -> None:
        """Build what its kind alone reads (`chunk`), or all that reads the system.

        Waits for the build before. Raises BuildError as `wait` does.
        """
        self.wait()
        self.ours.send(what)
        self.is_busy = True

    def wait(self) -> str:
        """Wait for the build under way; return what it says of its tests.

        Raises:
            BuildError: it failed.

        """
        if not self.is_busy:
            return ""
        try:
            is_well, said = self.ours.recv()
        except EOFError:
            is_well, said = False, "dbt ended before it was done"
        self.is_busy = False
        if not is_well:
            raise BuildError(said)
        return said


def _work(ours: Connection, system: str, folder: Path) -> None:
    """Build what the parent says, until it says no more, or is gone."""
    with (folder / "output.log").open("w") as output:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(output.fileno(), stream.fileno())
    places = {
        "--project-dir": warehouse.ROOT / "dbt_project",
        "--profiles-dir": warehouse.ROOT,
        "--target-path": folder,
        "--log-path": folder,
    }
    options = ["--quiet", *(str(word) for item in places.items() for word in item)]
    if not (folder / PARSED).exists() and (TARGET / PARSED).exists():
        shutil.copy(TARGET / PARSED, folder)  # so that dbt need not parse anew
    manifest = _parsed(options)
    selected = {CHUNK: of_kind(manifest, system), REST: downstream(manifest, system)}
    while True:
        try:
            what = ours.recv()
        except EOFError:
            return
        ours.send(_build(manifest, what, [*options, "--select", *selected[what]]))


def _parsed(options: list[str]) -> "Manifest":
    from dbt.cli.main import dbtRunner

    parsed = dbtRunner().invoke(["parse", "--no-write-json", *options])
    if not parsed.success:
        raise parsed.exception or RuntimeError("dbt could not read its project")
    return parsed.result


def _build(manifest: "Manifest", what: str, options: list[str]) -> tuple[bool, str]:
    """Run dbt; return whether all went well, and what went wrong or was tested."""
    from dbt.cli.main import dbtRunner

    words = ["run"] if what == CHUNK else ["build", "--exclude-resource-type=unit_test"]
    # a copy, since dbt leaves what it has compiled
    runner = dbtRunner(manifest=manifest.deepcopy())
    done = runner.invoke([*words, "--no-write-json", *options])
    if done.result is None:
        return False, " ".join(str(done.exception).split())
    bad = [
        f"{result.node.name}: {' '.join(str(result.message).split())}"
        for result in done.result
        if result.status in ("error", "fail", "runtime error")
    ]
    tests = [result for result in done.result if result.node.resource_type == "test"]
    warned = sum(result.status == "warn" for result in tests)
    said = f"{len(tests) - warned} tests passed, {warned} warned"
    return done.success, "; ".join(bad) or said


def downstream(manifest: "Manifest", system: str) -> list[str]:
    """Return the models that read a system's pages, and those that these read."""
    return _with_upstream(manifest, _reading(manifest, [system]))


def of_kind(manifest: "Manifest", system: str) -> list[str]:
    """Return the tables of this system's kind that its pages reach, and what they read.

    What also reads pages of another kind is left for the end.
    """
    kind = next(kind for kind in KINDS.values() if system in kind)
    others = [other for other in SYSTEMS if other not in kind]
    own = _reading(manifest, [system]) - _reading(manifest, others)
    tables = {name for name in own if _kind(manifest, name) == "incremental"}
    return _with_upstream(manifest, tables)


def _reading(manifest: "Manifest", systems: Iterable[str]) -> set[str]:
    tables = [SOURCE + table for system in systems for table in tables_of(system)]
    return _reached(manifest, manifest.child_map, tables)


def _with_upstream(manifest: "Manifest", models: set[str]) -> list[str]:
    found = models | _reached(manifest, manifest.parent_map, models)
    return sorted(manifest.nodes[name].name for name in found)


def _reached(
    manifest: "Manifest", edges: Mapping[str, list[str]], starts: Iterable[str]
) -> set[str]:
    """Return the models that edges lead to, in any number of steps."""
    found: set[str] = set()
    left = [name for start in starts for name in edges[start]]
    while left:
        name = left.pop()
        if name not in found and _kind(manifest, name):
            found.add(name)
            left += edges[name]
    return found


def _kind(manifest: "Manifest", name: str) -> Any:  # noqa: ANN401 - dbt's own
    node = manifest.nodes.get(name)
    is_model = node is not None and node.resource_type == "model"
    return node.config.materialized if is_model else None
