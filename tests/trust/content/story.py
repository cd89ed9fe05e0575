"""A fault in what an answer says: what lands, and what the marts are to make of it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.tables import Tables

SPOILT = (
    *("unknown field", "missing field", "null field"),
    *("number as string", "string as number", "1e-7", "100 digits", "NaN", "Infinity"),
    *("NUL escape", "lone surrogate", "emoji"),
    *("negative", "senseless", "in the future", "microseconds"),
)
ARRIVED = (
    *("duplicate rows", "reordered rows", "page twice", "pages out of order"),
    *("revised years later", "older after newer"),
)
FAULTS = (*SPOILT, *ARRIVED)
CAME = datetime(2024, 9, 1, 12, tzinfo=UTC)
EARLIER, LATER = CAME - timedelta(hours=1), CAME + timedelta(days=1)
YEARS_LATER = CAME + timedelta(days=3 * 365)
DIGITS = "1234567890" * 10
AGAIN = "other values further down in the answer"
HOLE = '"@"'
Answer = tuple[str, str, datetime]
Load = tuple[str, list[Answer]]
Rows = dict[Any, Any]


@dataclass(frozen=True)
class Wrong:
    """A spoilt item: its text, what is taken of it, why it is rejected.

    `is_kept` is whether no good answer can resolve that, since the record does not say
    which it is. It is the item at `index`; those in `without` are not sent beside it.
    `leaves` are items that are there even after the good answer.
    """

    text: Any
    taken: Any = None
    reason: str | None = None
    is_kept: bool = False
    index: int = 1
    at: datetime = CAME
    without: Sequence[int] = ()
    leaves: Sequence[Any] = ()


@dataclass
class Story:
    """What lands before the first build and before the second, and what both give.

    Its rejects are those of `loads`, which are noted as they land, or of `records`.
    """

    cell: str
    first: list[list[Answer]]
    at_first: Rows
    then: list[list[Answer]]
    truth: Rows
    reasons: list[str] = field(default_factory=list)
    open_reasons: list[str] = field(default_factory=list)
    records: set[str] = field(default_factory=set)
    loads: set[str] = field(default_factory=set)


def spelt(item: Any, place: Any, text: str) -> str:  # noqa: ANN401 - list or dict
    """Return an item as JSON, with this text in one place of it."""
    with_hole = dict(item) if isinstance(item, dict) else list(item)
    with_hole[place] = "@"
    return json.dumps(with_hole, separators=(",", ":")).replace(HOLE, text)


def listed(items: Sequence, text_of: Callable[[Any], str]) -> str:
    """Return a JSON list of items, of which texts stand as they are."""
    texts = [item if isinstance(item, str) else text_of(item) for item in items]
    return f"[{','.join(texts)}]"


class System:
    """How a system's good items look, what is wrong with others, what marts hold.

    `wrong` says of each fault what it does to an item, or why it can't be.
    """

    name: str
    table: str
    others = 1
    """How many values of an item differ from those of its revision."""

    def good(self, place: int, revision: int = 0) -> list:
        """Return the good items of a story."""
        raise NotImplementedError

    def pages(
        self, place: int, items: Sequence, at: datetime, size: int | None = None
    ) -> list[Answer]:
        """Return the pages of an answer, of so many items each."""
        size = size or len(items)
        return [
            self.page(place, first, items[first : first + size], at)
            for first in range(0, len(items), size)
        ]

    def page(self, place: int, first: int, items: Sequence, at: datetime) -> Answer:
        """Return the page that begins with the item of this index."""
        raise NotImplementedError

    def rows(self, place: int, items: Sequence, at: datetime) -> Rows:
        """Return what the mart says of items, None being one that is not taken."""
        raise NotImplementedError

    def wrong(self, fault: str, place: int) -> Wrong | str:
        """Return what a fault does to the item at index 1, or why it can't."""
        raise NotImplementedError

    def built(self, tables: Tables) -> Rows:
        """Return what the mart says."""
        raise NotImplementedError

    def assert_same(self, found: Rows, expected: Rows) -> None:
        """Compare what the mart says with what it is to say."""
        assert found == expected

    def prelude(self) -> list[Load]:
        """Return what lands beside the stories before the first build."""
        return []

    def interlude(self) -> list[Load]:
        """Return what lands beside the stories before the second build."""
        return []

    def neighbours(self) -> Rows:
        """Return what the mart holds beside the stories."""
        return {}

    def stories(self) -> Mapping[str, Story | str]:
        """Return the story of each fault, or why there is none."""
        return {
            fault: self.spoilt(fault, place)
            if fault in SPOILT
            else getattr(self, fault.replace(" ", "_"))(place)
            for place, fault in enumerate(FAULTS)
        }

    def spoilt(self, fault: str, place: int) -> Story | str:
        """Return the story of a spoilt item, and of the good answer after it."""
        wrong = self.wrong(fault, place)
        if isinstance(wrong, str):
            return wrong
        good = self.good(place)
        sent, taken = list(good), list(good)
        sent[wrong.index], taken[wrong.index] = wrong.text, wrong.taken
        sent = [item for at, item in enumerate(sent) if at not in wrong.without]
        taken = [item for at, item in enumerate(taken) if at not in wrong.without]
        reasons = [wrong.reason] if wrong.reason else []
        cells = {(False, False): "taken", (True, False): "resolved"}
        return Story(
            cells.get((bool(reasons), wrong.is_kept), "rejected"),
            [self.pages(place, sent, wrong.at)],
            self.rows(place, taken, wrong.at),
            [self.pages(place, good, LATER)],
            self.rows(place, [*wrong.leaves, *good], LATER),
            reasons,
            reasons if wrong.is_kept else [],
        )

    def duplicate_rows(self, place: int) -> Story | str:
        """Return an answer that has an item twice, of which the last counts."""
        good = self.good(place)
        sent = [self.good(place, 1)[1], *good, good[0]]
        told = self.rows(place, good, CAME)
        first, then = self.pages(place, sent, CAME), self.pages(place, good, LATER)
        return Story("resolved", [first], told, [then], told, [AGAIN] * self.others)

    def reordered_rows(self, place: int) -> Story | str:
        """Return a page in another order."""
        return self._arrived(place, [self.pages(place, self.good(place)[::-1], CAME)])

    def page_twice(self, place: int) -> Story | str:
        """Return a page that lands twice in one load, and again in another."""
        pages = self.pages(place, self.good(place), CAME)
        return self._arrived(place, [pages * 2, pages])

    def pages_out_of_order(self, place: int) -> Story | str:
        """Return the pages of an answer, the last one first, each in its own load."""
        pages = self.pages(place, self.good(place), CAME, size=2)
        assert len(pages) > 1
        return self._arrived(place, [[page] for page in pages[::-1]])

    def revised_years_later(self, place: int) -> Story | str:
        """Return an answer, and years later another one to the same question."""
        revised = self.good(place, 1)
        return self._arrived(
            place,
            [self.pages(place, self.good(place), CAME)],
            [self.pages(place, revised, YEARS_LATER)],
            self.rows(place, revised, YEARS_LATER),
        )

    def older_after_newer(self, place: int) -> Story | str:
        """Return an answer, and then one that came before it."""
        newer = self.rows(place, self.good(place, 1), CAME)
        return Story(
            "taken",
            [self.pages(place, self.good(place, 1), CAME)],
            newer,
            [self.pages(place, self.good(place), EARLIER)],
            newer,
        )

    def _arrived(
        self,
        place: int,
        first: list[list[Answer]],
        then: list[list[Answer]] | None = None,
        truth: Rows | None = None,
    ) -> Story:
        told = self.rows(place, self.good(place), CAME)
        return Story("taken", first, told, then or [], truth or told)
