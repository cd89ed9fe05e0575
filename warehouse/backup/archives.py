"""A backup's file: whether it is one, and what pg_restore makes of it."""

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from subprocess import PIPE
from typing import IO

from warehouse.errors import WarehouseError
from warehouse.postgres import clients

SCHEMAS = ("raw", "staging", "intermediate", "marts", "ops")
MARK = b"PGDMP"
"""How every file of pg_dump's custom format begins."""


LINE = re.compile(
    rf"\d+; \d+ \d+ (?P<kind>[A-Z][A-Z ]*?) (?P<schema>-|{'|'.join(SCHEMAS)}) "
    r"(?P<name>.*)"
)
"""How pg_restore lists a thing."""
PLAIN = {"TABLE", "TABLE DATA", "CONSTRAINT", "INDEX", "ACL", "DEFAULT ACL", "COMMENT"}
"""What raw has in a backup: tables, whose reading runs nothing."""


class Archive:
    """A backup that is open, and its things: those of raw, and what is built of it."""

    def __init__(self, stream: IO[bytes], parts: Mapping[str, str]) -> None:
        self.stream = stream
        self.parts = parts

    @contextmanager
    def reading(
        self, part: str, section: str
    ) -> Iterator[tuple[IO[bytes], Callable[[], None]]]:
        """Begin pg_restore on a part, without its owners, as `reading` does."""
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as chosen:
            chosen.write(self.parts[part])
            chosen.flush()
            words = ("--file=-", "--no-owner", f"--section={section}")
            with reading(self.stream, *words, f"--use-list={chosen.name}") as begun:
                yield begun


@contextmanager
def opened(file: Path) -> Iterator[Archive]:
    """Open a backup and look into it.

    Raises WarehouseError unless it is one, and nobody else could have changed it:
    what it says is done, by the roles that own all data.
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
        yield Archive(archive, _parts(contents))


@contextmanager
def reading(
    archive: IO[bytes], *words: str
) -> Iterator[tuple[IO[bytes], Callable[[], None]]]:
    """Begin pg_restore; return its output, and what raises unless it ended well.

    Without that call what was sent is never committed.
    """
    path = clients.program("pg_restore")
    archive.seek(0)
    with tempfile.TemporaryFile() as errors:
        program = clients.start(
            clients.login("transformer"),
            path,
            *words,
            stdin=archive,
            stdout=PIPE,
            stderr=errors,
        )

        def end() -> None:
            if program.wait():
                why = clients.complaint(errors)
                raise WarehouseError(f"The backup can't be read ({why}): take another.")

        with program:
            yield program.stdout, end


def _parts(contents: str) -> dict[str, str]:
    """Return the lines of what is restored: of raw, and of all that is built of it.

    Schemas exist; what else has none, such as an extension, is an administrator's.
    """
    parts = {"raw": [], "built": []}
    for line in contents.splitlines():
        found = LINE.fullmatch(line)
        if not found or (found["schema"] == "-" and found["kind"] != "ACL"):
            continue
        if found["schema"] == "-":
            schema = found["name"].removeprefix("SCHEMA ").partition(" ")[0]
        else:
            schema = found["schema"]
        if schema == "raw" and found["kind"] not in PLAIN:
            raise WarehouseError(
                f"The backup has in raw more than plain tables ({found['kind']} "
                f"raw.{found['name']}), and that could run with the rights of its "
                "readers: take another."
            )
        if schema in SCHEMAS:
            parts["raw" if schema == "raw" else "built"].append(line)
    return {part: "\n".join(lines) + "\n" for part, lines in parts.items()}


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
