"""A backup's file: whether it is one, and what pg_restore makes of it."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from subprocess import PIPE
from typing import IO

from warehouse import clients
from warehouse.errors import WarehouseError

SCHEMAS = ("raw", "staging", "intermediate", "marts", "ops")
MARK = b"PGDMP"
"""How every file of pg_dump's custom format begins."""


@contextmanager
def opened(file: Path) -> Iterator[IO[bytes]]:
    """Open a backup and look into it.

    Raises WarehouseError unless it is one, and nobody else could have changed it:
    what it says is done, by the embedded server's superuser.
    """
    if not file.is_file():  # a pipe would be waited for
        raise _no_backup(file)
    with open(file, "rb", buffering=0) as archive:  # a child reads on where we are
        found = os.fstat(archive.fileno())
        if archive.read(len(MARK)) != MARK:
            raise _no_backup(file)
        if found.st_uid not in (0, os.geteuid()) or found.st_mode & 0o022:
            raise WarehouseError(
                f"{file} could have been changed by others: make a copy of your own "
                f"(install -m 600 {quote(str(file))} COPY), and restore that if you "
                "trust it."
            )
        contents = _contents(archive)
        if not all(f" SCHEMA - {name} " in contents for name in SCHEMAS):
            raise _no_backup(file)
        yield archive


@contextmanager
def reading(
    archive: IO[bytes], *words: str
) -> Iterator[tuple[IO[bytes], Callable[[], None]]]:
    """Begin pg_restore; give its output, and what raises unless it ended well.

    Without that call what was sent is never committed.
    """
    path = clients.program("pg_restore")
    archive.seek(0)
    with tempfile.TemporaryFile() as errors:
        program = clients.start(
            "transformer", path, *words, stdin=archive, stdout=PIPE, stderr=errors
        )

        def end() -> None:
            if program.wait():
                why = clients.complaint(errors)
                raise WarehouseError(f"The backup can't be read ({why}): take another.")

        with program:
            yield program.stdout, end


def _contents(archive: IO[bytes]) -> str:
    """Return the backup's table of contents; raises WarehouseError if it has none."""
    with reading(archive, "--list") as (stream, end):
        contents = stream.read().decode(errors="replace")
        end()
    return contents


def _no_backup(file: Path) -> WarehouseError:
    return WarehouseError(
        f"{file} is no backup of a warehouse: give one that python -m warehouse "
        "backup has written."
    )
