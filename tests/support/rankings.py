"""Rankings of coins as both sources send them, and the marts computed without dbt."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
LISTINGS, TOPLIST = "coinmarketcap__listings", "cryptocompare__toplist"
MODELS = (
    *("-s", "stg_coinmarketcap__listings+", "stg_cryptocompare__toplist+"),
    *("--exclude", "marts.across", "marts.quality"),
)
STAGED = {LISTINGS: "priced_at", TOPLIST: "ranked_at"}
Answer = tuple[str, str, datetime]


@dataclass(frozen=True)
class Coin:
    """A coin as one source has it; `number` is its price or volume, as JSON text."""

    id: object
    number: str = "1.5"
    linked_id: object = None
    symbol: str = "PEPE"
    name: str = "Pepe"


def listing(coin: Coin, version: str = "v3") -> str:
    """Return a coin as CoinMarketCap writes it."""
    quote = f'"price":{coin.number},"last_updated":"2024-03-05T11:59:30.000Z"'
    if version == "v1":
        quoted = f'{{"USD":{{{quote}}}}}'
    else:
        quoted = f'[{{"id":1,"symbol":"BTC","price":1}},{{"symbol":"USD",{quote}}}]'
    head = {"id": coin.id, "symbol": coin.symbol, "name": coin.name}
    return json.dumps(head)[:-1] + f',"quote":{quoted}}}'


def asset(coin: Coin) -> str:
    """Return a coin as the data-api writes it."""
    head = {"ID": coin.id, "SYMBOL": coin.symbol, "NAME": coin.name}
    if coin.linked_id is not None:
        told = {"NAME": "CMC", "ID": coin.linked_id}
        head["ASSET_ALTERNATIVE_IDS"] = [{"NAME": "COINGECKO", "ID": "1"}, told]
    head["PRICE_USD_LAST_UPDATE_TS"] = 1_709_639_900
    field = f'"SPOT_MOVING_24_HOUR_QUOTE_VOLUME_USD":{coin.number}'
    return json.dumps(head)[:-1] + f",{field}}}"


def listings(
    coins: Sequence[Coin | str],
    minute: datetime = NOON,
    seconds: float = 5,
    size: int = 5000,
    wanted: int = 1000,
    version: str = "v3",
) -> list[Answer]:
    """Return the pages of a whole answer of CoinMarketCap's."""
    found = []
    for start in range(0, max(len(coins), 1), size):
        texts = [
            coin if isinstance(coin, str) else listing(coin, version)
            for coin in coins[start : start + size]
        ]
        asked = {"start": start + 1, "limit": size, "wanted": wanted}
        body = f'{{"status":{{"error_code":0}},"data":[{",".join(texts)}]}}'
        found.append(_answer(asked, body, minute, seconds))
    return found


def toplist(
    coins: Sequence[Coin | str],
    minute: datetime = NOON,
    seconds: float = 8,
    size: int = 100,
    wanted: int = 500,
    total: int | None = None,
) -> list[Answer]:
    """Return the pages of a whole answer of the data-api's."""
    found = []
    for number, start in enumerate(range(0, max(len(coins), 1), size), 1):
        texts = [
            coin if isinstance(coin, str) else asset(coin)
            for coin in coins[start : start + size]
        ]
        stats = {} if total is None else {"TOTAL_ASSETS": total}
        data = f'{{"STATS":{json.dumps(stats)},"LIST":[{",".join(texts)}]}}'
        asked = {"page": number, "page_size": size, "wanted": wanted}
        found.append(_answer(asked, f'{{"Data":{data},"Err":{{}}}}', minute, seconds))
    return found


def _answer(asked: dict, body: str, minute: datetime, seconds: float) -> Answer:
    asked["snapshot_at"] = f"{minute:%Y-%m-%dT%H:%M:%SZ}"
    asked["asked_at"] = (minute + seconds * SECOND).isoformat()
    return json.dumps(asked), body, minute + seconds * SECOND


Sent = Mapping[object, tuple[datetime, Sequence[Coin]]]
"""When each answer was asked for and came, which is one here, and its coins."""


def pairs(
    priced: Iterable[datetime], ranked: Iterable[datetime]
) -> dict[datetime, tuple[datetime, datetime]]:
    """Return by minute the times of the two answers that make its snapshot."""

    def nearest(time: datetime, others: list[datetime]) -> datetime | None:
        near = [other for other in others if abs(other - time) <= 60 * SECOND]
        return min(near, key=lambda other: (abs(other - time), other), default=None)

    prices, tops = sorted(priced), sorted(ranked)
    found = {}
    for price in prices:
        top = nearest(price, tops)
        if top and nearest(top, prices) == price:
            found[min(price, top).replace(second=0, microsecond=0)] = (price, top)
    return found


def ranks(priced: Sent, ranked: Sent) -> dict[tuple[datetime, int], dict]:
    """Return what fct_coin_ranks_1m is to hold, by minute and CoinMarketCap id."""
    prices, rankings = dict(priced.values()), dict(ranked.values())
    found: dict[tuple[datetime, int], dict] = {}
    previous: dict[int, int] = {}
    for minute, (priced_at, ranked_at) in sorted(pairs(prices, rankings).items()):
        known = {}
        for coin in prices[priced_at]:
            known.setdefault(coin.id, coin)
        now: dict[int, int] = {}
        for place, top in _first_places(rankings[ranked_at]):
            listed = top.linked_id and known.get(int(top.linked_id))
            if listed and listed.id not in now:
                now[listed.id] = len(now) + 1
                before = previous.get(listed.id)
                found[minute, listed.id] = {
                    "coin_rank": now[listed.id],
                    "symbol": listed.symbol,
                    "price": listed.number,
                    "volume": top.number,
                    "source_rank": place,
                    "previous_rank": before,
                    "rank_change": before and before - now[listed.id],
                    "priced_at": priced_at,
                    "ranked_at": ranked_at,
                }
        previous = now or previous
    return found


def _first_places(coins: Iterable[Coin]) -> Iterable[tuple[int, Coin]]:
    seen = set()
    for place, coin in enumerate(coins, 1):
        if coin.id not in seen:
            seen.add(coin.id)
            yield place, coin
