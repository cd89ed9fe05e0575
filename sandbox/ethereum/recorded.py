"""Recorded rows of BigQuery: files of JSON lines, with its own column names."""

import gzip
import json
from pathlib import Path
from typing import Any

from .columns import TABLES, Row, time_of


class Recorded:
    """The rows of files of JSON lines, with BigQuery's column names, as they are."""

    origin = "recorded"

    def __init__(self, files: dict[str, Path]) -> None:
        self.found = {
            table: [_row(line) for line in _lines(files.get(table))] for table in TABLES
        }

    def reset(self) -> None:
        """Change nothing, since nothing of a recording can be changed."""

    def order(self, key: str, value: Any) -> None:  # noqa: ANN401 - JSON of any shape
        """Refuse what would change a recording."""
        raise ValueError("recorded rows stay as they are")

    def rows(self, table: str, start: int, end: int) -> list[Row]:
        """Return the rows of the blocks in `[start, end)`, in the file's order."""
        return [
            row for row in self.found[table] if start <= row["block_timestamp"] < end
        ]

    def span(self, now: int) -> tuple[int, int]:
        """Return the first and the last time that there are rows of."""
        times = [
            row["block_timestamp"]
            for rows in self.found.values()
            for row in rows
            if row["block_timestamp"] <= now
        ]
        return (min(times), max(times)) if times else (0, -1)


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt") as file:
        return [line for line in file if line.strip()]


def _row(line: str) -> Row:
    row = json.loads(line)
    return row | {"block_timestamp": time_of(row["block_timestamp"])}
