"""A folder in memory for all that tests write, since none of it outlives them.

On a disk a third of a test's time is waiting for files to be made: a database has 300,
and Dagster and the servers of houses wait for each commit to be on it.
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

import psutil

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
NAME = "tickhouse-pytest-"
ROOM = 4 * 2**30


def folder() -> Path | None:
    """Make one, locked while we live; None where there is no room, as in a container.

    Those that nobody holds any more, such as a failed run's, are deleted before.
    """
    for left in MEMORY.glob(f"{NAME}*"):
        if left.stat().st_uid == os.getuid() and _is_locked(left):
            shutil.rmtree(left, ignore_errors=True)
    if not _has_room():
        return None
    made = Path(tempfile.mkdtemp(prefix=NAME, dir=MEMORY))
    made.chmod(0o755)  # servers have another user if we are root
    _is_locked(made)
    return made


def _has_room() -> bool:
    """Say whether it has, and programs may be run there: servers of ours are copied."""
    if not MEMORY.is_dir() or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return False
    free = shutil.disk_usage(MEMORY).free
    return min(free, psutil.virtual_memory().available) >= ROOM


def _is_locked(path: Path) -> bool:
    """Lock a folder until this process ends; say whether it was free."""
    held = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return False
    return True
