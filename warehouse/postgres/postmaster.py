"""The server process on a data directory: whether it lives, and what a dead one left.

The number in postmaster.pid alone proves nothing: it outlives a kill -9 and a reboot,
and may then be anybody's. All processes of a server work in its data directory.
"""

import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.account import remove

if TYPE_CHECKING:
    import psutil

PORT, READY = 3, 7
"""Lines of postmaster.pid, from 0; READY says `ready` once connections are taken."""


def runs(data: Path) -> bool:
    """Say whether a server is on these data, answering or not yet."""
    import psutil

    try:
        process = psutil.Process(int(_lines(data)[0]))
        return _is_here(process, data) and "-D" in process.cmdline()
    except (IndexError, ValueError, psutil.Error):
        return False


def is_ready(data: Path) -> bool:
    """Say whether the server takes connections, which a dying one no longer does."""
    lines = _lines(data)
    if len(lines) <= READY or lines[READY].strip() != "ready" or not runs(data):
        return False
    with suppress(OSError), socket.create_connection(("127.0.0.1", lines[PORT]), 1):
        return True
    return False


def wait(data: Path, seconds: float) -> bool:
    """Wait for a server that is starting already; say whether it answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and runs(data):
        if is_ready(data):
            return True
        time.sleep(0.05)
    return False


def clear_wreckage(data: Path) -> None:
    """End what a killed server left behind, so that a new one starts.

    Its orphans could only finish what nobody waits for, and the log makes up for
    them. A pid file goes only if it is unreadable or its number is another process's
    now; else PostgreSQL's own check of it is the better one.
    """
    import psutil

    pid_file = data / "postmaster.pid"
    if not pid_file.exists() or runs(data):
        return
    orphans = [found for found in psutil.process_iter() if _is_here(found, data)]
    for orphan in orphans:
        with suppress(psutil.NoSuchProcess):
            orphan.kill()
    psutil.wait_procs(orphans, timeout=10)
    number = next(iter(_lines(data)), "").strip()
    if not number.isdigit() or psutil.pid_exists(int(number)):
        remove(pid_file)


def _is_here(process: "psutil.Process", data: Path) -> bool:
    import psutil

    try:
        return process.name() == "postgres" and process.cwd() == os.path.realpath(data)
    except psutil.Error:
        return False


def _lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []
