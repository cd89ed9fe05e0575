"""Rows out of Postgres as Arrow: what they need of a type, and they by COPY."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.csv
from psycopg2 import sql
from pyiceberg.types import DecimalType, IcebergType

from warehouse.export.marts import Column, Mart
from warehouse.export.partitions import Partitions
from warehouse.export.types import PLAIN, SCALES, Range, range_of

if TYPE_CHECKING:
    from psycopg2.extensions import connection, cursor

BLOCK = 2 << 20
"""Bytes that are taken apart at once; a row that has more is a loud error."""


class Measure(NamedTuple):
    """How many rows there are, over which span of time, with which numbers."""

    rows: int
    span: timedelta
    ranges: Mapping[str, Range]
    scales: Mapping[str, int]
    """Digits behind the point that are sent, zeros at the end too."""


def measured(
    asking: "cursor", mart: Mart, where: sql.Composable, time: str | None
) -> Measure:
    """Return what decides the types and the partitions of some rows, exactly."""
    numbers = [column.name for column in mart.columns if column.kind == "numeric"]

    def ask(*pairs: tuple[str, str]) -> tuple:
        wanted = [sql.SQL(word).format(sql.Identifier(name)) for word, name in pairs]
        query = sql.SQL("select {} from {} where {}").format(
            sql.SQL(", ").join([sql.SQL("count(*)"), *wanted]),
            sql.Identifier("marts", mart.name),
            where,
        )
        asking.execute(query)
        return asking.fetchone()

    rows, *found = ask(
        *([("max({0})::timestamptz - min({0})::timestamptz", time)] if time else []),
        *(("max(scale({}))", name) for name in numbers),
        *(("max(abs({}))::text", name) for name in numbers),
    )
    span = (found.pop(0) if time else None) or timedelta()
    scales = dict(zip(numbers, (scale or 0 for scale in found), strict=False))
    largest = dict(zip(numbers, found[len(numbers) :], strict=True))
    # what the least scale holds anyway need not be looked at digit by digit
    long = [name for name in numbers if scales[name] > SCALES[0]]
    least = {**scales}
    if long:
        _, *lengths = ask(*(("max(min_scale({}))", name) for name in long))
        least |= dict(zip(long, lengths, strict=True))
    ranges = {name: range_of(least[name], largest[name]) for name in numbers}
    return Measure(rows, span, ranges, scales)


def ordered(
    mart: Mart,
    parts: Partitions,
    where: sql.Composable,
    types: Mapping[str, IcebergType],
    scales: Mapping[str, int],
) -> sql.Composable:
    """Return the query for some rows, partition by partition, each by the key."""
    order = [] if parts.column is None else [parts.bucket]
    order += [sql.Identifier(name) for name in mart.key]
    return sql.SQL("select {} from {} where {} {}").format(
        sql.SQL(", ").join(
            _printed(column, types[column.name], scales) for column in mart.columns
        ),
        sql.Identifier("marts", mart.name),
        where,
        sql.SQL("order by {}").format(sql.SQL(", ").join(order))
        if order
        else sql.SQL(""),
    )


def batches(
    held: "connection", query: sql.Composable, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a query by COPY, without a Python object a value.

    Raises what Postgres or Arrow do: psycopg2.Error, pa.ArrowInvalid.
    """
    reading, writing = os.pipe()
    copy = sql.SQL("copy ({}) to stdout (format csv)").format(query).as_string(held)
    failures: list[Exception] = []

    def send() -> None:
        try:
            with os.fdopen(writing, "wb", 1 << 20) as sink, held.cursor() as cursor:
                cursor.copy_expert(copy, sink, 1 << 16)
        except Exception as failure:  # noqa: BLE001 - raised where it is waited for
            failures.append(failure)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    source = os.fdopen(reading, "rb", 1 << 20)
    try:
        yield from _parsed(source, schema)
    except pa.ArrowInvalid:
        if not failures:
            raise
    except GeneratorExit:
        held.cancel()
        raise
    finally:
        source.close()
        with suppress(RuntimeError):
            sender.join()
    if failures:
        raise failures[0]


def _parsed(source: object, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    try:
        reader = pyarrow.csv.open_csv(
            source,
            pyarrow.csv.ReadOptions(column_names=schema.names, block_size=BLOCK),
            pyarrow.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            pyarrow.csv.ConvertOptions(
                column_types=schema,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["t"],
                false_values=["f"],
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV file" in str(error):
            return
        raise
    for batch in reader:
        yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)


def _printed(
    column: Column, wanted: IcebergType, scales: Mapping[str, int]
) -> sql.Composable:
    name = sql.Identifier(column.name)
    if column.kind == "numeric":
        if isinstance(wanted, DecimalType) and scales[column.name] <= wanted.scale:
            return name
        # Arrow reads no zeros beyond a type's scale
        return sql.SQL("trim_scale({})").format(name)
    return name if column.kind in PLAIN else sql.SQL("{}::text").format(name)
