"""Rankings that an API knows of now alone: all pages of a run are one snapshot.

A snapshot is named by the UTC minute of its run's first request. Each page keeps it in
its `request`, with the time that the run began, which tells the runs of one minute
apart. All its pages land in one load, since they are fewer than a chunk.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from ingestion import keys
from ingestion.http import Answer, FailedError, RefusedError
from ingestion.keys import Page
from ingestion.landing import as_page
from ingestion.report import Report

CURRENCY = "USD"
"""What prices and volumes are asked in, and the one key of such a system."""
MINUTE = timedelta(minutes=1)
# CryptoCompare has no more, and a chunk, which is one load, holds twice as many
MOST_PAGES = 100


@dataclass(frozen=True)
class Listed:
    """What an answer holds: so many coins, of so many in all if it says so."""

    coins: int
    total: int | None


Ask = Callable[[int], tuple[Mapping[str, Any], Answer, Listed]]
"""Asks for a page, from 1 on: gives what was asked, the answer and what it holds."""


def read(report: Report, ask: Ask, wanted: int, page_size: int) -> Iterator[pa.Table]:
    """Yield the pages of a snapshot of now, until `wanted` coins or the last one."""
    now = datetime.now(UTC)
    minute = now.replace(second=0, microsecond=0)
    spans = {CURRENCY: (minute, minute + MINUTE)} if report.is_open(CURRENCY) else {}
    yield from keys.read(report, spans, lambda *_: pages(ask, wanted, page_size, now))


def pages(ask: Ask, wanted: int, page_size: int, asked_at: datetime) -> Iterator[Page]:
    """Yield the pages of the snapshot of a time.

    Raises:
        RefusedError: the API will not answer us, or this.
        FailedError: it did not answer now, or with something else, or has no coins.

    """
    if wanted > MOST_PAGES * page_size:
        raise RefusedError(f"not asked: {MOST_PAGES * page_size:,} coins at most")
    snapshot_at = asked_at.replace(second=0, microsecond=0)
    noted = {
        "wanted": wanted,
        "asked_at": asked_at.isoformat(),
        "snapshot_at": f"{snapshot_at:%Y-%m-%dT%H:%M:%SZ}",
    }
    number, is_last = 0, False
    while not is_last:
        number += 1
        request, answer, listed = ask(number)
        if number == 1 and not listed.coins:
            raise FailedError("an answer without coins")
        reached = number * page_size
        is_last = (
            listed.coins < page_size
            or reached >= wanted
            or (listed.total is not None and reached >= listed.total)
        )
        yield Page(
            row=as_page({**request, **noted}, answer),
            records=listed.coins,
            reached=snapshot_at,
            is_last=is_last,
        )


def parsed(body: str) -> Mapping[str, Any]:
    """Give the object that a body is, an empty one if it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def count(number: object) -> int | None:
    """Give a whole number that an answer counts by, null for anything else."""
    is_whole = isinstance(number, int) and not isinstance(number, bool)
    return number if is_whole and number >= 0 else None
