"""The marts as Postgres has them: their columns and keys, and how far built."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg2.extensions import cursor

MARTS = """
select
    relname,
    oid::bigint,
    relkind in ('v', 'm'),
    coalesce(has_table_privilege(oid, 'select'), false)
from pg_class
where relnamespace = 'marts'::regnamespace and relkind in ('r', 'p', 'v', 'm')
order by 1
"""
COLUMNS = """
select
    attname,
    atttypid::regtype::text,
    case when atttypid = 'numeric'::regtype and atttypmod > 0
        then array[((atttypmod - 4) >> 16) & 65535, (atttypmod - 4) & 2047]
    end,
    attnotnull,
    col_description(attrelid, attnum)
from pg_attribute
where attrelid = %s and attnum > 0 and not attisdropped
order by attnum
"""
KEY = """
select attname
from pg_index
cross join unnest(indkey) with ordinality as keys (number, position)
inner join pg_attribute on attrelid = indrelid and attnum = keys.number
where indrelid = %s and indisprimary
order by keys.position
"""
BUILT = "select version, checksum from ops.versions where model = %s"
READ = "select version from marts.rpt_versions where model = %s"


@dataclass(frozen=True)
class Column:
    """A column: its type's name, and precision and scale of a numeric that has them."""

    name: str
    kind: str
    declared: tuple[int, int] | None
    is_required: bool
    comment: str | None


@dataclass(frozen=True)
class Mart:
    """A mart as of one moment.

    `version` is the ledger's, of a view the sum of those of what it reads; None where
    the ledger has none. `made` changes with another table, or another view.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    is_view: bool
    version: int | None
    made: str

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        return next(column for column in self.columns if column.name == name)


def names(asking: "cursor") -> dict[str, bool]:
    """Return the marts by name, and whether this role may read each."""
    asking.execute(MARTS)
    return {name: may_read for name, _, _, may_read in asking.fetchall()}


def mart(asking: "cursor", name: str) -> Mart:
    """Return a mart; the first question of a transaction is its moment."""
    asking.execute(BUILT, (name,))
    built = asking.fetchone()
    asking.execute(MARTS)
    known = {row[0]: row[1:] for row in asking.fetchall()}
    oid, is_view, _ = known[name]
    asking.execute(COLUMNS, (oid,))
    columns = tuple(
        Column(column, kind, tuple(declared) if declared else None, required, comment)
        for column, kind, declared, required, comment in asking.fetchall()
    )
    asking.execute(KEY, (oid,))
    key = tuple(column for (column,) in asking.fetchall())
    version, made = (built[0] if built else None), f"{oid}"
    if is_view:
        made = f"{oid} {built[1] if built else ''}"
        version = _version_of_view(asking, name) if "rpt_versions" in known else None
    return Mart(name, columns, key, is_view, version, made)


def _version_of_view(asking: "cursor", name: str) -> int | None:
    asking.execute(READ, (name,))
    found = asking.fetchone()
    return int(found[0]) if found else None
