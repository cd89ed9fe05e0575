"""dbt's manifest of this project, parsed anew where it is not up to date."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from warehouse.settings import ROOT

PROJECT = ROOT / "dbt_project"
TARGET = PROJECT / "target"
PARSED = "partial_parse.msgpack"
SERVER = ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER")
Manifest = dict[str, Any]


def manifest(target: Path = TARGET) -> Manifest:
    """Return dbt's manifest, parsed anew where a file of the project is newer.

    And where it was parsed for another server: dbt would then parse in each run. And
    where it is half a one, or one of a developer's own schemas, since a dbt that is run
    by hand writes it in place. `dbt docs generate` leaves a parse without unit tests,
    which no other dbt can go on from: that alone is made anew, and the docs stay.
    """
    path, stamp = target / "manifest.json", target / "parsed_for"
    sources = [ROOT / "profiles.yml", *PROJECT.glob("*.yml")]
    for folder in ("models", "macros", "tests", "seeds", "functions"):
        sources += (PROJECT / folder).rglob("*.*")
    newest = max(source.stat().st_mtime for source in sources)
    is_parsed = path.exists() and stamp.exists() and stamp.read_text() == server()
    if not is_parsed or path.stat().st_mtime < newest:
        _parse(target)
        stamp.write_text(server())  # dbt may have loaded a .env
    try:
        parsed = json.loads(path.read_bytes())
    except ValueError:
        parsed = None
    if parsed is None or _is_a_developers(parsed):
        _parse(target)
        parsed = json.loads(path.read_bytes())
    if not parsed["unit_tests"] and _is_older(target / PARSED, path):
        _parse(target, [PARSED])
    return parsed


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


def _is_older(path: Path, other: Path) -> bool:
    return not path.exists() or path.stat().st_mtime < other.stat().st_mtime


def _parse(target: Path, wanted: Sequence[str] = ()) -> None:
    """Parse aside, since others may be reading what was parsed before.

    Of what dbt writes only the `wanted` files are taken, where some are named.
    """
    from dbt.cli.main import dbtRunner  # seldom needed, and slow to import

    target.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=target) as folder:
        if (target / PARSED).exists():
            shutil.copy(target / PARSED, folder)
        places = {
            "--project-dir": PROJECT,
            "--profiles-dir": ROOT,
            "--target-path": folder,
        }
        options = [str(word) for place in places.items() for word in place]
        parsed = dbtRunner().invoke(["parse", "--quiet", *options])
        if not parsed.success:
            raise parsed.exception
        for file in Path(folder).iterdir():
            if not wanted or file.name in wanted:
                file.replace(target / file.name)
