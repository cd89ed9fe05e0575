"""The tables of a database, as rows and as what lies on the disk."""

from contextlib import closing
from dataclasses import dataclass

import psycopg2

from tests.support.database import Database

GRAINS = ("5m", "15m", "1h", "4h", "1d", "1w")
MARTS = tuple(f"marts.fct_candles_{grain}" for grain in GRAINS)


@dataclass(frozen=True)
class Tables:
    """The tables of a database, as rows and as what lies on the disk."""

    database: Database

    def names(self) -> list[str]:
        """Return all tables that dbt and the ledger write."""
        return [
            name
            for (name,) in self.database.query(
                "select schemaname || '.' || tablename from pg_tables "
                "where schemaname in ('staging', 'marts', 'ops') order by 1"
            )
        ]

    def row_versions(self, table: str) -> set[tuple[str, str]]:
        """Return each row's ctid and xmin: a written row has others."""
        sql = f"select ctid::text, xmin::text from {table}"  # noqa: S608 - a table of ours
        return set(self.database.query(sql))

    def all_row_versions(self) -> dict[str, set]:
        """Return the row versions of all tables but the ledger's counters."""
        counters = ("ops.versions", "ops.reads")
        return {
            name: self.row_versions(name)
            for name in self.names()
            if name not in counters
        }

    def rows(self, table: str, *without: str) -> dict[tuple, dict]:
        """Return the rows by symbol and opening, without some columns."""
        return {
            (row["symbol"], row["opened_at"]): {
                name: value for name, value in row.items() if name not in without
            }
            for row in self.records(f"select * from {table}")  # noqa: S608 - a table of ours
        }

    def records(self, sql: str) -> list[dict]:
        """Return a query's rows as dictionaries, numbers exact."""
        with (
            closing(psycopg2.connect(self.database.urls["transformer"])) as held,
            held.cursor() as asking,
        ):
            asking.execute(sql)
            names = [column.name for column in asking.description]
            return [dict(zip(names, row, strict=True)) for row in asking.fetchall()]

    def marts(self) -> dict[str, dict]:
        """Return the six marts as text, but for when and by which build they came."""
        sql = (
            "select symbol, opened_at, "
            "(to_jsonb(candle) - 'updated_at' - 'changed_in')::text from {} as candle"
        )
        return {
            mart: {
                (symbol, opened_at): text
                for symbol, opened_at, text in self.database.query(sql.format(mart))
            }
            for mart in MARTS
        }
