"""The embedded server's postgresql.conf and pg_hba.conf.

Written anew at each start: what any server of ours has, from the postgresql.conf beside
this file, then what this one has. What a user sets with ALTER SYSTEM wins over it.
"""

import shutil
from pathlib import Path

MEGABYTE = 1024**2

ACCESS = "host all all 127.0.0.1/32 scram-sha-256\n"
"""pg_hba.conf: nobody without a password, and only from this machine."""

SHARED = Path(__file__).parent / "postgresql.conf"
SETTINGS = {
    # reached how
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    # the log: one file a weekday, overwritten a week later
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
    head = "# Written at each start: use ALTER SYSTEM instead."
    return "\n".join([head, SHARED.read_text(), *lines, ""])


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
