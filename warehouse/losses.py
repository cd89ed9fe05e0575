"""What raw tables have lost: loads that are noted, and whose rows are gone.

As after dlt's own `pipeline ... drop`, or a truncate. The staging models that read
them have them still; a full refresh would lose them.
"""

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from warehouse import plainness

if TYPE_CHECKING:
    from psycopg2.extensions import connection

KNOWN = "staging.stg_loads__tables", "staging.stg_fetches", "raw._dlt_loads"
EXIST = "select bool_and(to_regclass(name) is not null) from unnest(%s) as names (name)"
TABLES = r"""
select distinct table_name, to_regclass('raw.' || quote_ident(table_name)) is not null
from staging.stg_loads__tables
where table_name like '%\_\_%'
order by 1
"""
LOST = """
select
    count(distinct known.load_id),
    max(known.loaded_at),
    min(asked.asked_from)
from staging.stg_loads__tables as known
inner join raw._dlt_loads as loads on known.load_id = loads.load_id
left join staging.stg_fetches as asked on known.load_id = asked.load_id
where
    loads.status = 0
    and known.table_name = %s
    and known.row_count > 0
    and {is_lost}
    and not exists (
        select 1
        from ops.pruned
        where
            pruned.table_name = known.table_name
            and pruned.pruned_to >= known.loaded_at
    )
"""
LOST_ROWS = """
not exists (select 1 from raw.{table} where {table}._dlt_load_id = known.load_id)
"""


class Loss(NamedTuple):
    """A raw table, how many loads it lost, and when the last of them landed.

    `asked_from` is the start of what they were asked for, None if that is not known.
    """

    table: str
    loads: int
    last_loaded_at: datetime
    asked_from: datetime | None

    @property
    def system(self) -> str:
        """The system whose table it is."""
        return self.table.partition("__")[0]


def losses(held: "connection", tables: list[str] | None = None) -> list[Loss]:
    """Return what raw tables, these or all, have lost by what dbt counted of them."""
    from psycopg2 import sql

    with held.cursor() as cursor:
        plainness.only_tables(cursor)
        cursor.execute(EXIST, (list(KNOWN),))
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(TABLES)
        found = []
        for table, exists in cursor.fetchall():
            if tables is not None and table not in tables:
                continue
            is_lost = sql.SQL(LOST_ROWS).format(table=sql.Identifier(table))
            query = sql.SQL(LOST).format(is_lost=is_lost if exists else sql.SQL("true"))
            cursor.execute(query, (table,))
            loads, *rest = cursor.fetchone()
            if loads:
                found.append(Loss(table, loads, *rest))
        return found
