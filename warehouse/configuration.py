"""The embedded server's postgresql.conf and pg_hba.conf.

Written anew at each start. What a user sets with ALTER SYSTEM wins over it.
"""

import shutil
from pathlib import Path

MEGABYTE = 1024**2

ACCESS = "host all all 127.0.0.1/32 scram-sha-256\n"
"""pg_hba.conf: nobody without a password, and only from this machine."""

SETTINGS = {
    # reached how
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": 100,
    "password_encryption": "scram-sha-256",
    # memory: beside dlt, dbt and Dagster on one machine
    "shared_memory_type": "mmap",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    # writing: large loads without a checkpoint every minute; fsync stays on
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    # planning: solid-state disks, and a build that has no JIT
    "random_page_cost": 1.1,
    "jit": "off",
    # knowing
    "shared_preload_libraries": "pg_stat_statements",
    "track_io_timing": "on",
    "timezone": "UTC",
    # the log: one file a weekday, overwritten a week later
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u %a ",
    "logging_collector": "on",
    "log_filename": "server-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": 0,
    "log_truncate_on_rotation": "on",
}


def postgresql_conf(port: int, access: Path, logs: Path) -> str:
    """Return the text of postgresql.conf for this machine."""
    settings = {
        **SETTINGS,
        "port": port,
        "hba_file": access,
        "log_directory": logs,
        "shared_buffers": f"{min(512, _memory() // 4 // MEGABYTE)}MB",
        "effective_cache_size": f"{_memory() // 2 // MEGABYTE}MB",
        "dynamic_shared_memory_type": _dynamic_shared_memory(),
    }
    lines = [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    return "\n".join(["# Written at each start: use ALTER SYSTEM instead.", *lines, ""])


def _quoted(value: object) -> str:
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"


def _memory() -> int:
    """Return the bytes that this machine, or our container, has."""
    import psutil

    limits = [psutil.virtual_memory().total]
    for path in (
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ):
        try:
            limits.append(int(Path(path).read_text()))
        except (OSError, ValueError):
            continue
    return min(limits)


def _dynamic_shared_memory() -> str:
    """Return `mmap` where /dev/shm is too small for parallel queries (containers)."""
    try:
        return "posix" if shutil.disk_usage("/dev/shm").total > 2**30 else "mmap"  # noqa: S108 - only measured
    except OSError:
        return "posix"
