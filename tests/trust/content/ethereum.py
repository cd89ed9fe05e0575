"""What may be wrong with a transfer; the marts come from `transfers.Truth`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tests.support.tables import Tables
from tests.support.transfers import (
    DAY,
    PLAIN,
    START,
    TOKENS,
    UNKNOWN,
    USDT,
    WETH,
    Answer,
    Transfer,
    Truth,
    built_transfers,
    known_tokens,
)
from tests.trust.content.story import (
    CAME,
    DIGITS,
    HOLE,
    LATER,
    Load,
    Rows,
    Story,
    System,
    Wrong,
)
from tests.trust.content.story import Answer as Landed

NO_AMOUNT = "no amount"
AGAIN = "its key comes again further down"


class Ethereum(System):
    """A day of four transfers a story; a spoilt one is cells, and text for a hole."""

    name, table = "ethereum", "ethereum__token_transfers"

    def good(self, place: int, revision: int = 0) -> list[Transfer]:
        """Return four transfers of a day."""
        return [
            Transfer(
                START + place * DAY + each * DAY / 8,
                place * 10 + each,
                token,
                10**each + revision,
            )
            for each, token in enumerate((WETH, PLAIN, USDT, UNKNOWN))
        ]

    def pages(
        self, place: int, items: Sequence, at: datetime, size: int | None = None
    ) -> list[Landed]:
        """Return the pages of a query's answer."""
        cells = [item[0] if isinstance(item, tuple) else item for item in items]
        text = next((item[1] for item in items if isinstance(item, tuple)), HOLE)
        answer = Answer(
            cells,
            START + place * DAY,
            f"{place} {at:%Y%m%d%H}",
            at,
            page_rows=size or len(items),
        )
        return [
            (request, payload.replace(HOLE, text), came)
            for request, payload, came in answer.pages()
        ]

    def rows(self, place: int, items: Sequence, at: datetime) -> Rows:
        """Return the transfers, the last of a key counting."""
        taken = [item for item in items if item]
        return Truth([Answer(taken, START + place * DAY)]).transfers()

    def wrong(self, fault: str, place: int) -> Wrong | str:
        """Return what a fault does to a transfer's cells."""
        good = self.good(place)[1]

        def cell(
            at: int, text: str, reason: str | None = None, taken: Transfer = good
        ) -> Wrong:
            cells = [*good.cells[:at], "@", *good.cells[at + 1 :]]
            return Wrong((cells, text), None if reason else taken, reason)

        # below 2^256, which is what a token can count to
        most = int(f"11{DIGITS[:76]}")
        other_day = replace(good, at=good.at + DAY)
        return {
            "unknown field": Wrong(([*good.cells, "@"], '{"a":1}'), good),
            "missing field": Wrong((good.cells[:8], ""), reason="no hash of a block"),
            "null field": cell(3, "null", NO_AMOUNT),
            # every cell is a string, be it a number
            "number as string": cell(3, f'"{most}"', None, replace(good, amount=most)),
            "string as number": cell(3, str(most), None, replace(good, amount=most)),
            "1e-7": cell(3, '"1e-7"', NO_AMOUNT),
            "100 digits": cell(3, f'"{DIGITS}"', NO_AMOUNT),
            "NaN": cell(3, "NaN", NO_AMOUNT),
            "Infinity": cell(3, "Infinity", NO_AMOUNT),
            "NUL escape": cell(3, r'"7\u0000"', NO_AMOUNT),
            "lone surrogate": cell(3, r'"\ud8007"', NO_AMOUNT),
            "emoji": cell(0, '"\U0001f4b8"', "no address of a token"),
            "negative": cell(3, '"-1"', NO_AMOUNT),
            "senseless": Wrong(
                (other_day.cells, ""), reason="not of the day that was asked"
            ),
            "in the future": cell(
                6, '"4102444800000000"', "not of the day that was asked"
            ),
            # the other way round: its times are in microseconds
            "microseconds": cell(
                6, f'"{int(good.at.timestamp() * 1000)}"', "no block time"
            ),
        }[fault]

    def prelude(self) -> list[Load]:
        """Return the known tokens."""
        return [(TOKENS, [known_tokens()])]

    def duplicate_rows(self, place: int) -> Story:
        """Return an answer that has two transfers twice; the others are rejected."""
        good = self.good(place)
        sent = [self.good(place, 1)[1], *good, good[0]]
        told = self.rows(place, good, CAME)
        first, then = self.pages(place, sent, CAME), self.pages(place, good, LATER)
        return Story("resolved", [first], told, [then], told, [AGAIN, AGAIN])

    def built(self, tables: Tables) -> Rows:
        """Return the transfers."""
        return built_transfers(tables)
