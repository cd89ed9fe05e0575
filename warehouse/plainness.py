"""Whether raw holds plain tables alone, so that nothing runs where it is read.

dbt's macro `unplain` says the same.
"""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from psycopg2.extensions import cursor

UNPLAIN = Path(__file__).with_name("unplain.sql").read_text(encoding="utf-8")

TABLES_ALONE = """
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


def tables_alone(cursor: "cursor") -> None:
    """Let the rest of a transaction read no view, and nothing through a policy."""
    cursor.execute(TABLES_ALONE)
    cursor.execute("set local row_security = off")
