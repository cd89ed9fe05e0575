"""Tables that an earlier release filled, made what this one says they are."""

import hashlib
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import warehouse
from ingestion import ingest
from warehouse.manifest import TARGET, manifest


def upgrade() -> bool:
    """Carry all tables over, then build; return whether the build went well.

    Raw tables are made and moved by ingestion. A model's table is made anew where raw
    still has all of its pages, else it is altered where it stands. Raises
    WarehouseError, with dbt's sentence, where neither can be done.
    """
    with closing(warehouse.connect("loader")) as held:
        held.autocommit = True
        ingest.make_tables(held)
    found = _dbt("run-operation", "upgrade_tables", stdout=subprocess.PIPE)
    if found.returncode:
        raise warehouse.WarehouseError(f"Not carried over: {found.stdout.strip()}")
    tables = json.loads(found.stdout.splitlines()[-1])
    for how, names in tables.items():
        print(f"{how}: {', '.join(names) or 'none'}", flush=True)
    built = _dbt(
        *("build", "--exclude-resource-type", "unit_test"),
        *("--vars", json.dumps({"outdated": tables["Made anew"]})),
        # a parse for these is none for the dbt that is run next
        *("--target-path", str(TARGET / "upgrade")),
    )
    if built.returncode == 0:
        mark()
    return built.returncode == 0


def is_due() -> bool:
    """Return whether this warehouse may hold tables of other contracts than dbt's.

    A mark in WAREHOUSE_DIR says for which it was carried over last, so that asking
    costs nothing; a warehouse that nothing was built in has none to carry over.
    """
    is_marked = _mark().exists() and _mark().read_text() == _fingerprint()
    return not is_marked and _is_built()


def mark() -> None:
    """Mark the warehouse as being of this release, as it is once all is built."""
    _mark().write_text(_fingerprint())


def _mark() -> Path:
    return warehouse.warehouse_dir() / "contracts"


def _fingerprint() -> str:
    """Return what changes when a contract or the number of a formula does."""
    contracts = [
        (name, node["columns"], node["constraints"], node["config"]["meta"])
        for name, node in sorted(manifest()["nodes"].items())
        if node["resource_type"] == "model"
    ]
    return hashlib.sha256(json.dumps(contracts, default=str).encode()).hexdigest()


def _is_built() -> bool:
    with closing(warehouse.connect("reader")) as held, held.cursor() as cursor:
        cursor.execute("select 1 from pg_tables where schemaname = 'ops'")
        return cursor.rowcount > 0


def _dbt(*words: str, stdout: int | None = None) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("dbt"))
    return subprocess.run(  # noqa: S603 - our own program
        [program, "--quiet", *words],
        cwd=warehouse.ROOT,
        env=warehouse.environment(),
        stdout=stdout,
        text=True,
        check=False,
    )
