"""What may be wrong with a candle of an exchange: a list of its time and of numbers."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext

from tests.support.candle_truth import MEASURES, assert_candles
from tests.support.klines import MINUTE, MONDAY
from tests.support.tables import Tables
from tests.trust.content.story import DIGITS, Rows, System, Wrong, spelt
from tests.trust.world import World

NO_NUMBER = "not a number where one belongs"
COLUMNS = (*MEASURES, "trade_count", "vwap_price")
REDUCE = {
    "open_price": lambda prices: prices[0],
    "high_price": max,
    "low_price": min,
    "close_price": lambda prices: prices[-1],
}
"""How one number is made of those of several minutes, if not by their sum."""


class Exchange(System):
    """Five minutes a story, which are one candle.

    A candle has at least `width` elements, the first its time in units of `unit` ms,
    its numbers at `places`, between `quotes` but for a last one that may have none.
    A story is of the first of the `symbols`. Minutes that a complete answer `lacks` are
    `empty`, or `quiet` since nobody traded.
    """

    symbols: Sequence[str]
    width: int
    unit: int
    places: Mapping[str, int]
    quotes, lacks = "", "empty"

    def text(self, row: Sequence) -> str:
        """Return a candle as JSON, with an element behind the last that is read."""
        return spelt(
            [*row[: self.width], 0], self.width, f"{self.quotes}0{self.quotes}"
        )

    def rows(self, place: int, items: Sequence, at: datetime) -> Rows:
        """Return the candle of the minutes, the last of a minute counting."""
        minutes = {row[0]: row for row in items if row}
        ordered = [minutes[opened_at] for opened_at in sorted(minutes)]
        opened_at = datetime.fromtimestamp(ordered[0][0] * self.unit / 1000, UTC)
        opened_at -= timedelta(minutes=opened_at.minute % 5)
        candle = dict.fromkeys(COLUMNS)
        with localcontext(prec=300):
            for name, at in self.places.items():
                numbers = [Decimal(row[at]) for row in ordered]
                candle[name] = REDUCE.get(name, sum)(numbers)
            base, quote = candle["base_volume"], candle["quote_volume"]
            candle["vwap_price"] = quote / base if base and quote else None
        candle |= {
            "exchange": self.name,
            "symbol": self.symbols[0],
            "opened_at": opened_at,
            "minute_count": len(ordered),
            "is_complete": len(ordered) == 5,
            "is_final": len(ordered) == 5,
        }
        return {(self.symbols[0], opened_at): candle}

    def wrong(self, fault: str, place: int) -> Wrong | str:
        """Return what a fault does to a candle."""
        row = self.good(place)[1]

        def told(name: str, text: str, reason: str | None = None) -> Wrong:
            at = self.places[name]
            changed = [*row[:at], text.strip('"'), *row[at + 1 :]]
            return Wrong(spelt(row, at, text), None if reason else changed, reason)

        def number(text: str) -> str:
            return f"{self.quotes}{text}{self.quotes}"

        def unread(text: str) -> Wrong:
            return Wrong(spelt([*row[: self.width], 0], self.width, text), row)

        return {
            "unknown field": Wrong(
                spelt([*row[: self.width], 0, 0], self.width + 1, '"new"'), row
            ),
            "missing field": Wrong(
                spelt(row[: self.width - 1], self.width - 2, "7"),
                reason=f"fewer than {self.width} elements",
            ),
            "null field": told("close_price", "null", NO_NUMBER),
            "number as string": told([*self.places][-1], '"17"'),
            "string as number": told("base_volume", "12.340000000000000000001"),
            "1e-7": told("low_price", number("1e-7")),
            "100 digits": told(
                "base_volume",
                number(DIGITS),
                "volume out of range: at least 1e-30 and below 1e20",
            ),
            "NaN": told("high_price", "NaN", NO_NUMBER),
            "Infinity": told("high_price", "Infinity", NO_NUMBER),
            "NUL escape": unread(r'"\u0000"'),
            "lone surrogate": told("open_price", r'"1\ud800"', NO_NUMBER),
            "emoji": unread('"\U0001f680"'),
            "negative": told("low_price", number("-1"), "a price of zero or less"),
            "senseless": told("high_price", number("0.00000001"), "high below a price"),
            "in the future": Wrong(
                self.text(self.good(place)[4]),
                reason="opens in the future",
                index=4,
                without=(3,),
                at=MONDAY + place * 5 * MINUTE + 3.5 * MINUTE,
            ),
            "microseconds": "its times are in seconds",
        }[fault]

    def built(self, tables: Tables) -> Rows:
        """Return the candles of five minutes."""
        rows = tables.rows("marts.fct_candles_5m", "updated_at", "changed_in")
        return {key: row for key, row in rows.items() if row["exchange"] == self.name}

    def assert_same(self, found: Rows, expected: Rows) -> None:
        """Compare candles, exactly but for the rounding of a division."""
        assert_candles(found, expected)

    def assert_minutes(self, world: World, tables: Tables) -> None:
        """Compare the minutes with the stand-in's."""
        found = tables.rows("(select * from marts.fct_candles_1m) as minutes")
        for symbol in self.symbols:
            asked = {"symbol": symbol, "from_ms": int(world.first.timestamp() * 1000)}
            rows = world.sandbox.truth_of(self.name, **asked)
            assert rows
            told = {
                opened_at: [row[name] for name in self.places]
                for (known, opened_at), row in found.items()
                if known == symbol
            }
            assert told == {
                datetime.fromtimestamp(row[0] * self.unit / 1000, UTC): [
                    Decimal(str(row[at])) for at in self.places.values()
                ]
                for row in rows
            }
