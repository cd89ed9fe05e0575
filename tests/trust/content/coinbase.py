"""What may be wrong with a candle of Coinbase's: a list of time and five numbers."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tests.support.klines import MINUTE, MONDAY, trades
from tests.support.tables import Tables
from tests.trust.content.binance import NO_NUMBER, Binance
from tests.trust.content.story import DIGITS, Answer, Rows, Wrong, listed, spelt
from tests.trust.world import World

PLACES = {
    "open_price": 3,
    "high_price": 2,
    "low_price": 1,
    "close_price": 4,
    "base_volume": 5,
}
UNTOLD = (
    *("quote_volume", "taker_buy_base_volume", "taker_buy_quote_volume"),
    *("trade_count", "vwap_price"),
)


class Coinbase(Binance):
    """Five minutes a story, which are one candle."""

    name, table = "coinbase", "coinbase__candles"
    width = 6

    def good(self, place: int, revision: int = 0) -> list[list]:
        """Return five candles."""
        start = int((MONDAY + place * 5 * MINUTE).timestamp())
        return [
            [start + 60 * each, 90 + each, 110 + each, 100.5, 101, 1.25 + revision]
            for each in range(5)
        ]

    def page(self, place: int, first: int, items: Sequence, at: datetime) -> Answer:
        """Return a list of candles."""
        start = MONDAY + (place * 5 + first) * MINUTE
        until = start + (len(items) - 1) * MINUTE
        text = listed(items, lambda item: spelt([*item, 0], 6, "0"))
        return trades(text, start, until, fetched_at=at)

    def rows(self, place: int, items: Sequence, at: datetime) -> Rows:
        """Return the candle of the minutes, the last of a minute counting."""
        minutes = {row[0]: row for row in items if row}
        ordered = [minutes[opened_at] for opened_at in sorted(minutes)]
        columns = {
            name: [Decimal(row[at]) for row in ordered] for name, at in PLACES.items()
        }
        opened_at = datetime.fromtimestamp(ordered[0][0], UTC)
        opened_at -= timedelta(minutes=opened_at.minute % 5)
        return {
            ("BTC-USD", opened_at): {
                "exchange": self.name,
                "symbol": "BTC-USD",
                "opened_at": opened_at,
                "open_price": columns["open_price"][0],
                "high_price": max(columns["high_price"]),
                "low_price": min(columns["low_price"]),
                "close_price": columns["close_price"][-1],
                "base_volume": sum(columns["base_volume"]),
                **dict.fromkeys(UNTOLD),
                "minute_count": len(ordered),
                "is_complete": len(ordered) == 5,
                "is_final": len(ordered) == 5,
            }
        }

    def wrong(self, fault: str, place: int) -> Wrong | str:
        """Return what a fault does to a candle."""
        row = self.good(place)[1]

        def told(at: int, text: str, reason: str | None = None) -> Wrong:
            changed = [*row[:at], text.strip('"'), *row[at + 1 :]]
            return Wrong(spelt(row, at, text), None if reason else changed, reason)

        if fault == "in the future":
            return Wrong(
                spelt([*self.good(place)[4], 0], 6, "0"),
                reason="opens in the future",
                index=4,
                without=(3,),
                at=MONDAY + place * 5 * MINUTE + 3.5 * MINUTE,
            )
        return {
            "unknown field": Wrong(spelt([*row, "new"], 6, '"new"'), row),
            "missing field": Wrong(
                spelt(row[:5], 4, "7"), None, "fewer than 6 elements"
            ),
            "null field": told(4, "null", NO_NUMBER),
            "number as string": told(5, '"17"'),
            "string as number": told(5, "12.340000000000000000001"),
            "1e-7": told(1, "1e-7"),
            "100 digits": told(
                5, DIGITS, "volume out of range: at least 1e-30 and below 1e20"
            ),
            "NaN": told(2, "NaN", NO_NUMBER),
            "Infinity": told(2, "Infinity", NO_NUMBER),
            "NUL escape": Wrong(spelt([*row, 0], 6, r'"\u0000"'), row),
            "lone surrogate": told(3, r'"1\ud800"', NO_NUMBER),
            "emoji": Wrong(spelt([*row, 0], 6, '"\U0001f680"'), row),
            "negative": told(1, "-1", "a price of zero or less"),
            "senseless": told(2, "0.00000001", "high below a price"),
            "microseconds": "its times are in seconds",
        }[fault]


SYSTEM = Coinbase()


def assert_minutes(world: World, tables: Tables) -> None:
    """Compare the minutes with the stand-in's."""
    found = tables.rows("(select * from marts.fct_candles_1m) as minutes")
    for symbol in ("BTC-USD", "ETH-USD"):
        asked = {"symbol": symbol, "from_ms": int(world.first.timestamp() * 1000)}
        rows = world.sandbox.truth_of("coinbase", **asked)
        assert rows
        told = {
            opened_at: [row[name] for name in PLACES]
            for (known, opened_at), row in found.items()
            if known == symbol
        }
        assert told == {
            datetime.fromtimestamp(row[0], UTC): [
                Decimal(repr(row[at])) for at in PLACES.values()
            ]
            for row in rows
        }
