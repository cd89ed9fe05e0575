"""The partitions of a mart: spans of time by a column of its key or of its groups.

A partition is named as Iceberg does: years, months or days since 1970.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from psycopg2 import sql
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform, MonthTransform, YearTransform

from warehouse.export.marts import Mart

if TYPE_CHECKING:
    from psycopg2.extensions import cursor

TRANSFORMS = {"day": DayTransform, "month": MonthTransform, "year": YearTransform}
"""By grain, the finest first."""
DAYS = {"day": 1, "month": 30.4, "year": 365.2}
BUCKETS = {
    "day": "({0}::date - date '1970-01-01')",
    "month": "((date_part('year', {0})::int - 1970) * 12"
    " + date_part('month', {0})::int - 1)",
    "year": "(date_part('year', {0})::int - 1970)",
}
LEAST, MOST = 50_000, 2_000_000
"""Rows that a partition is to have at least, and more than which it is divided."""
TIMES = ("timestamp with time zone", "date")
EPOCH = date(1970, 1, 1)
CHANGED = "select distinct {bucket} from {table} where changed_in > {done}"
GONE = """
select distinct {bucket}
from (
    select (key ->> {name})::{kind}
    from ops.vanished
    where model = {mart} and version > {done}
) as keys ({column})
"""


@dataclass(frozen=True)
class Partitions:
    """By which column, and in which spans; without a column there is one for all."""

    column: str | None = None
    grain: str | None = None

    @property
    def bucket(self) -> sql.Composable:
        """Return the SQL for a row's partition."""
        return sql.SQL(BUCKETS[self.grain]).format(sql.Identifier(self.column))

    def spec(self, schema: Schema) -> PartitionSpec:
        """Return Iceberg's words for it."""
        if self.column is None:
            return PartitionSpec()
        source = schema.find_field(self.column).field_id
        transform = TRANSFORMS[self.grain]()
        return PartitionSpec(PartitionField(source, 1000, transform, self.field))

    @property
    def field(self) -> str:
        """Return the name of the partition's field."""
        return f"{self.column}_{self.grain}"

    def where(self, buckets: Iterable[int] | None) -> sql.Composable:
        """Return the SQL condition for the rows of some partitions, or of all."""
        if buckets is None or self.column is None:
            return sql.SQL("true")
        column = sql.Identifier(self.column)
        spans = [
            sql.SQL("({0} >= {1} and {0} < {2})").format(
                column,
                sql.Literal(self.start(first)),
                sql.Literal(self.start(last + 1)),
            )
            for first, last in _runs(sorted(buckets))
        ]
        return sql.SQL("({})").format(sql.SQL(" or ").join(spans or [sql.SQL("false")]))

    def start(self, bucket: int) -> datetime:
        """Return the moment, UTC, at which a partition begins."""
        if self.grain == "day":
            begin = EPOCH + timedelta(days=bucket)
        else:
            months = bucket if self.grain == "month" else bucket * 12
            begin = date(1970 + months // 12, months % 12 + 1, 1)
        return datetime(begin.year, begin.month, begin.day, tzinfo=UTC)

    def of(self, batch: pa.RecordBatch) -> pa.Array:
        """Return the partition of each row."""
        if self.column is None:
            return pa.repeat(pa.scalar(0, pa.int32()), batch.num_rows)
        days = batch.column(self.column).cast(pa.date32(), safe=False)
        if self.grain == "day":
            return days.cast(pa.int32())
        years = pc.subtract(pc.year(days), 1970)
        if self.grain == "year":
            return years.cast(pa.int32())
        months = pc.add(pc.multiply(years, 12), pc.subtract(pc.month(days), 1))
        return months.cast(pa.int32())


def time_column(
    mart: Mart, groups: Callable[[], Mapping[str, Sequence[str]]]
) -> str | None:
    """Return the time by which a row and a key that went name the same partition.

    `groups` is asked where the key has none: by mart, the columns that are noted with a
    key that went.
    """
    return _first_time(mart, mart.key) or _first_time(
        mart, groups().get(mart.name, ()) if mart.key else ()
    )


def _first_time(mart: Mart, names: Sequence[str]) -> str | None:
    known = {column.name: column for column in mart.columns}
    for name in names:
        column = known.get(name)
        if column and column.kind in TIMES and column.is_required:
            return name
    return None


def divided(column: str | None, rows: int, span: timedelta) -> Partitions:
    """Return the finest partitions that have enough rows each, years at most."""
    if column is None:
        return Partitions()
    days = max(span / timedelta(days=1), 1)
    for grain in TRANSFORMS:
        if rows / max(days / DAYS[grain], 1) >= LEAST:
            return Partitions(column, grain)
    return Partitions(column, "year")


def touched(
    asking: "cursor", mart: Mart, parts: Partitions, done: int
) -> set[int] | None:
    """Return the partitions of what changed and what vanished since a version.

    None is for all: a key that went names no partition, or there is only one.
    """
    if parts.column is None:
        return None
    words = {
        "bucket": parts.bucket,
        "table": sql.Identifier("marts", mart.name),
        "mart": sql.Literal(mart.name),
        "name": sql.Literal(parts.column),
        "column": sql.Identifier(parts.column),
        "kind": sql.SQL(mart.column(parts.column).kind),
        "done": sql.Literal(done),
    }
    found = set()
    for query in (CHANGED, GONE):
        asking.execute(sql.SQL(query).format(**words))
        found |= {bucket for (bucket,) in asking.fetchall()}
    return None if None in found else found


def _runs(buckets: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first and the last of each run of neighbours."""
    if not buckets:
        return []
    ends = [
        (before, after) for before, after in pairwise(buckets) if after > before + 1
    ]
    firsts = [buckets[0], *(after for _, after in ends)]
    lasts = [*(before for before, _ in ends), buckets[-1]]
    return list(zip(firsts, lasts, strict=True))
