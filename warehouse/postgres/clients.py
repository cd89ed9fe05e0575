"""PostgreSQL's own programs as a role; its password comes only by the environment."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import closing
from typing import IO

from warehouse import settings
from warehouse.postgres import binaries, connections, roles
from warehouse.urls import variables_of


def login(role: str) -> dict[str, str]:
    """Return an environment in which libpq's programs log in as a role."""
    values = {**settings.environment(), **variables_of(connections.url(role))}
    if role == connections.ADMIN:
        values["PGOPTIONS"] = roles.OPTIONS
    return values


def program(name: str) -> str:
    """Return the path of a program that can talk to the warehouse.

    The bundled ones have no TLS, so for a server of the user's own those of the PATH
    come first, unless they are older than it: pg_dump refuses a newer server.
    """
    if settings.kind() == "embedded":
        return _bundled(name)
    with closing(connections.connect()) as server:
        return _newest(name, server.server_version // 10000)


def shell() -> str:
    """Return the path of the psql for a person.

    The bundled one has no line editing, so that of the PATH comes first, unless it is
    older than the server. On a server of the user's own it does even then, for its TLS.
    """
    if settings.kind() == "server":
        return shutil.which("psql") or _bundled("psql")
    return _newest("psql", int(binaries.major()))


def _newest(name: str, wanted: int) -> str:
    """Return the path of the PATH's program, of the bundled one if that is older."""
    found = shutil.which(name)
    return found if found and _major(found) >= wanted else _bundled(name)


def _bundled(name: str) -> str:
    return str(binaries.installed() / name)


def _major(path: str) -> int:
    """Return the major version that a program says it has."""
    said = subprocess.run(  # noqa: S603 - a program of PostgreSQL's
        [path, "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"\d+", said)
    return int(found.group()) if found else 0


def start(
    login: Mapping[str, str], path: str, *words: str, **streams: object
) -> subprocess.Popen[bytes]:
    """Begin a program by a login's environment; it never asks for a password."""
    return subprocess.Popen(  # noqa: S603 - a program of PostgreSQL's
        [path, "--no-password", *words], env={**login, "LC_ALL": "C"}, **streams
    )


def complaint(stream: IO[bytes]) -> str:
    """Return the first error that a program wrote, or its last line."""
    stream.seek(0)
    lines = stream.read().decode(errors="replace").strip().splitlines()
    errors = [line for line in lines if "error" in line.lower()] or lines[-1:]
    return errors[0] if errors else "it gave no reason"
