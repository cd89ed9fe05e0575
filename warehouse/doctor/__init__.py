"""`python -m warehouse doctor`: what is wrong with the warehouse, and what to type."""

from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from warehouse import plainness, settings
from warehouse.doctor import (
    access,
    clock,
    grants,
    loads,
    machine,
    origins,
    server,
    sessions,
    sources,
    tables,
)
from warehouse.doctor.finding import Finding, Findings, psql
from warehouse.errors import WarehouseError
from warehouse.postgres import connections

if TYPE_CHECKING:
    from psycopg2.extensions import connection

OUTSIDE = (machine.full_disks, machine.open_files, machine.settings_elsewhere)
INSIDE = (
    *(server.old_server, server.damaged_pages, server.bloated_tables),
    *(access.roles_and_members, access.readers_limits),
    *(access.readers_functions, access.owners, access.namesakes),
    sources.unplain,
    *(sessions.intruders, sessions.waits, sessions.overdue_readers),
    *(grants.too_much, grants.too_little),
    *(tables.lost_tables, tables.unknown_tables),
    *(tables.reads_ahead, tables.rows_ahead),
    *(loads.unknown_loads, loads.unread_loads),
    *(loads.loads_set_aside, loads.lost_rows),
    *(loads.unusable_files, loads.packages_left_behind),
    *(loads.broken_files, loads.files_ahead),
    origins.mixed_origins,
    *(clock.clock_off, clock.cursors_ahead, clock.gaps_ahead),
)
"""The checks, in the order in which what they find is best mended."""


def examine(say: Callable[[str], None]) -> list[Finding]:
    """Make all checks; return what they find. `say` gets what is worth knowing.

    Nothing is changed, and each check sees the database at one moment.
    """
    found = [finding for check in OUTSIDE for finding in check()]
    settings.activate()  # libpq would follow what was just found
    say(connections.target())
    try:
        with closing(connections.connect("transformer", "doctor")) as held:
            held.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with held:
                server.report_sizes(held, say)
            for check in INSIDE:
                found += _made(check, held)
    except WarehouseError as error:
        is_embedded = settings.kind() == "embedded"
        remedy = "python -m warehouse start" if is_embedded else "see to the server"
        found.append(Finding(str(error), remedy))
    return found


def _made(
    check: Callable[["connection"], Findings], held: "connection"
) -> list[Finding]:
    """Return what a check finds, or that the database did not let it look."""
    from psycopg2 import Error

    try:
        with held, held.cursor() as cursor:
            plainness.only_tables(cursor)
            return list(check(held))
    except Error as error:
        reason = str(error).strip().splitlines()[0]
        return [
            Finding(
                f"The check {check.__name__} could not look ({reason}).",
                psql("select current_user, version()"),
            )
        ]
