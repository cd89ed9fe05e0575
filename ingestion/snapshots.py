"""Rankings that an API only has of now: all pages of a run are one snapshot.

A snapshot is named by the UTC minute of its run's first request. Each page keeps it in
its `request`, with the time that the run began, which tells the runs of one minute
apart. All its pages land in one load, since they are fewer than a chunk.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from ingestion import keys
from ingestion.clock import MINUTE, notable
from ingestion.http import Answer, FailedError, RefusedError
from ingestion.keys import Page
from ingestion.landing import as_page
from ingestion.run import Run
from ingestion.window import Window

CURRENCY = "USD"
"""What prices and volumes are asked in, and the one key of such a system."""
# CryptoCompare has no more, and a chunk, which is one load, holds each of them twice
MOST_PAGES = 100
# a snapshot lacks a hundredth of its coins at most
LEAST_PART = 100


@dataclass(frozen=True)
class Listed:
    """What an answer holds: so many coins, of so many in all if it says so."""

    coins: int
    total: int | None


@dataclass
class Tally:
    """How many coins the pages of a snapshot have, of how many there are to be.

    Totals can differ from page to page: the newest one counts. A source that has none
    ends with its first page that is not full.
    """

    wanted: int
    page_size: int
    total: int | None = None
    coins: dict[int, int] = field(default_factory=dict)

    def count(self, number: int, listed: Listed) -> None:
        """Note an answer; of two of one page the one with more coins counts.

        A total below what is there already says nothing.
        """
        there = (number - 1) * self.page_size + listed.coins
        if listed.total is not None and listed.total >= there:
            self.total = listed.total
        self.coins[number] = max(listed.coins, self.coins.get(number, 0))

    def expected(self, number: int) -> int:
        """Return how many coins a page is to have by the total."""
        left = self.needed - (number - 1) * self.page_size
        return max(min(self.page_size, left), 0)

    def lacking(self, number: int) -> int:
        """Return how many coins a page has too few by the total, 0 without one."""
        if self.total is None:
            return 0
        return max(self.expected(number) - self.coins[number], 0)

    def ends_with(self, number: int) -> bool:
        """Return whether no page is to be asked after this one."""
        is_short = self.coins[number] < self.page_size
        return number * self.page_size >= self.needed or (
            self.total is None and is_short
        )

    @property
    def needed(self) -> int:
        """How many coins there are to be."""
        return self.wanted if self.total is None else min(self.wanted, self.total)

    @property
    def missing(self) -> int:
        """How many of them no page has."""
        return sum(map(self.lacking, self.coins))

    @property
    def is_whole(self) -> bool:
        """Whether so few are missing that it is a fault of the source's list."""
        return self.missing * LEAST_PART <= self.needed

    @property
    def complaint(self) -> str:
        """Which coins are missing."""
        pages = [
            f"page {number} has {found} of {self.expected(number)}"
            for number, found in self.coins.items()
            if self.lacking(number)
        ]
        missing = f"{self.missing} of {self.needed:,} announced coins are missing"
        return f"{missing}, asked twice: {', '.join(pages)}"


Ask = Callable[[int], tuple[Mapping[str, Any], Answer, Listed]]
"""Asks for a page, from 1 on: gives what was asked, the answer and what it holds."""


def read(run: Run, ask: Ask, wanted: int, page_size: int) -> Iterator[pa.Table]:
    """Yield the pages of a snapshot of now, up to `wanted` coins or all there are."""
    now = run.now
    minute = now.replace(second=0, microsecond=0)
    spans = {CURRENCY: (minute, minute + MINUTE)} if run.is_open(CURRENCY) else {}
    yield from keys.read(run, spans, lambda *_: pages(ask, wanted, page_size, now))


def pages(ask: Ask, wanted: int, page_size: int, asked_at: datetime) -> Iterator[Page]:
    """Yield the pages of the snapshot of a time.

    A page with fewer coins than the announced total leaves to it is asked once more;
    the pages after it are asked in any case.

    Raises:
        RefusedError: the API will not answer us, or this.
        FailedError: it did not answer now, or with something else, or has no coins, or
            lacks too many of those that it announced.

    """
    if wanted > MOST_PAGES * page_size:
        raise RefusedError(f"not asked: {MOST_PAGES * page_size:,} coins at most")
    tally = Tally(wanted, page_size)
    number, is_again, is_last = 1, False, False
    noted: dict[str, object] = {}
    while not is_last:
        request, answer, listed = ask(number)
        if not noted:
            # by the source's clock, since another source's is held against it
            asked_at -= notable(answer.skew)
            snapshot_at = asked_at.replace(second=0, microsecond=0)
            noted = {
                "wanted": wanted,
                "asked_at": asked_at.isoformat(),
                "snapshot_at": f"{snapshot_at:%Y-%m-%dT%H:%M:%SZ}",
            }
        tally.count(number, listed)
        is_again = tally.lacking(number) > 0 and not is_again
        if number == 1 and not is_again and not tally.coins[1]:
            raise FailedError("an answer without coins")
        is_over = not is_again and tally.ends_with(number)
        is_last = is_over and tally.is_whole
        yield Page(
            row=as_page({**request, **noted}, answer),
            records=listed.coins,
            reached=snapshot_at,
            is_last=is_last,
            asked=Window(snapshot_at, snapshot_at + MINUTE),
        )
        if is_over and not is_last:
            raise FailedError(tally.complaint)
        number += not is_again


def parsed(body: str) -> Mapping[str, Any]:
    """Return the object that a body is, an empty one if it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def count(number: object) -> int | None:
    """Return a whole number that an answer counts by, None for anything else."""
    is_whole = isinstance(number, int) and not isinstance(number, bool)
    return number if is_whole and number >= 0 else None
