"""Whether raw holds plain tables only, so that nothing runs where it is read.

What that is dbt's macro `unplain` says.
"""

import re
from typing import TYPE_CHECKING, NamedTuple

from warehouse import settings

if TYPE_CHECKING:
    from psycopg2.extensions import cursor

MACRO = settings.ROOT / "dbt_project" / "macros" / "ledger" / "unplain.sql"
UNPLAIN = re.search(r"%}(.*){%", MACRO.read_text(encoding="utf-8"), re.DOTALL)[1]
ONLY_TABLES = """
select set_config(name, 'view, foreign-table', true)
from pg_settings
where name = 'restrict_nonsystem_relation_kind'
"""


class Unplain(NamedTuple):
    """Something in raw, and what may run when it is read."""

    name: str
    why: str


def unplain(cursor: "cursor") -> list[Unplain]:
    """Return what in raw is no plain table of the loader's."""
    cursor.execute(UNPLAIN)
    return [Unplain(*row) for row in cursor.fetchall()]


def only_tables(cursor: "cursor") -> None:
    """Let the rest of a transaction read no view, and nothing through a policy."""
    cursor.execute(ONLY_TABLES)
    cursor.execute("set local row_security = off")
