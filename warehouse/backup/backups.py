"""Backups: all that a warehouse's database holds, in one file by pg_dump."""

import fcntl
import glob
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL

from warehouse.backup.archives import MARK, SCHEMAS
from warehouse.doctor import access, sources
from warehouse.errors import WarehouseError
from warehouse.postgres import clients, connections


def backup(file: Path) -> int:
    """Write the warehouse as of one moment to a file; return its bytes.

    Only its owner may read it. It gets its name when it is whole, so that a killed
    backup leaves an older one as it was. Raises WarehouseError with what to do.
    """
    file = Path(os.path.abspath(file))
    _refuse_what_is_no_backup(file)
    _remove_leftovers(file)
    with _moment() as snapshot:
        _write(file, snapshot)
    _sync(file.parent)
    return file.stat().st_size


@contextmanager
def _moment() -> Iterator[str]:
    """Hold a moment in which all is as a restore can make it again; return its name.

    The transformer owns all that is built, and reads raw: a table of the loader's.
    """
    with closing(connections.connect("transformer", "backup")) as held:
        held.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with held, held.cursor() as cursor:
            cursor.execute("select pg_export_snapshot()")
            (snapshot,) = cursor.fetchone()
            for what, remedy in (*access.owners(held), *sources.unplain(held)):
                raise WarehouseError(f"No backup was made. {what} First: {remedy}")
            yield snapshot


def _write(file: Path, snapshot: str) -> None:
    handle, name = tempfile.mkstemp(".part", f".{file.name}.", file.parent)
    try:
        with open(handle, "wb") as part:
            fcntl.flock(part, fcntl.LOCK_EX)  # pg_dump keeps it, should we be killed
            _dump(snapshot, name, part.fileno())
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _dump(snapshot: str, part: str, lock: int) -> None:
    words = ["--format=custom", *(f"--schema={schema}" for schema in SCHEMAS)]
    words.append(f"--snapshot={snapshot}")
    words.append(f"--file={part}")  # to stdout it would leave out where data lie
    path = clients.program("pg_dump")
    with tempfile.TemporaryFile() as errors:
        streams = {"stdin": DEVNULL, "stdout": DEVNULL, "stderr": errors}
        login = clients.login("transformer")
        with clients.start(login, path, *words, **streams, pass_fds=[lock]) as dump:
            failed = dump.wait()
        if failed:
            raise WarehouseError(
                f"No backup was made ({clients.complaint(errors)}): fix that, then "
                "run: python -m warehouse backup"
            )


def _refuse_what_is_no_backup(file: Path) -> None:
    """Refuse to write over anything but an earlier backup."""
    if not file.parent.is_dir():
        raise WarehouseError(f"There is no folder {file.parent}: make it first.")
    if not os.path.lexists(file):
        return
    if not stat.S_ISREG(file.lstat().st_mode) or _begins(file) != MARK:
        raise WarehouseError(
            f"{file} is there and no backup: choose another name, or remove it first."
        )


def _begins(file: Path) -> bytes:
    """Return the bytes that distinguish a backup from other files."""
    with open(file, "rb") as stream:
        return stream.read(len(MARK))


def _remove_leftovers(file: Path) -> None:
    """Remove what killed backups to the same file left, unless it is being written."""
    for left in file.parent.glob(f".{glob.escape(file.name)}.*.part"):
        with suppress(OSError), open(left, "rb") as found:
            fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
