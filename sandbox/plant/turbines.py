"""Which turbines there are: recorded files first, generated ones beside them."""

import csv
import gzip
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from sandbox.clock import MINUTE, instant

from .generated import Generated
from .readings import Form, Reading, Turbine

GENERATED = ("T01", "T02")


class Recorded:
    """A turbine whose readings stand in a file, answered in the order of the file."""

    origin = "recorded"
    form = Form()

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _rows(self) -> list[Reading]:
        opened = gzip.open if self.path.suffix == ".gz" else open
        with opened(self.path, "rt", encoding="utf-8", newline="") as file:
            return [
                Reading(instant(row.pop("timestamp")), place, _values(row))
                for place, row in enumerate(csv.DictReader(file), 1)
            ]

    @property
    def columns(self) -> Sequence[str]:
        """The columns of the file but its timestamp."""
        return tuple(self._rows[0].values) if self._rows else ()

    def readings(self, start: int, end: int, now: int) -> list[Reading]:
        """Return the recorded readings of `[start, end)`, and nothing else."""
        return [row for row in self._past(now) if start <= row.at < end]

    def reading(self, reading_id: int, now: int) -> Reading | None:
        """Return the row of that number, from 1."""
        return next((row for row in self._past(now) if row.id == reading_id), None)

    def span(self, now: int) -> tuple[int, int]:
        """Return when the first and the last reading are from."""
        times = [row.at for row in self._past(now)]
        return (min(times), max(times)) if times else (0, -1)

    def _past(self, now: int) -> list[Reading]:
        return [row for row in self._rows if row.at <= now - MINUTE]


class Turbines:
    """All turbines by id; a recording stays as it is, generated ones take orders."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.recorded = {
            path.name.split(".csv")[0]: Recorded(path)
            for path in sorted(folder.glob("*.csv*"))
            if path.name.endswith((".csv", ".csv.gz"))
        }
        self.seed = seed
        self.reset()

    def reset(self) -> None:
        """Go back to the turbines of the start, without orders."""
        self.generate(GENERATED)

    def generate(self, names: Sequence[str]) -> None:
        """Make these the turbines that are made up."""
        self.generated = {name: Generated(f"{self.seed}/{name}") for name in names}

    def all(self) -> dict[str, Turbine]:
        """Return every turbine; what is recorded hides what would be generated."""
        return self.generated | self.recorded

    def order(self, kind: str, order: dict[str, Any]) -> None:
        """Order a fault of a turbine that is made up."""
        name = order["turbine"]
        if name in self.recorded or name not in self.generated:
            raise ValueError(f"{name} is not a generated turbine")
        if order.get("column", Generated.columns[0]) not in Generated.columns:
            raise ValueError(f"{name} has no column {order['column']}")
        if kind == "form":
            said = {key: value for key, value in order.items() if key != "turbine"}
            self.generated[name].form = Form(**said)
        else:
            self.generated[name].orders.add(kind, order)


def _values(row: dict[str, str]) -> dict[str, float | None]:
    return {name: float(text) if text else None for name, text in row.items()}
