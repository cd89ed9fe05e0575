"""The machine: files that hold secrets, and settings that lead elsewhere."""

import os
import shutil
from pathlib import Path
from shlex import quote

from warehouse import env_file, settings
from warehouse.doctor.finding import Finding, Findings

LEAST_FREE = 2**30
KEPT = ("WAREHOUSE_DIR", "DLT_DATA_DIR")
"""What a user may set; the others only the warehouse's own block."""


def open_files() -> Findings:
    """Find files and folders that hold secrets or data and that others can read."""
    directory = settings.warehouse_dir()
    secrets = {settings.ROOT / name for name in (".env", "compose.env")}
    secrets.add(settings.env_path(directory))
    secrets.add(directory / "server.json")
    for path in sorted(secrets):
        yield from _open(path, 0o600)
    for name in ("dlt", "dagster"):
        yield from _open(directory / name, 0o700)


def _open(path: Path, wanted: int) -> Findings:
    if path.exists() and path.stat().st_mode & 0o077:
        yield Finding(
            f"{path} is open to others ({path.stat().st_mode & 0o777:o}).",
            f"chmod {wanted:o} {quote(str(path))}",
        )


def full_disks() -> Findings:
    """Find a disk of ours that is nearly full, or too full to go on by itself."""
    seen = set()
    for folder in (settings.warehouse_dir(), settings.ROOT):
        if not folder.exists() or folder.stat().st_dev in seen:
            continue
        seen.add(folder.stat().st_dev)
        disk = shutil.disk_usage(folder)
        if disk.free < max(LEAST_FREE, disk.total / 10):
            yield Finding(
                f"The disk of {folder} has {disk.free / 2**30:.1f} GB left, of "
                f"{disk.total / 2**30:.1f}.",
                f"free some of it, or move WAREHOUSE_DIR: df -h {quote(str(folder))}",
            )


def settings_elsewhere() -> Findings:
    """Find variables by which a plain dbt, dlt or dagster would go elsewhere.

    Our own commands follow `warehouse.environment`; other tools take what is exported,
    else what `.env` says.
    """
    values = settings.environment()
    for name, value in sorted(os.environ.items()):
        if _leads_elsewhere(name, value, values):
            yield Finding(
                f"{name} is exported and not the warehouse's: a plain dbt, dlt or "
                "dagster would follow it.",
                f"unset {name}",
            )
    path = settings.ROOT / ".env"
    for name, value in sorted(env_file.read(path).lines.items()):
        if _leads_elsewhere(name, value, values):
            yield Finding(
                f"{path} sets {name} below the marked block, and not as the warehouse "
                "has it: a plain dbt, dlt or dagster would follow it. What docker "
                "compose needs is in compose.env.",
                # as a comment, since it may be the only copy of a password
                f"sed -i 's/^{name}=/#&/' {quote(str(path))}; "
                "python -m warehouse start",
            )


def _leads_elsewhere(name: str, value: str, values: dict[str, str]) -> bool:
    if name in KEPT or values.get(name) == value:
        return False
    is_embedded = values["WAREHOUSE"] == "embedded"
    return name in settings.OWNED or settings.leads_astray(name, is_embedded)
