"""Eight minutes of both rankings, made up, and the mart as it is built from them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from tests.support.rankings import (
    LISTINGS,
    MINUTE,
    NOON,
    SECOND,
    TOPLIST,
    Coin,
    Sent,
    listings,
    toplist,
)
from tests.support.raw import Raw

MART = "marts.fct_coin_ranks_1m"
MINUTES = [NOON + number * MINUTE for number in range(8)]
GONE, APART = MINUTES[4], MINUTES[6]


def of_minute(minute: datetime) -> tuple[list[Coin], list[Coin]]:
    """Return both sources' coins of a minute, told by its time alone."""
    chance = Random(minute.isoformat())  # noqa: S311 - no secret
    listed = [
        Coin(
            number,
            str(chance.randrange(10**12) / 10**8),
            symbol=f"S{number % 7}",
            name=f"Coin {number}",
        )
        for number in chance.sample(range(1, 121), 110)
    ]
    told = [str(number) if number % 11 else None for number in range(1, 131)]
    told[5] = told[6] = "7"
    volumes = {number: chance.randrange(10**9) for number in range(1, 131)}
    order = sorted(volumes, key=volumes.get, reverse=True)[:115]
    tops = [Coin(number, str(volumes[number]), told[number - 1]) for number in order]
    return listed, [*tops[:50], tops[49], *tops[50:]]


def of_minutes(minutes: Sequence[datetime]) -> tuple[Sent, Sent]:
    """Return what counts of some minutes, as `ranks` takes it."""
    priced, ranked = {}, {}
    for minute in minutes:
        listed, tops = of_minute(minute)
        late = 70 if minute == APART else 8
        priced[minute] = (minute + 5 * SECOND, listed)
        ranked[minute] = (minute + late * SECOND, tops)
    return priced, ranked


def land(raw: Raw, *minutes: datetime) -> None:
    """Land both answers of each minute, the last page first."""
    priced, ranked = of_minutes(minutes)
    for minute in minutes:
        for table, answer, (at, coins) in (
            (LISTINGS, listings, priced[minute]),
            (TOPLIST, lambda *one: toplist(*one, size=50), ranked[minute]),
        ):
            pages = answer(coins, minute, (at - minute).total_seconds())
            raw.land_answers(table, pages[::-1])


def built(tables: Any) -> dict:
    """Return the mart, as the fixture `tables` reads it, in the form of `ranks`."""
    return {
        (row["snapshot_at"], row["coin_id"]): {
            "coin_rank": row["coin_rank"],
            "symbol": row["symbol"],
            "price": row["price_usd"],
            "volume": row["volume_24h_usd"],
            "source_rank": row["source_rank"],
            "previous_rank": row["previous_rank"],
            "rank_change": row["rank_change"],
            "priced_at": row["priced_at"],
            "ranked_at": row["ranked_at"],
        }
        for row in tables.records(f"select * from {MART}")  # noqa: S608 - a table of ours
    }


def exact(expected: dict) -> dict:
    """Return what `ranks` gives, its texts as exact numbers."""
    return {
        key: {
            name: Decimal(value) if name in ("price", "volume") else value
            for name, value in row.items()
        }
        for key, row in expected.items()
    }


def others(minutes: Sequence[datetime]) -> tuple[Sent, Sent]:
    """Return what counts of all minutes but some."""
    return of_minutes([minute for minute in MINUTES if minute not in minutes])
