"""dbt's manifest of this project, parsed anew where it is not up to date."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from warehouse.settings import ROOT

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest as ParsedManifest

PROJECT = ROOT / "dbt_project"
TARGET = PROJECT / "target"
PARSED = "partial_parse.msgpack"
KEPT = "parsed.msgpack"
"""Our own copy, since a dbt by hand leaves a parse for its `--vars` or its server."""
SERVER = ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER")
Manifest = dict[str, Any]


def manifest(target: Path = TARGET) -> Manifest:
    """Return dbt's manifest, parsed anew where a file of the project is newer.

    And where it was parsed for another server: dbt would then parse in each run. And
    where it is half a one, or one of a developer's own schemas, since a dbt that is run
    by hand writes it in place. `dbt docs generate` leaves a parse without unit tests,
    which no other dbt can go on from: that alone is made anew, and the docs stay.

    Beside it lies a parse that our dbts go on from, whatever a dbt by hand leaves.
    """
    path, stamp = target / "manifest.json", target / "parsed_for"
    newest = max(source.stat().st_mtime for source in sources())
    is_parsed = stamp.exists() and stamp.read_text() == server()
    if not is_parsed or min(map(_written, (path, target / KEPT))) < newest:
        _parse(target)
        stamp.write_text(server())  # dbt may have loaded a .env
    try:
        parsed = json.loads(path.read_bytes())
    except ValueError:
        parsed = None
    if parsed is None or _is_a_developers(parsed):
        _parse(target)
        parsed = json.loads(path.read_bytes())
    if not parsed["unit_tests"] and _written(target / PARSED) < _written(path):
        _parse(target, [PARSED])
    return parsed


def parse() -> "ParsedManifest":
    """Return the project as dbt parses it, and leave what others read as it is."""
    with TemporaryDirectory() as folder:
        return _parse_into(Path(folder), TARGET)


def sources() -> list[Path]:
    """Return the files that dbt parses."""
    found = [ROOT / "profiles.yml", *PROJECT.glob("*.yml")]
    for folder in ("models", "macros", "tests", "seeds", "functions"):
        found += (PROJECT / folder).rglob("*.*")
    return found


def server() -> str:
    """Return what dbt takes for its server, whose change lets it parse anew."""
    return " ".join(os.environ.get(name, "") for name in SERVER)


def _is_a_developers(manifest: Manifest) -> bool:
    """Say whether dbt parsed for other schemas than those that BI reads."""
    schemas = {
        node["schema"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    return not schemas <= {"staging", "intermediate", "marts"}


def _written(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else 0


def _parse(target: Path, wanted: Sequence[str] = ()) -> None:
    """Parse aside, since others may be reading what was parsed before.

    Of what dbt writes only the `wanted` files are taken, where some are named.
    """
    target.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=target) as folder:
        _parse_into(Path(folder), target)
        shutil.copy(Path(folder, PARSED), Path(folder, KEPT))
        for file in Path(folder).iterdir():
            if not wanted or file.name in wanted:
                file.replace(target / file.name)


def _parse_into(folder: Path, before: Path) -> "ParsedManifest":
    """Parse into a folder, from what was parsed before."""
    from dbt.cli.main import dbtRunner  # seldom needed, and slow to import

    earlier = [before / name for name in (KEPT, PARSED) if (before / name).exists()]
    for path in earlier[:1]:
        shutil.copy(path, folder / PARSED)
    places = {
        "--project-dir": PROJECT,
        "--profiles-dir": ROOT,
        "--target-path": folder,
    }
    options = [str(word) for place in places.items() for word in place]
    done = dbtRunner().invoke(["parse", "--quiet", *options])
    if not done.success:
        raise done.exception
    return done.result
