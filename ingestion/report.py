"""What a run did, key by key: for the command, the ledger of fetches and Dagster."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from ingestion import clock
from ingestion.gaps import Estimate, Missing
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
    """What a run did; `window` is a backfill's, None for a scheduled run.

    A dry one says of each key only what would be asked. A trial asks for a part of
    each answer, which counts for nothing. A backfill that `is_kept` remembers that it
    has landed, until one that is not says that it is over. A run for gaps has those of
    each key in `missing`, in `asks` the spans left, in `estimate` what they take.
    `loads` are the ids under which it landed, `origin` says which host was asked,
    `skew` how far our clock is ahead of its, and `notes` what is to land of the keys of
    this chunk.
    """

    system: str
    window: Window | None = None
    records_are: str = "records"
    is_dry: bool = False
    is_trial: bool = False
    is_kept: bool = False
    missing: Missing | None = None
    asks: dict[str, list[Window]] = field(default_factory=dict)
    estimate: Estimate | None = None
    keys: dict[str, Key] = field(default_factory=dict)
    seconds: float = 0.0
    loads: list[str] = field(default_factory=list)
    origin: str = ""
    skew: timedelta = timedelta()
    unset: list[str] = field(default_factory=list)
    notes: list[dict[str, object]] = field(default_factory=list)

    def hear(self, skew: timedelta) -> None:
        """Note how far our clock is ahead: the most that was seen."""
        self.skew = max(self.skew, skew, key=abs)

    @property
    def now(self) -> datetime:
        """The time up to which may be asked: ours, or the source's if that is earlier.

        What it is by the source is known from its first answer on.
        """
        return clock.now() - max(clock.notable(self.skew), timedelta())

    @property
    def warning(self) -> str | None:
        """What is to be said of the clock."""
        return clock.warning(self.system, self.skew)

    def has(self, **settings: object) -> bool:
        """Whether the system has these settings; without them nothing is asked."""
        self.unset = [
            f"SOURCES__{self.system}__{name}".upper()
            for name, value in settings.items()
            if not value
        ]
        return not self.unset

    def open(self, name: str, asked: Window) -> Key:
        """Return the key, at the start of a chunk of it."""
        key = self.keys.setdefault(name, Key(name, asked))
        key.asked, key.opened_at = asked, monotonic()
        key.chunk_pages = key.chunk_answers = key.chunk_unchanged = 0
        return key

    def fail(self, name: str, asked: Window, sentence: str) -> Key:
        """Return the key, done and failed, of something asked together with another."""
        key = Key(name, asked, "failed", sentence, is_done=True)
        self.keys[name] = key
        return key

    def is_open(self, name: str) -> bool:
        """Whether there is more to ask of a key."""
        return name not in self.keys or not self.keys[name].is_done

    def next_asks(
        self, names: Collection[str] | None = None
    ) -> dict[str, tuple[datetime, datetime]]:
        """Return from when to when each open key, of these or all, is to be asked."""
        spans = {}
        for name, asks in self.asks.items():
            is_ours = names is None or name in names
            if asks and is_ours and self.is_open(name) and not self.unset:
                reached = self.keys[name].reached if name in self.keys else None
                start = max(asks[0].start, reached) if reached else asks[0].start
                spans[name] = (start, asks[0].end)
        return spans

    def goes_on(self, name: str) -> bool:
        """Whether a key that was answered has another gap to be asked for."""
        del self.asks.get(name, [])[:1]
        return bool(self.asks.get(name))

    @property
    def is_for_gaps(self) -> bool:
        """Whether only gaps are asked for."""
        return self.missing is not None

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
        if self.is_dry:
            asks = [
                f"{key.name} {asked}"
                for key in self.keys.values()
                for asked in self.asks.get(key.name, [key.asked])
            ]
            text = f"{self.system} would ask {', '.join(asks) or 'nothing'}"
            if self.estimate and asks:
                text += f": {self.estimate.sentence()}"
        elif self.missing == {}:
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
