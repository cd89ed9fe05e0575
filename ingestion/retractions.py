"""Whether an answer may retract what is stored: not the first time, if it is much.

A complete answer replaces what it was asked for, so a source that has lost its history
for an hour would empty ours. An answer that would retract all of what is stored in its
span, or more than a tenth of at least ten records, therefore fails its key once, and
is accepted when the next run's answer says the same.
"""

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Self

import dlt
import psycopg2

import warehouse
from ingestion.http import FailedError

if TYPE_CHECKING:
    from psycopg2.extensions import connection

FEW = 10
MOST = 0.1
EXISTS = "select to_regclass(%s) is not null"

Record = tuple[str, datetime]


@dataclass(frozen=True)
class Claim:
    """What a page is a complete answer for: in `[start, end)` each series' times.

    `mart` is where the records are stored, `records` a query for the (series, time) of
    those in it that are of the key, of these series and in the span.
    """

    mart: str
    records: str
    key: str
    start: datetime
    end: datetime
    series: Mapping[str, Container[datetime]]

    def compare(self, stored: Sequence[Record]) -> tuple[int, int, list[object]]:
        """Count what is stored, and what of it goes; say which that is."""
        taken = sorted(
            (series, time.timestamp())
            for series, time in stored
            if time not in self.series[series]
        )
        return len(stored), len(taken), taken


@dataclass(frozen=True)
class Count:
    """How many records a page's whole answer has in `[start, end)`.

    For answers too large to be held against what is stored record by record: `records`
    is a query for (what, count) of those that are stored.
    """

    mart: str
    records: str
    key: str
    start: datetime
    end: datetime
    count: int
    series: tuple[str, ...] = ()

    def compare(self, stored: Sequence[tuple]) -> tuple[int, int, list[object]]:
        """Count what is stored, and what of it goes at least; say what is left."""
        total = sum(int(count) for _, count in stored)
        return total, max(total - self.count, 0), [self.count]


Claims = Sequence[Claim | Count]


class RetractionGuard:
    """What the pages of a chunk would retract, by the marts of the last build.

    Doubts are kept in dlt's state, which lands though the page does not.
    """

    def __init__(self) -> None:
        self.held: connection | None = None
        self.bare: dict[tuple[str, ...], bool] = {}

    def __enter__(self) -> Self:
        """Begin; nothing is connected before there is something to look up."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the connection go."""
        if self.held:
            self.held.close()

    def check(self, name: str, until: datetime, claims: Claims) -> None:
        """Note what a key's page says; `until` is the end of all that is asked of it.

        Raises:
            FailedError: it retracts too much to be accepted at once.

        """
        compared = [claim.compare(self._stored(name, until, claim)) for claim in claims]
        stored, taken = (sum(each[index] for each in compared) for index in (0, 1))
        is_much = taken == stored or (stored >= FEW and taken > MOST * stored)
        said = _digest([part for *_, said in compared for part in said])
        is_said_again = said in _forget(name, claims)
        if taken and is_much and not is_said_again:
            start = min(claim.start for claim in claims)
            _doubts().setdefault(name, {})[start.isoformat()] = said
            raise FailedError(
                f"the source retracted {taken:,} of {stored:,} records "
                f"from {start:%Y-%m-%dT%H:%M:%SZ} on; the next run accepts it "
                "if the source says the same"
            )

    def accept(self, name: str, _: datetime, claims: Claims) -> None:
        """Forget the doubts about what a key's page claims: it is unchanged."""
        _forget(name, claims)

    def _stored(self, name: str, until: datetime, claim: Claim | Count) -> list[tuple]:
        """Return what is stored in a span; mostly nothing is in all that is asked."""
        asked = (name, *sorted(claim.series))
        try:
            if asked not in self.bare:
                until = max(until, claim.end)
                self.bare[asked] = not self._query(claim, until, 1)
            return [] if self.bare[asked] else self._query(claim, claim.end, None)
        except (psycopg2.Error, warehouse.WarehouseError) as error:
            reason = " ".join(str(error).split())
            raise FailedError(f"what is stored can't be looked up: {reason}") from error

    def _query(
        self, claim: Claim | Count, end: datetime, limit: int | None
    ) -> list[tuple]:
        if not self.held:
            self.held = warehouse.connect("reader", "ingestion")
            self.held.autocommit = True
        with self.held.cursor() as cursor:
            cursor.execute(EXISTS, (claim.mart,))
            if not cursor.fetchone()[0]:
                return []
            asked = {
                "key": claim.key,
                "series": list(claim.series),
                "start": claim.start,
                "end": end,
                "limit": limit,
            }
            cursor.execute(f"{claim.records} limit %(limit)s", asked)
            return cursor.fetchall()


def _doubts() -> dict[str, dict[str, str]]:
    """Return what was said and not accepted, by key and start of the span."""
    return dlt.current.resource_state().setdefault("doubts", {})


def _forget(name: str, claims: Claims) -> set[str]:
    """Forget the doubts about what claims say anew; return what had been said."""
    held = _doubts().pop(name, {})
    left = {
        start: said
        for start, said in held.items()
        if not any(
            claim.start <= datetime.fromisoformat(start) < claim.end for claim in claims
        )
    }
    if left:
        _doubts()[name] = left
    return set(held.values())


def _digest(said: Sequence[object]) -> str:
    return sha256(json.dumps(said).encode()).hexdigest()[:32]
