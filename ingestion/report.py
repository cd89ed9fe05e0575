"""What a run did, key by key: for the command, the ledger of fetches and Dagster."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from ingestion import clock
from ingestion.gaps import Estimate
from ingestion.window import Window

UNCHANGED = "unchanged"
"""The outcome of a key whose answer is unchanged; its note lands nothing."""


@dataclass(eq=False)
class Key:
    """What became of a key in a run: `ok`, `refused` or `failed`, and why.

    `pages` landed, `unchanged` others did not need to, up to `unchanged_to`; the newest
    is such a one if `is_unchanged`. `known_pages` has the load and the time of the page
    that holds each dedup key's body. `bytes` is what the source said that its queries
    take, if it counts them. `known_at` is up to when the source has answered, by its
    clock; `is_early` whether a span was asked for that had not come by then.
    """

    name: str
    asked: Window
    outcome: str = "ok"
    sentence: str | None = None
    pages: int = 0
    records: int = 0
    unchanged: int = 0
    chunk_pages: int = 0
    chunk_answers: int = 0
    chunk_unchanged: int = 0
    reached: datetime | None = None
    is_unchanged: bool = False
    unchanged_to: datetime | None = None
    bytes: int = 0
    is_done: bool = False
    is_early: bool = False
    known_at: datetime | None = None
    opened_at: float = field(default_factory=monotonic)
    known_pages: dict[str, list[str]] = field(default_factory=dict)

    def count(self, reached: datetime) -> None:
        """Note an answer, and where the key is to be asked on."""
        self.chunk_answers += 1
        self.reached = reached

    def land(self, records: int) -> None:
        """Note a page that lands, with its records."""
        self.pages += 1
        self.chunk_pages += 1
        self.records += records

    def leave(self, pages: int) -> None:
        """Note pages that do not land, being unchanged."""
        self.unchanged += pages
        self.chunk_unchanged += pages
        self.unchanged_to = self.reached

    def hear(self, known_at: datetime) -> None:
        """Note up to when the source has answered."""
        self.known_at = max(known_at, self.known_at or known_at)

    @property
    def answered(self) -> tuple[datetime, datetime]:
        """From when to when it was asked, up to the source's time."""
        start, end = self.asked.start, self.asked.end
        if self.known_at and clock.is_ahead(end, self.known_at):
            end = self.known_at
        return min(start, end), end

    @property
    def chunk_outcome(self) -> str:
        """The outcome of the chunk: `unchanged` where nothing of it lands."""
        is_unchanged = self.outcome == "ok" and self.chunk_unchanged
        return UNCHANGED if is_unchanged and not self.chunk_pages else self.outcome


@dataclass
class Report:
    """What a run did, of a backfill's `window` or of what is new.

    `keys` says it of each key, `records_are` what its records are called. `loads` are
    the ids under which it landed, `origin` says which host was asked, and `skew` how
    far our clock is ahead of its. Without the settings in `unset` nothing was asked. A
    dry run has in `planned` the spans that each key would be asked for, and one for
    gaps in `estimate` what they take, or `has_no_gaps`.
    """

    system: str
    records_are: str
    window: Window | None = None
    keys: dict[str, Key] = field(default_factory=dict)
    seconds: float = 0.0
    loads: list[str] = field(default_factory=list)
    origin: str = ""
    skew: timedelta = timedelta()
    unset: list[str] = field(default_factory=list)
    planned: dict[str, list[Window]] | None = None
    estimate: Estimate | None = None
    has_no_gaps: bool = False

    def hear(self, skew: timedelta) -> None:
        """Note how far our clock is ahead: the most that was seen."""
        self.skew = max(self.skew, skew, key=abs)

    @property
    def warning(self) -> str | None:
        """What is to be said of the clock."""
        return clock.warning(self.system, self.skew)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to ask."""
        return all(key.is_done for key in self.keys.values())

    def is_well(self, names: Collection[str] | None = None) -> bool:
        """Whether these keys, or all, are done, and none was refused or failed."""
        return all(
            key.is_done and key.outcome == "ok"
            for key in self.keys.values()
            if names is None or key.name in names
        )

    @property
    def bad(self) -> list[Key]:
        """The keys that were refused or failed."""
        return [key for key in self.keys.values() if key.outcome != "ok"]

    @property
    def pages(self) -> int:
        """Pages landed."""
        return sum(key.pages for key in self.keys.values())

    @property
    def records(self) -> int:
        """Records in the landed pages."""
        return sum(key.records for key in self.keys.values())

    @property
    def unchanged(self) -> int:
        """Pages that did not land, being unchanged."""
        return sum(key.unchanged for key in self.keys.values())

    @property
    def share(self) -> float:
        """The part of a backfill that is done, 0 to 1."""
        if not self.window or not self.keys:
            return 0.0
        length = self.window.end - self.window.start
        return sum(
            1.0 if key.is_done else (key.reached - self.window.start) / length
            for key in self.keys.values()
            if key.reached
        ) / len(self.keys)

    def sentence(self) -> str:
        """Say what landed, and what became of the keys that did not."""
        if self.unset:
            return f"{self.system}: not asked, since {', '.join(self.unset)} is not set"
        bad = [f"{key.name} {key.outcome}: {key.sentence}" for key in self.bad]
        if self.planned is not None:
            asks = [
                f"{name} {asked}"
                for name, spans in self.planned.items()
                for asked in spans
            ]
            text = f"{self.system} would ask {', '.join(asks) or 'nothing'}"
            if self.estimate and asks:
                text += f": {self.estimate.sentence()}"
        elif self.has_no_gaps:
            text = f"{self.system}: no gaps but those that the source has too"
        else:
            text = (
                f"{self.system}: {self.pages:,} pages, "
                f"{self.records:,} {self.records_are} "
                f"of {len(self.keys)} keys in {self.seconds:.1f} s"
            )
            if self.unchanged:
                text += f", and {self.unchanged:,} unchanged"
        weight = sum(key.bytes for key in self.keys.values())
        takes = f" ({weight:,} bytes to process)" if weight else ""
        return "; ".join([text + takes, *bad])
