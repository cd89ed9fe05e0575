"""Schemas of a developer's own, so that trying something overwrites no mart."""

import os
import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse import settings
from warehouse.errors import WarehouseError
from warehouse.postgres.connections import connect
from warehouse.postgres.roles import OPTIONS

if TYPE_CHECKING:
    from psycopg2.extensions import connection

SCRIPT = Path(__file__).with_name("develop.sql")
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def develop(name: str, drops: bool = False) -> None:
    """Make and grant `<name>_staging`, `<name>_marts` and the like, or drop them.

    The embedded server's administrator does it; for another server the one whose URL
    is in ADMIN_URL. Raises WarehouseError for a name that can't be a schema's, or is a
    layer's own, and where there is no administrator.
    """
    if not NAME.fullmatch(name) or name in ("marts", "pg"):
        raise WarehouseError(
            f"{name!r} can't name a developer's schemas: use up to 40 small letters, "
            "digits and _, beginning with a letter, and not marts."
        )
    with closing(_as_admin()) as admin, admin, admin.cursor() as cursor:
        for setting, value in (("developer", name), ("drops", str(drops))):
            cursor.execute(
                "select set_config(%s, %s, true)", (f"tickhouse.{setting}", value)
            )
        cursor.execute(SCRIPT.read_text(encoding="utf-8"))


def _as_admin() -> "connection":
    import psycopg2

    if settings.kind() == "embedded":
        return connect("admin")
    url = os.environ.get("ADMIN_URL")
    if not url:
        raise WarehouseError(
            "On a server of your own an administrator makes schemas: say it with "
            "ADMIN_URL=postgresql://… in the environment of this one command."
        )
    try:
        return psycopg2.connect(url, connect_timeout=10, options=OPTIONS)
    except psycopg2.Error as error:
        raise WarehouseError(
            "No connection by ADMIN_URL: check the address, the user and its password."
        ) from error
