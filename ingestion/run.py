"""A run of a system: what it is to ask, and how far it has come."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from ingestion import clock
from ingestion.gaps import Missing
from ingestion.report import Key, Report
from ingestion.window import Window


@dataclass
class Run:
    """What a run asks; `window` is a backfill's, None for a scheduled run.

    A dry one finds out what would be asked, and asks nothing. A trial asks for a part
    of each answer, which counts for nothing. A backfill that `is_kept` remembers that
    it has landed, until one that is not says that it is over. A run for gaps has those
    of each key in `missing`, and in `asks` the spans left. `notes` are what is to land
    of the keys of this chunk. What became of it all, `report` says.
    """

    report: Report
    window: Window | None = None
    is_dry: bool = False
    is_trial: bool = False
    is_kept: bool = False
    missing: Missing | None = None
    asks: dict[str, list[Window]] = field(default_factory=dict)
    notes: list[dict[str, object]] = field(default_factory=list)

    @property
    def system(self) -> str:
        """Which system is asked."""
        return self.report.system

    @property
    def keys(self) -> Mapping[str, Key]:
        """What became of each key so far."""
        return self.report.keys

    @property
    def now(self) -> datetime:
        """The time up to which may be asked: ours, or the source's if that is earlier.

        What it is by the source is known from its first answer on.
        """
        return clock.now() - max(clock.notable(self.report.skew), timedelta())

    @property
    def is_for_gaps(self) -> bool:
        """Whether only gaps are asked for."""
        return self.missing is not None

    def has(self, **settings: object) -> bool:
        """Whether the system has these settings; without them nothing is asked."""
        self.report.unset = [
            f"SOURCES__{self.system}__{name}".upper()
            for name, value in settings.items()
            if not value
        ]
        return not self.report.unset

    def open(self, name: str, asked: Window) -> Key:
        """Return the key, at the start of a chunk of it."""
        key = self.report.keys.setdefault(name, Key(name, asked))
        key.asked, key.opened_at = asked, monotonic()
        key.chunk_pages = key.chunk_answers = key.chunk_unchanged = 0
        return key

    def fail(self, name: str, asked: Window, sentence: str) -> Key:
        """Return the key, done and failed, of something asked together with another."""
        key = Key(name, asked, "failed", sentence, is_done=True)
        self.report.keys[name] = key
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
            if asks and is_ours and self.is_open(name) and not self.report.unset:
                reached = self.keys[name].reached if name in self.keys else None
                start = max(asks[0].start, reached) if reached else asks[0].start
                spans[name] = (start, asks[0].end)
        return spans

    def goes_on(self, name: str) -> bool:
        """Whether a key that was answered has another gap to be asked for."""
        del self.asks.get(name, [])[:1]
        return bool(self.asks.get(name))

    def plan(self) -> dict[str, list[Window]]:
        """Return the spans that a dry run found it would ask each key for."""
        return {
            name: self.asks.get(name, [key.asked]) for name, key in self.keys.items()
        }
