"""Candles of Coinbase's: lists of time and five numbers."""

import json
from collections.abc import Sequence
from datetime import datetime

from tests.support.klines import FETCHED, MINUTE, MONDAY
from tests.trust.content.exchange import Exchange
from tests.trust.content.story import Answer, listed


class Coinbase(Exchange):
    """Its numbers are JSON's, and a minute without trades has none."""

    name, table = "coinbase", "coinbase__candles"
    symbols = ("BTC-USD", "ETH-USD")
    width, unit, lacks = 6, 1000, "quiet"
    places = {
        "open_price": 3,
        "high_price": 2,
        "low_price": 1,
        "close_price": 4,
        "base_volume": 5,
    }

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
        text = listed(items, self.text)
        return trades(text, start, until, self.symbols[0], at)


def trades(
    rows: Sequence[object] | str,
    first: datetime,
    last: datetime,
    symbol: str = "BTC-USD",
    fetched_at: datetime = FETCHED,
) -> tuple[str, str, datetime]:
    """Return Coinbase's answer about `[first, last]`: request, payload, fetch time."""
    request = {
        "end": f"{last:%Y-%m-%dT%H:%M:%SZ}",
        "granularity": 60,
        "start": f"{first:%Y-%m-%dT%H:%M:%SZ}",
        "symbol": symbol,
    }
    asked, text = (json.dumps(each, separators=(",", ":")) for each in (request, rows))
    return asked, rows if isinstance(rows, str) else text, fetched_at


SYSTEM = Coinbase()
