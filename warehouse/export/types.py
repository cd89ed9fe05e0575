"""Which Iceberg type a column gets, and when another has to take its place.

Never another scale under the same field id: readers would then read old files by it,
and each its own way.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pyiceberg.types import (
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IcebergType,
    IntegerType,
    LongType,
    StringType,
    TimestampType,
    TimestamptzType,
)

from warehouse.export.marts import Column

PLAIN: Mapping[str, IcebergType] = {
    "boolean": BooleanType(),
    "smallint": IntegerType(),
    "integer": IntegerType(),
    "bigint": LongType(),
    "real": FloatType(),
    "double precision": DoubleType(),
    "date": DateType(),
    "timestamp with time zone": TimestamptzType(),
    "timestamp without time zone": TimestampType(),
}
"""Types that both have; numeric is weighed, and all others are text."""
NARROW, WIDE = 18, 38
"""Digits of a decimal that is 8 bytes, and the most that Iceberg has."""
SCALES = (8, 18, 24, 28)
SPARE = 3
"""Digits before the point that a type leaves free for what comes later."""
UNKNOWN = DecimalType(WIDE, 18)
"""Where there is no value to look at yet."""


class Range(NamedTuple):
    """What the values of a numeric column need; None where there are none."""

    scale: int | None
    """Digits behind the point, without zeros at the end."""
    digits: int | None
    """Digits before it."""
    is_finite: bool = True


def range_of(scale: int | None, largest: str | None) -> Range:
    """Return the range by the largest scale and the largest absolute value, as text."""
    if largest is None:
        return Range(None, None)
    if not largest[0].isdigit():
        return Range(0, 0, is_finite=False)
    return Range(scale or 0, len(largest.partition(".")[0].lstrip("0")))


def settle(
    columns: Sequence[Column],
    held: Mapping[str, IcebergType],
    ranges: Mapping[str, Range],
) -> dict[str, IcebergType]:
    """Return each column's type: the one that it has where its values fit into that."""
    return {
        column.name: _settled(column, held.get(column.name), ranges.get(column.name))
        for column in columns
    }


def is_widened(held: IcebergType, wanted: IcebergType) -> bool:
    """Say whether files of one type can be read as the other."""
    if isinstance(held, DecimalType) and isinstance(wanted, DecimalType):
        return held.scale == wanted.scale and held.precision <= wanted.precision
    return held == wanted or (held, wanted) in (
        (IntegerType(), LongType()),
        (FloatType(), DoubleType()),
    )


def _settled(
    column: Column, held: IcebergType | None, needed: Range | None
) -> IcebergType:
    if column.kind != "numeric":
        wanted = PLAIN.get(column.kind, StringType())
        return held if held is not None and is_widened(wanted, held) else wanted
    if held == StringType():
        return held
    if isinstance(held, DecimalType):
        if _fits(held, needed):
            return held
        wider = DecimalType(WIDE, held.scale)
        if _fits(wider, needed):
            return wider
    return _chosen(column.declared, needed)


def _fits(wanted: DecimalType, needed: Range, spare: int = 0) -> bool:
    if needed.digits is None:
        return True
    return (
        needed.is_finite
        and needed.scale <= wanted.scale
        and needed.digits + spare <= wanted.precision - wanted.scale
    )


def _chosen(declared: tuple[int, int] | None, needed: Range) -> IcebergType:
    """Return the least type that holds the values, with digits to spare, else text."""
    if declared and declared[1] <= declared[0]:
        precision, scale = declared
        if precision > WIDE or not needed.is_finite:
            return StringType()
        return DecimalType(NARROW if precision <= NARROW else WIDE, scale)
    if needed.digits is None:
        return UNKNOWN
    for scale in SCALES:
        for precision in (NARROW, WIDE):
            wanted = DecimalType(precision, scale) if scale <= precision else None
            if wanted and _fits(wanted, needed, SPARE):
                return wanted
    return StringType()
