"""What may be wrong with a kline, and candles of five minutes by plain Decimal."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext

from tests.support.candle_truth import MEASURES, assert_candles
from tests.support.klines import MINUTE, MONDAY, kline
from tests.support.klines import page as page_of
from tests.support.tables import Tables
from tests.trust.content.story import DIGITS, Answer, Rows, System, Wrong, listed, spelt

NO_NUMBER = "not a number where one belongs"
SYMBOL = "BTCUSDT"


class Binance(System):
    """Five minutes a story, which are one candle."""

    name, table = "binance", "binance__klines"
    width = 11

    def good(self, place: int, revision: int = 0) -> list[list]:
        """Return five klines."""
        start = MONDAY + place * 5 * MINUTE
        return [kline(SYMBOL, start + each * MINUTE, revision) for each in range(5)]

    def page(self, place: int, first: int, items: Sequence, at: datetime) -> Answer:
        """Return a list of klines."""
        text = listed(items, lambda item: spelt(item, 11, '"0"'))
        start = MONDAY + (place * 5 + first) * MINUTE
        made = page_of(text, start, start + len(items) * MINUTE, SYMBOL, at)
        return made.request, made.payload, at

    def rows(self, place: int, items: Sequence, at: datetime) -> Rows:
        """Return the candle of the klines, the last of a minute counting."""
        minutes = {row[0]: row for row in items if row}
        ordered = [minutes[opened_at] for opened_at in sorted(minutes)]
        candle = dict(zip(MEASURES, _rolled(ordered), strict=True))
        opened_at = datetime.fromtimestamp(ordered[0][0] / 1000, UTC)
        opened_at -= timedelta(minutes=opened_at.minute % 5)
        with localcontext(prec=300):
            base, quote = candle["base_volume"], candle["quote_volume"]
            candle["vwap_price"] = quote / base if base and quote else None
        candle |= {
            "exchange": self.name,
            "symbol": SYMBOL,
            "opened_at": opened_at,
            "trade_count": sum(int(row[8]) for row in ordered),
            "minute_count": len(ordered),
            "is_complete": len(ordered) == 5,
            "is_final": len(ordered) == 5,
        }
        return {(SYMBOL, opened_at): candle}

    def wrong(self, fault: str, place: int) -> Wrong | str:
        """Return what a fault does to a kline."""
        row = self.good(place)[1]
        start = MONDAY + place * 5 * MINUTE

        def with_text(at: int, text: str, *, taken: bool) -> Wrong:
            changed = [*row[:at], text.strip('"'), *row[at + 1 :]]
            return Wrong(
                spelt(row, at, text),
                changed if taken else None,
                None if taken else NO_NUMBER,
            )

        if fault == "in the future":
            last = self.good(place)[4]
            return Wrong(
                spelt(last, 11, '"0"'),
                reason="opens in the future",
                index=4,
                without=(3,),
                at=start + 3.5 * MINUTE,
            )
        return {
            "unknown field": Wrong(spelt([*row, "new", 0], 11, '"0"'), row),
            "missing field": Wrong(
                spelt(row[:9], 8, "7"), reason="fewer than 11 elements"
            ),
            "null field": with_text(4, "null", taken=False),
            "number as string": with_text(8, '"17"', taken=True),
            "string as number": with_text(5, "12.340000000000000000001", taken=True),
            "1e-7": with_text(3, '"1e-7"', taken=True),
            "100 digits": Wrong(
                spelt(row, 7, f'"{DIGITS}"'),
                reason="volume out of range: at least 1e-30 and below 1e20",
            ),
            "NaN": with_text(2, "NaN", taken=False),
            "Infinity": with_text(2, "Infinity", taken=False),
            # in the last element, which nobody reads
            "NUL escape": Wrong(spelt(row, 11, r'"\u0000"'), row),
            "lone surrogate": with_text(3, r'"1\ud800"', taken=False),
            "emoji": Wrong(spelt(row, 11, '"\U0001f680"'), row),
            "negative": Wrong(
                spelt(row, 3, '"-1.00000000"'), reason="a price of zero or less"
            ),
            "senseless": Wrong(
                spelt(row, 2, '"0.00000001"'), reason="high below a price"
            ),
            "microseconds": Wrong(
                spelt(
                    [row[0] * 1000, *row[1:6], row[6] * 1000 + 999, *row[7:]], 11, '"0"'
                ),
                row,
            ),
        }[fault]

    def built(self, tables: Tables) -> Rows:
        """Return the candles of five minutes."""
        rows = tables.rows("marts.fct_candles_5m", "updated_at", "changed_in")
        return {key: row for key, row in rows.items() if row["exchange"] == self.name}

    def assert_same(self, found: Rows, expected: Rows) -> None:
        """Compare candles, exactly but for the rounding of a division."""
        assert_candles(found, expected)


def _rolled(ordered: Sequence[list]) -> list[Decimal]:
    """Return first, highest, lowest and last price, then the sums, as MEASURES has."""
    reduce = {"open_price": lambda prices: prices[0], "close_price": lambda p: p[-1]}
    reduce |= {"high_price": max, "low_price": min}
    with localcontext(prec=300):
        return [
            reduce.get(name, sum)([Decimal(row[at]) for row in ordered])
            for name, at in MEASURES.items()
        ]
