"""The two tables of `crypto_ethereum`: columns, and rows of files or made up."""

import gzip
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .ethereum_generated import MICROSECONDS, day_of, tokens, transfers

Row = dict[str, Any]
STRING, INTEGER, TIMESTAMP = "STRING", "INTEGER", "TIMESTAMP"
CREATED = {
    "block_timestamp": TIMESTAMP,
    "block_number": INTEGER,
    "block_hash": STRING,
}
TABLES = {
    "token_transfers": {
        "token_address": STRING,
        "from_address": STRING,
        "to_address": STRING,
        "value": STRING,
        "transaction_hash": STRING,
        "log_index": INTEGER,
        **CREATED,
    },
    "tokens": {
        "address": STRING,
        "symbol": STRING,
        "name": STRING,
        "decimals": STRING,
        "total_supply": STRING,
        **CREATED,
    },
}
DAY = 86_400 * MICROSECONDS


class Generated:
    """Rows made up day by day, with what tests ordered to be otherwise.

    Block timestamps are microseconds. A vanished block has no rows; a moved
    transaction has its rows on another day, in a block of its own.
    """

    origin = "generated"

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.reset()

    def reset(self) -> None:
        """Forget what was ordered."""
        self.vanished: set[int] = set()
        self.moved: dict[str, int] = {}
        self.added: dict[str, list[Row]] = {name: [] for name in TABLES}

    def order(self, key: str, value: Any) -> None:  # noqa: ANN401 - JSON of any shape
        """Obey `vanish` (block), `move` (transaction, day) or `add` (table, row)."""
        if key == "vanish":
            self.vanished.add(int(value))
        elif key == "move":
            self.moved[value["transaction_hash"]] = _time(value["to"])
        elif key == "add":
            row = {**value["row"]}
            row["block_timestamp"] = _time(row["block_timestamp"])
            self.added[value["table"]].append(row)
        else:
            raise KeyError(key)

    def rows(self, table: str, start: int, end: int) -> list[Row]:
        """Return the rows of the blocks in `[start, end)`, in order of blocks."""
        if table == "tokens":
            made = tokens()
        else:
            days = range(start // DAY * DAY, end, DAY)
            kept = [row for day in days for row in self._of(day, self.moved)]
            made = [*kept, *self._moved(start, end)]
        found = [
            row
            for row in [*made, *self.added[table]]
            if start <= row["block_timestamp"] < end
        ]
        return sorted(
            found, key=lambda row: (row["block_timestamp"], row.get("log_index", 0))
        )

    def span(self, now: int) -> tuple[int, int]:
        """Return the first and the last time that there are rows of."""
        return tokens()[0]["block_timestamp"], now

    def _of(self, day: int, without: Iterable[str]) -> list[Row]:
        return [
            row
            for row in transfers(self.seed, day)
            if row["block_number"] not in self.vanished
            and row["transaction_hash"] not in without
        ]

    def _moved(self, start: int, end: int) -> list[Row]:
        """Return the rows of the transactions that were moved into a span."""
        return [
            row | {"block_timestamp": at}
            for name, at in self.moved.items()
            if start <= at < end
            for row in transfers(self.seed, day_of(name))
            if row["transaction_hash"] == name
        ]


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


def find(folder: Path, seed: int) -> Generated | Recorded:
    """Return the recorded tables of a folder, or else generated ones."""
    files = {table: path for table in TABLES for path in folder.glob(f"{table}.jsonl*")}
    return Recorded(files) if files else Generated(seed)


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt") as file:
        return [line for line in file if line.strip()]


def _row(line: str) -> Row:
    row = json.loads(line)
    return row | {"block_timestamp": _time(row["block_timestamp"])}


def _time(value: str | int) -> int:
    """Return microseconds from ISO 8601, BigQuery's own form, or epoch seconds."""
    if isinstance(value, int):
        return value if value > 10**14 else value * MICROSECONDS
    moment = datetime.fromisoformat(value.replace(" UTC", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * MICROSECONDS)
