"""The machine and the versions that the figures hold for."""

import os
import platform
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

import warehouse
from benchmarks.throwaway import Rig


def description(rig: Rig) -> str:
    """Return date, machine and versions in a few lines."""
    with closing(warehouse.connect("admin")) as admin, admin.cursor() as cursor:
        cursor.execute("show server_version")
        postgres = cursor.fetchone()[0]
        cursor.execute("show shared_buffers")
        buffers = cursor.fetchone()[0]
    packages = ("dlt", "dbt-core", "dbt-postgres", "adbc-driver-postgresql", "pyarrow")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    memory = psutil.virtual_memory().total / 2**30
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    return (
        f"{now}, load average {os.getloadavg()[0]:.1f} at the start\n"
        f"{_processor()}, {psutil.cpu_count()} cores, {memory:.0f} GiB memory, "
        f"{platform.system()} {platform.release()}, data in {rig.folder}\n"
        f"PostgreSQL {postgres} (embedded, {buffers} shared buffers), "
        f"Python {platform.python_version()}, {versions}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
