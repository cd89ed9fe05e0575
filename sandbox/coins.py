"""Generated coins, the same for both rankings: what each is, and what it is worth.

They hold what makes rankings hard to join: symbols that many share, one of them
Bitcoin's; ids of one source that are another coin's at the other; coins that only one
source knows, or that have no price; a coin that rises and falls with each minute.
"""

import json
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

from .binance.candles import Question, answer
from .binance.series import Market
from .clock import MINUTE

KNOWN = (
    (1, "BTC", "Bitcoin", 60_000),
    (1027, "ETH", "Ethereum", 3_000),
    (825, "USDT", "Tether USDt", 1),
    (52, "XRP", "XRP", 0.6),
)
COUNT, TOKENS = 400, 40
ROVER = 41
FIRST_ID = 2_000
UNKNOWN_ID = 900_000
GREATEST_VOLUME = 50_000_000_000


@dataclass(frozen=True)
class Coin:
    """A coin: its id at either source, None where that one does not know it.

    `linked_id` is the CoinMarketCap id that CryptoCompare links to, or None.
    """

    place: int
    listing_id: int | None
    toplist_id: int | None
    linked_id: int | None
    symbol: str
    name: str
    usual_price: float | None
    is_token: bool


@cache
def coins() -> tuple[Coin, ...]:
    """Return all coins and tokens, the most traded first."""
    return tuple(map(_coin, range(COUNT + TOKENS)))


def _coin(place: int) -> Coin:
    if place < len(KNOWN):
        listing_id, symbol, name, price = KNOWN[place]
        return Coin(
            place, listing_id, place + 1, listing_id, symbol, name, price, False
        )
    listing_id, toplist_id = FIRST_ID + place, place + 1
    linked_id: int | None = listing_id
    kind = place % 20
    if kind == 3:
        toplist_id = linked_id = None
    elif kind == 8:
        listing_id = linked_id = None
    elif kind == 13:
        listing_id, linked_id = None, UNKNOWN_ID + place
    elif kind == 18:
        linked_id = None
    price = float(f"{10 ** (4 - 12 * _share(f'price/{place}')):.6g}")
    return Coin(
        place,
        listing_id,
        toplist_id,
        linked_id,
        symbol=_symbol(place),
        name=f"Coin {place}",
        usual_price=None if place % 50 == 11 else price,
        is_token=place >= COUNT,
    )


def _symbol(place: int) -> str:
    if place % 9 == 0:
        return "PEPE"
    return "BTC" if place % 25 == 7 else f"C{place:03d}"


class Worth:
    """What coins are worth by the minute; some as Binance's stand-in has them."""

    def __init__(self, market: Market, seed: int) -> None:
        self.market = market
        self.seed = seed

    def price(self, coin: Coin, at: int) -> float | None:
        """Return the dollars of one coin, None for one without a price."""
        if coin.place < len(KNOWN) and (closed := self._close(coin, at)):
            return closed
        if coin.usual_price is None:
            return None
        return self._waving(coin.usual_price, "price", coin, at)

    def volume(self, coin: Coin, at: int, source: str) -> float:
        """Return the dollars that a coin was traded for in 24 hours, by a source."""
        usual = GREATEST_VOLUME / (coin.place + 1)
        if coin.place == ROVER and at // MINUTE % 2:
            usual *= 1.6
        scale = 0.95 + 0.1 * _share(f"{self.seed}/{source}/{coin.place}")
        return self._waving(usual * scale, f"volume/{source}", coin, at)

    def updated_at(self, coin: Coin, at: int, source: str) -> int:
        """Return when a source last heard of a coin, epoch ms of a full second."""
        age = int(90 * _share(f"{self.seed}/{source}/{coin.place}/age"))
        return at // MINUTE * MINUTE - age * 1000

    def _close(self, coin: Coin, at: int) -> float | None:
        """Return the close of the newest minute of Binance's that is over."""
        symbol = f"{coin.symbol}USDT"
        series = self.market.find(symbol)
        if series is None:
            return None
        over = at // MINUTE * MINUTE - MINUTE
        rows = answer(series, Question(symbol, "1m", end=over, limit=1), at)
        return float(json.loads(rows[0])[4]) if rows else None

    def _waving(self, usual: float, what: str, coin: Coin, at: int) -> float:
        share = _share(f"{self.seed}/{what}/{coin.place}/{at // MINUTE}")
        return float(f"{usual * (0.995 + 0.01 * share):.12g}")


def _share(name: str) -> float:
    """Return a number from 0 to below 1, always the same for a name."""
    digest = blake2b(name.encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48


def slipped(coins: list, start: int, size: int, at: int, slips: int | None) -> list:
    """Return the coins from a place (from 0) on, so many as a page has.

    Between the first page and the others of a minute, `slips` coins rise into the
    first, so that the others begin with what it ended with: by default one in every
    odd minute.
    """
    by = at // MINUTE % 2 if slips is None else slips
    start = max(start - by, 0) if start else 0
    return coins[start : start + size]
