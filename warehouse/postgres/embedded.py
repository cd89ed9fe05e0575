"""The embedded server of one WAREHOUSE_DIR, from nothing to taking connections."""

import logging
import os
import secrets
import socket
import zlib
from contextlib import closing
from pathlib import Path

from warehouse import settings, state
from warehouse.account import choose_home, private_folder, server_account
from warehouse.errors import WarehouseError
from warehouse.postgres import connections, postmaster, roles
from warehouse.postgres.cluster import Cluster
from warehouse.waiting import PATIENCE, waiting_for

PORTS = range(20000, 30000)
"""Below the range from which systems draw ports for outgoing connections."""
SHELL = "'\"`$\\\n"
"""What a path may not have: pg_ctl gives it to a shell, in quotes."""

log = logging.getLogger(__name__)


def cluster(directory: Path) -> Cluster:
    """Return the server's files and process, whether they are there or not yet."""
    account = server_account()
    try:
        known = state.load(directory)
    except state.DamagedStateError:
        known = None
    home = directory / known.home if known else choose_home(directory, account)
    return Cluster(home, account)


def ensure(directory: Path, lock: int) -> None:
    """See to it that the server runs, with its roles; the caller holds `lock`."""
    here = cluster(directory)
    if set(SHELL) & set(str(here.home)):
        raise WarehouseError(
            f"PostgreSQL can't be run in {str(here.home)!r}, whose name has quotes, "
            "dollars, backslashes or line breaks: set WAREHOUSE_DIR to a folder "
            "without them."
        )
    if here.home != directory:
        private_folder(here.home, os.geteuid(), here.account.gid)
    known = state.load(directory) or _first_state(directory, here)
    if here.exists():
        here.check()
    elif known.initialised:
        raise WarehouseError(
            f"The data of this warehouse are gone from {here.data}: bring them back, "
            "or start over with python -m warehouse reset, then start, and restore "
            "FILE if there is a backup"
        )
    else:
        here.initialise(known.passwords[connections.ADMIN], lock)
    if not known.initialised:
        known.initialised = True
        state.save(directory, known)
    if settings.EXPORTER not in known.passwords:  # made before there was one
        known.passwords[settings.EXPORTER] = secrets.token_hex(16)
        state.save(directory, known)
    _run(directory, here, known)
    if known.provisioned != roles.fingerprint() or not _log_in(known):
        _provision(known)
        known.provisioned = roles.fingerprint()
        state.save(directory, known)


def _first_state(directory: Path, here: Cluster) -> state.State:
    """Choose port and passwords, and save them before anything depends on them."""
    if here.exists():
        raise WarehouseError(
            f"{here.data} holds data of an earlier warehouse whose passwords are "
            "gone: delete it with python -m warehouse reset"
        )
    names = (*settings.LOGINS, connections.ADMIN)
    first = PORTS[zlib.crc32(str(directory).encode()) % len(PORTS)]
    known = state.State(
        home="." if here.home == directory else str(here.home),
        port=_free_port(first),
        passwords={name: secrets.token_hex(16) for name in names},
    )
    state.save(directory, known)
    return known


def _run(directory: Path, here: Cluster, known: state.State) -> None:
    """Start the server unless it runs, on its kept port or, if taken, another."""
    for _ in range(3):
        with waiting_for("the server, which is starting, to answer"):
            if postmaster.wait(here.data, PATIENCE):
                return
        postmaster.clear_wreckage(here.data)
        port = _free_port(known.port)
        if port != known.port:
            log.warning("Port %d is taken: now it is %d.", known.port, port)
            known.port = port
            state.save(directory, known)
        if here.launch(port):
            return
    raise WarehouseError(
        f"The server did not start ({here.complaint()}): look into {here.folder}/log"
    )


def _provision(known: state.State) -> None:
    passwords = {role: known.passwords[role] for role in settings.LOGINS}
    with closing(connections.connect(connections.ADMIN, database="postgres")) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            for database in ("postgres", "template1"):
                cursor.execute(f"revoke all on database {database} from public")
            # also of whoever logs in by the URL alone
            cursor.execute(
                f"alter role {connections.ADMIN} set search_path = {roles.PINNED}"
            )
        roles.provision(admin, settings.DATABASE, passwords)


def _log_in(known: state.State) -> bool:
    """Say whether the roles have their passwords: each may set another for itself."""
    import psycopg2

    for role in settings.LOGINS:
        try:
            psycopg2.connect(
                **{**connections.UNMISTAKABLE, "host": "127.0.0.1"},
                **{"port": known.port, "dbname": settings.DATABASE, "user": role},
                password=known.passwords[role],
            ).close()
        except psycopg2.OperationalError as error:
            if "password authentication failed" in str(error):
                return False
    return True


def _free_port(wanted: int) -> int:
    """Return the wanted port or, if somebody has it, the next free one."""
    offset = wanted - PORTS.start
    for step in range(len(PORTS)):
        port = PORTS[(offset + step) % len(PORTS)]
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise WarehouseError(
        f"No port from {PORTS.start} to {PORTS.stop - 1} is free: free one."
    )
