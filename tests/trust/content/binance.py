"""Klines of Binance's: lists of time and nine numbers, of which eight are texts."""

from collections.abc import Sequence
from datetime import datetime

from tests.support.candle_truth import MEASURES
from tests.support.klines import MINUTE, MONDAY, kline
from tests.support.klines import page as page_of
from tests.trust.content.exchange import Exchange
from tests.trust.content.story import Answer, Wrong, listed


class Binance(Exchange):
    """Its times may be finer."""

    name, table = "binance", "binance__klines"
    symbols = ("BTCUSDT",)
    width, unit, quotes = 11, 1, '"'
    places = {**MEASURES, "trade_count": 8}

    def good(self, place: int, revision: int = 0) -> list[list]:
        """Return five klines."""
        start = MONDAY + place * 5 * MINUTE
        return [
            kline(self.symbols[0], start + each * MINUTE, revision) for each in range(5)
        ]

    def page(self, place: int, first: int, items: Sequence, at: datetime) -> Answer:
        """Return a list of klines."""
        start = MONDAY + (place * 5 + first) * MINUTE
        end = start + len(items) * MINUTE
        made = page_of(listed(items, self.text), start, end, self.symbols[0], at)
        return made.request, made.payload, at

    def wrong(self, fault: str, place: int) -> Wrong | str:
        """Return what a fault does to a kline."""
        if fault != "microseconds":
            return super().wrong(fault, place)
        row = self.good(place)[1]
        finer = [row[0] * 1000, *row[1:6], row[6] * 1000 + 999, *row[7:]]
        return Wrong(self.text(finer), row)
