"""The two tables of `crypto_ethereum`: rows of files, or made up day by day."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .columns import DAY, TABLES, Row, time_of
from .generated import day_of, tokens, transfers
from .recorded import Recorded


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
            self.moved[value["transaction_hash"]] = time_of(value["to"])
        elif key == "add":
            row = {**value["row"]}
            row["block_timestamp"] = time_of(row["block_timestamp"])
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


def find(folder: Path, seed: int) -> Generated | Recorded:
    """Return the recorded tables of a folder, or else generated ones."""
    files = {table: path for table in TABLES for path in folder.glob(f"{table}.jsonl*")}
    return Recorded(files) if files else Generated(seed)
