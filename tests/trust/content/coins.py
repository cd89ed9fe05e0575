"""What may be wrong with a coin of either ranking; the mart comes from `ranks`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from tests.support.ranking_minutes import MART
from tests.support.ranking_minutes import built as built_ranks
from tests.support.rankings import (
    LISTINGS,
    MINUTE,
    NOON,
    SECOND,
    TOPLIST,
    Coin,
    asset,
    listing,
    listings,
    ranks,
    toplist,
)
from tests.support.tables import Tables
from tests.trust.content.rates import FRACTION, NO_NUMBER
from tests.trust.content.story import (
    CAME,
    EARLIER,
    FAULTS,
    LATER,
    Answer,
    Load,
    Rows,
    Story,
    System,
    Wrong,
)

BESIDE = CAME + MINUTE
"""When the other ranking of a minute came: nearer to what came later."""
SECONDS = {EARLIER: 12, CAME: 15, LATER: 30, BESIDE: 31}
TOLD_AT = {
    LISTINGS: datetime(2024, 3, 5, 11, 59, 30, tzinfo=UTC),
    TOPLIST: datetime.fromtimestamp(1_709_639_900, UTC),
}
FUTURE = datetime(2100, 1, 1, tzinfo=UTC)
NO_NAME = "no symbol or no name"
OUT = "out of range: at least 1e-30 and below 1e20"
ANOTHER = "another value than further up in the page"


@dataclass(frozen=True)
class Dated(Coin):
    """A coin of which the source tells another time than its others'."""

    updated_at: datetime | None = None


class Ranking(System):
    """A minute of four coins a story, the other ranking being good."""

    texts = {LISTINGS: listing, TOPLIST: asset}
    beyond = {LISTINGS: "a price", TOPLIST: "a volume"}

    def __init__(self, name: str, table: str, first: datetime) -> None:
        self.name, self.table, self.first = name, table, first

    def good(self, place: int, revision: int = 0) -> list[Coin]:
        """Return four coins that both rankings know by the same id."""
        return [
            Coin(
                number,
                f"{number}.{place}{revision}5",
                str(number) if self.table == TOPLIST else None,
                f"S{number}",
                f"Coin {number}",
            )
            for number in (3, 1, 4, 2)
        ]

    def pages(
        self, place: int, items: Sequence, at: datetime, size: int | None = None
    ) -> list[Answer]:
        """Return the pages of a whole answer."""
        answer = {LISTINGS: listings, TOPLIST: toplist}[self.table]
        minute = self.first + place * MINUTE
        sizes = {"size": size, "wanted": len(items)} if size else {}
        return answer(items, minute, SECONDS[at], **sizes)

    def rows(self, place: int, items: Sequence, at: datetime) -> Rows:
        """Return what counts of the minute: `ranked` makes rows of all minutes'."""
        minute = self.first + place * MINUTE
        return {minute: (minute + SECONDS[at] * SECOND, items)}

    def wrong(self, fault: str, place: int) -> Wrong | str:
        """Return what a fault does to a coin."""
        coin, text_of = self.good(place)[1], self.texts[self.table]
        is_listing, beyond = self.table == LISTINGS, self.beyond[self.table]
        text, symbol = text_of(coin), f'"{coin.symbol}"'

        def number(number: str, reason: str | None = None) -> Wrong:
            changed = replace(coin, number=number)
            return Wrong(text_of(changed), None if reason else changed, reason)

        def named(written: str, name: str) -> Wrong:
            return Wrong(text.replace(symbol, written), replace(coin, symbol=name))

        def updated(at: datetime | None, in_text: str, epoch: int) -> Wrong:
            before = '"2024-03-05T11:59:30.000Z"' if is_listing else "1709639900"
            after = in_text if is_listing else str(epoch)
            return Wrong(
                text.replace(before, after), Dated(**vars(coin), updated_at=at)
            )

        return {
            "unknown field": Wrong(f'{text[:-1]},"new":{{"a":1}}}}', coin),
            "missing field": Wrong(
                text.replace('"symbol": "S1", ', "").replace('"SYMBOL": "S1", ', ""),
                reason=NO_NAME,
            ),
            "null field": number("null"),
            "number as string": number('"1.5"', NO_NUMBER),
            "string as number": named("7", "7"),
            "1e-7": number("1e-7"),
            "100 digits": number(FRACTION),
            "NaN": number("NaN", NO_NUMBER),
            "Infinity": number("Infinity", NO_NUMBER),
            "NUL escape": named(r'"S\u0000"', "S\ufffd"),
            "lone surrogate": named(r'"\ud800S"', "\ufffdS"),
            "emoji": named('"\U0001f436"', "\U0001f436"),
            "negative": number("-1.5", f"{beyond} below zero"),
            "senseless": number("1e30", f"{beyond[2:]} {OUT}"),
            # what a source says of its own freshness is kept as it says it
            "in the future": updated(
                FUTURE, '"2100-01-01T00:00:00.000Z"', int(FUTURE.timestamp())
            ),
            "microseconds": updated(None, "1709639970000000", 1_709_639_900_000_000),
        }[fault]

    def prelude(self) -> list[Load]:
        """Return the other ranking of each minute."""
        other = OTHERS[self.name]
        return [
            (other.table, other.pages(place, other.good(place), BESIDE))
            for place in range(len(FAULTS))
        ]

    def duplicate_rows(self, place: int) -> Story:
        """Return an answer that has two coins twice; the second value is rejected."""
        good = self.good(place)
        sent = [*good, self.good(place, 1)[1], good[0]]
        return Story(
            "resolved",
            [self.pages(place, sent, CAME)],
            self.rows(place, good, CAME),
            [self.pages(place, good, LATER)],
            self.rows(place, good, LATER),
            [ANOTHER],
        )

    def reordered_rows(self, place: int) -> Story:
        """Return an answer in another order, which is another ranking."""
        good = self.good(place)
        return Story(
            "taken",
            [self.pages(place, good[::-1], CAME)],
            self.rows(place, good[::-1], CAME),
            [self.pages(place, good, LATER)],
            self.rows(place, good, LATER),
        )

    def revised_years_later(self, place: int) -> str:
        """Say why there is none."""
        return "a ranking tells of now alone: no minute is asked again"

    def built(self, tables: Tables) -> Rows:
        """Return the ranks, with what each source says of its time."""
        times = {
            (row["snapshot_at"], row["coin_id"]): {
                name: row[name] for name in ("price_updated_at", "volume_updated_at")
            }
            for row in tables.records(f"select * from {MART}")  # noqa: S608 - ours
        }
        return {key: row | times[key] for key, row in built_ranks(tables).items()}


PRICES = Ranking("coinmarketcap", LISTINGS, NOON)
VOLUMES = Ranking("cryptocompare", TOPLIST, NOON + 40 * MINUTE)
OTHERS = {
    "coinmarketcap": Ranking("cryptocompare", TOPLIST, NOON),
    "cryptocompare": Ranking("coinmarketcap", LISTINGS, NOON + 40 * MINUTE),
}
"""What is good beside each."""


def rank(stories: Mapping[str, Mapping[str, Story | str]]) -> None:
    """Make rows of what counts, for all minutes together: a rank has a previous one."""
    for phase in ("at_first", "truth"):
        priced, ranked, own = {}, {}, []
        for system in (PRICES, VOLUMES):
            other = OTHERS[system.name]
            for place, story in enumerate(stories[system.name].values()):
                if isinstance(story, Story):
                    own.append((story, system.first + place * MINUTE))
                    beside = other.rows(place, other.good(place), BESIDE)
                    counts = (getattr(story, phase), beside)
                    for sent, one in zip(
                        (priced, ranked),
                        counts if system is PRICES else counts[::-1],
                        strict=True,
                    ):
                        sent |= one
        found = _exact(_known(priced), _held(ranked))
        for story, minute in own:
            rows = {key: row for key, row in found.items() if key[0] == minute}
            setattr(story, phase, rows)


def _known(priced: Rows) -> Rows:
    return {
        minute: (at, [coin for coin in coins if coin])
        for minute, (at, coins) in priced.items()
    }


def _held(ranked: Rows) -> Rows:
    """Return rankings in which a coin that is not taken keeps its place."""
    return {
        minute: (at, [coin or Coin(-place) for place, coin in enumerate(coins, 1)])
        for minute, (at, coins) in ranked.items()
    }


def _exact(priced: Rows, ranked: Rows) -> Rows:
    found = ranks(priced, ranked)
    for (minute, coin_id), row in found.items():
        for name in ("price", "volume"):
            row[name] = None if row[name] == "null" else Decimal(row[name])
        for name, sent, table in (
            ("price_updated_at", priced, LISTINGS),
            ("volume_updated_at", ranked, TOPLIST),
        ):
            coin = next(coin for coin in sent[minute][1] if coin.id == coin_id)
            row[name] = getattr(coin, "updated_at", TOLD_AT[table])
    return found
