"""What tests do to a generated turbine's readings, span by span."""

from collections.abc import Callable
from math import nan
from random import Random
from typing import Any

from sandbox.clock import instant

from .readings import Reading

SENTINEL = -7999
ABSENT = {"gap": True, "late": True, "fill": False, "release": False}
VALUES: dict[str, Callable[[dict[str, Any], Any], Any]] = {
    "null": lambda order, value: None,
    "sentinel": lambda order, value: order.get("value", SENTINEL),
    "nan": lambda order, value: nan,
    "revise": lambda order, value: (
        order["value"] if "value" in order else value + order["add"]
    ),
}
SEQUENCES = ("repeat", "shuffle")


class Orders:
    """The orders of a turbine, oldest first; a later one meets what is left.

    Each names `from_ms` and `to_ms`, both inclusive. `gap` and `late` take readings
    away, `fill` and `release` give them back. `null`, `sentinel`, `nan` and `revise`
    (by `add`, or to `value`) are for one `column`, or all. `repeat` gives each reading
    twice, `shuffle` gives them out of order.
    """

    def __init__(self) -> None:
        self.given: list[tuple[str, int, int, dict[str, Any]]] = []

    def add(self, kind: str, order: dict[str, Any]) -> None:
        """Take an order; raise KeyError for one that is unknown or has no span."""
        if kind not in (*ABSENT, *VALUES, *SEQUENCES):
            raise KeyError(kind)
        bounds = instant(order["from_ms"]), instant(order["to_ms"])
        self.given.append((kind, *bounds, order))

    def obeyed(self, readings: list[Reading]) -> list[Reading]:
        """Return readings as the orders have them."""
        if not self.given:
            return readings
        found = [self._valued(one) for one in readings if not self._is_absent(one.at)]
        for kind, start, end, _ in self.given:
            if kind == "repeat":
                found = [
                    copy
                    for one in found
                    for copy in [one] * (2 if start <= one.at <= end else 1)
                ]
            elif kind == "shuffle":
                found = _shuffled(found, start, end)
        return found

    def _is_absent(self, at: int) -> bool:
        for kind, start, end, _ in reversed(self.given):
            if kind in ABSENT and start <= at <= end:
                return ABSENT[kind]
        return False

    def _valued(self, reading: Reading) -> Reading:
        values = dict(reading.values)
        for kind, start, end, order in self.given:
            if kind in VALUES and start <= reading.at <= end:
                for name in [order["column"]] if "column" in order else values:
                    values[name] = VALUES[kind](order, values[name])
        return reading._replace(values=values)


def _shuffled(readings: list[Reading], start: int, end: int) -> list[Reading]:
    """Return the readings of `[start, end]` in another order, the same each time."""
    places = [place for place, one in enumerate(readings) if start <= one.at <= end]
    moved = [readings[place] for place in places]
    Random(start).shuffle(moved)  # noqa: S311 - no secret
    found = list(readings)
    for place, one in zip(places, moved, strict=True):
        found[place] = one
    return found
