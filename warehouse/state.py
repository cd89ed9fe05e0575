"""What one WAREHOUSE_DIR remembers about its embedded server: `server.json`."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from warehouse.account import warehouse_folder
from warehouse.env_file import replace
from warehouse.errors import WarehouseError
from warehouse.waiting import waiting_for


class DamagedStateError(WarehouseError):
    """The file is there and can't be understood."""


@dataclass
class State:
    """Where the data are, how they are reached and how far the set-up came."""

    home: str
    """The folder of the server's files, `.` for WAREHOUSE_DIR itself."""
    port: int
    passwords: dict[str, str] = field(repr=False)
    initialised: bool = False
    provisioned: str = ""
    """Fingerprint of the role script that ran last."""


def load(directory: Path) -> State | None:
    """Return the state of a WAREHOUSE_DIR, None before its first start.

    Raises WarehouseError for what another user wrote: it names files and passwords.
    """
    path = directory / "server.json"
    try:
        if path.stat().st_uid != os.geteuid():
            raise _foreign(path)
        return State(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise _foreign(path) from error
    except (ValueError, TypeError) as error:
        raise DamagedStateError(
            f"{path} is damaged: restore it, or delete the warehouse with "
            "python -m warehouse reset"
        ) from error


def save(directory: Path, state: State) -> None:
    """Write the state, readable by its owner only."""
    replace(directory / "server.json", json.dumps(asdict(state), indent=2) + "\n")


@contextmanager
def exclusive(directory: Path) -> Iterator[int]:
    """Let one command at a time change a WAREHOUSE_DIR; yield the lock's handle.

    A child that inherits the handle keeps the lock until it ends, and a killed
    holder's lock goes with it.
    """
    warehouse_folder(directory)
    path = directory / "lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, mode=0o600)
    except PermissionError as error:
        raise _foreign(path) from error
    try:
        with waiting_for(f"another command that is at work on {directory}"):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def _foreign(path: Path) -> WarehouseError:
    return WarehouseError(
        f"{path} belongs to another user: run this as that user, or set "
        "WAREHOUSE_DIR to a folder of your own."
    )
