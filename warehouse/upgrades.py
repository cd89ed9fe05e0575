"""Tables that an earlier release filled, made what their models say by now."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from warehouse.connections import connect
from warehouse.errors import WarehouseError
from warehouse.settings import ROOT, environment, warehouse_dir


def upgrade() -> int:
    """Carry all tables over to their contracts, then build; return dbt's exit status.

    A table is made anew where raw still has all of its pages, else it is altered where
    it stands. Raises WarehouseError, with dbt's sentence, where neither can be done.
    """
    found = _dbt("run-operation", "upgrade_tables", "--quiet", stdout=subprocess.PIPE)
    if found.returncode:
        raise WarehouseError(f"Not carried over: {found.stdout.strip()}")
    tables = json.loads(found.stdout.splitlines()[-1])
    if not any(tables.values()):
        print("All tables are what their models say.")
        return 0
    variables = json.dumps({"outdated": tables["outdated"]})
    return _dbt(
        "build", "--exclude-resource-type", "unit_test", "--vars", variables
    ).returncode


def is_due(manifest: Mapping[str, Any]) -> bool:
    """Return whether this warehouse may hold tables of other contracts than dbt's.

    A mark in WAREHOUSE_DIR tells for which it was carried over last, so that asking
    costs nothing; a warehouse that nothing was built in has none to carry over.
    """
    mark = _mark()
    is_done = mark.exists() and mark.read_text() == _fingerprint(manifest)
    return not is_done and _is_built()


def note_done(manifest: Mapping[str, Any]) -> None:
    """Note that all tables are what the manifest's contracts say."""
    _mark().write_text(_fingerprint(manifest))


def _mark() -> Path:
    return warehouse_dir() / "contracts"


def _fingerprint(manifest: Mapping[str, Any]) -> str:
    contracts = [
        (name, node["columns"], node["constraints"], node["config"]["meta"])
        for name, node in sorted(manifest["nodes"].items())
        if node["resource_type"] == "model"
    ]
    return hashlib.sha256(json.dumps(contracts, default=str).encode()).hexdigest()


def _is_built() -> bool:
    with closing(connect("reader")) as held, held.cursor() as cursor:
        cursor.execute("select 1 from pg_tables where schemaname = 'ops'")
        return cursor.rowcount > 0


def _dbt(*words: str, stdout: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run the dbt of this environment on the project; its log is its own."""
    program = str(Path(sys.executable).with_name("dbt"))
    return subprocess.run(  # noqa: S603 - our own program
        [program, *words],
        cwd=ROOT,
        env=environment(),
        stdout=stdout,
        text=True,
        check=False,
    )
