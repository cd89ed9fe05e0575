"""Klines that are stored already, made inside the database as the ingestion's loads."""

from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import warehouse
from benchmarks import landing
from benchmarks.child import say
from benchmarks.throwaway import SYMBOLS, Rig

END = datetime(2066, 1, 4, tzinfo=UTC)
"""A Monday, so late that 100 million minutes of three symbols begin after 2001: by
then an epoch in milliseconds has the 13 digits that Binance's have."""
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
LOAD = timedelta(minutes=133_000)
"""What a chunk of a backfill holds of each symbol: 133 pages."""
PAGES = Path(__file__).with_name("history.sql")


@dataclass
class History:
    """Whole days of every symbol up to `END`, and what arrives after it."""

    rig: Rig
    size: int
    start: datetime = field(init=False)
    end: datetime = END
    loads: int = 0

    def __post_init__(self) -> None:
        """Begin at a midnight: a cut day would warn in each test for a gap."""
        minutes = self.size // len(SYMBOLS)
        self.start = END - max(timedelta(minutes=minutes) // DAY, 1) * DAY

    @property
    def rows(self) -> int:
        """How many klines there are up to `END`."""
        return (END - self.start) // MINUTE * len(SYMBOLS)

    def make(self) -> None:
        """Make the raw tables by an ingestion of a minute, and fill them anew."""
        self.rig.empty()
        landing.ingest(landing.span_of(len(SYMBOLS)))
        self.rig.administer(
            "truncate raw.binance__klines, raw.binance__fetches, raw._dlt_loads"
        )
        said_at = monotonic()
        at = self.start
        while at < END:
            upto = min(at + LOAD, END)
            self.load(at, upto)
            at = upto
            if at == END or monotonic() - said_at > 10:
                said_at = monotonic()
                done = (at - self.start) / (END - self.start)
                say(f"{self.rows:,} klines stored: {done:.0%}")

    def next_hour(self) -> None:
        """Let the next 60 minutes of every symbol arrive, a page each."""
        start, self.end = self.end, self.end + timedelta(hours=1)
        self.load(start, self.end)

    def revise_the_first(self) -> None:
        """Let one symbol's first minute arrive again, with another volume."""
        self.load(self.start, self.start + MINUTE, SYMBOLS[:1], revision=self.loads)

    def load(
        self,
        start: datetime,
        end: datetime,
        symbols: tuple[str, ...] = SYMBOLS,
        revision: int = 0,
    ) -> None:
        """Add one completed load, known later than all before it."""
        self.loads += 1
        known_at = END + 30 * DAY + timedelta(seconds=self.loads)
        parameters = {
            "symbols": list(symbols),
            "start": round(start.timestamp() * 1000),
            "end": round(end.timestamp() * 1000),
            "known_at": known_at,
            "load": str(known_at.timestamp()),
            "revision": revision,
        }
        with (
            closing(warehouse.connect("loader")) as connection,
            connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(PAGES.read_text(encoding="utf-8"), parameters)
