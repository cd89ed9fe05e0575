"""CoinMarketCap's listings: v1 and v3, behind a key and its credits."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Request, Response

from sandbox.bodies import Bodies
from sandbox.clock import Clock, instant, iso
from sandbox.coins import Coin, Worth, coins, slipped
from sandbox.ranking import Ranking

REFUSALS = {
    400: (400, "Invalid value for a parameter."),
    401: (1001, "This API Key is invalid."),
    402: (1003, "Your API Key must be activated."),
    403: (1006, "Your API Key subscription plan doesn't support this endpoint."),
    429: (
        1008,
        "You've exceeded your API Key's HTTP request rate limit. "
        "Rate limits reset every minute.",
    ),
}
MISSING = (1002, "API key missing.")
EXHAUSTED = {
    "minute": REFUSALS[429],
    "day": (1009, "You've exceeded your API Key's daily rate limit."),
    "month": (1010, "You've exceeded your API Key's monthly rate limit."),
}
SORTS = {
    "volume_24h": lambda listed: listed["volume"],
    "market_cap": lambda listed: -listed["coin"].place,
    "name": lambda listed: listed["coin"].name,
    "symbol": lambda listed: listed["coin"].symbol,
}
LARGEST_PAGE = 5000
DOLLAR_ID = 2781
Query = Mapping[str, str]


class Refusal(Exception):  # noqa: N818 - an answer rather than a mishap
    """The status and the code that are sent in the place of coins."""

    def __init__(self, status: int, code: tuple[int, str]) -> None:
        self.status = status
        self.code = code


class CoinMarketCap(Ranking):
    """The stand-in: v1 and v3 of one endpoint; the price of a coin can be set."""

    measure = "price"

    def __init__(self, clock: Clock, worth: Worth, recorded: Bodies) -> None:
        super().__init__(clock, worth, recorded)
        for version in ("v1", "v3"):
            self.router.add_route(
                f"/{version}/cryptocurrency/listings/latest", self._listings(version)
            )

    def truth(self, query: dict[str, str]) -> Response:
        """Return all coins `at` a time, in order of their volume, without tokens."""
        at = instant(query["at"]) if "at" in query else self.clock.now()
        coins = [
            {
                "id": listed["coin"].listing_id,
                "symbol": listed["coin"].symbol,
                "name": listed["coin"].name,
                "price": listed["price"],
                "updated_at": listed["updated_at"],
            }
            for listed in self._sorted(
                at, {"cryptocurrency_type": "coins", "sort": "volume_24h"}
            )
        ]
        return Response(json.dumps(coins), media_type="application/json")

    def refusal(self, status: int) -> dict[str, Any]:
        """Return the body that CoinMarketCap sends with an error status."""
        return {"status": self._status(REFUSALS.get(status, (500, "Server error")))}

    def _listings(self, version: str) -> Callable:
        async def endpoint(request: Request) -> Response:
            status = 200
            try:
                body = self._answer(version, request.headers, request.query_params)
            except Refusal as refusal:
                status = refusal.status
                body = json.dumps({"status": self._status(refusal.code)})
            except ValueError:
                status, body = 400, json.dumps(self.refusal(400))
            return Response(body, status, media_type="application/json")

        return endpoint

    def _answer(self, version: str, headers: Query, query: Query) -> str:
        given = headers.get("X-CMC_PRO_API_KEY")
        if given != self.key:
            raise Refusal(401, REFUSALS[401] if given else MISSING)
        start, limit = int(query.get("start", 1)), int(query.get("limit", 100))
        if start < 1 or not 1 <= limit <= LARGEST_PAGE:
            raise ValueError(query)
        now = self.clock.now()
        if self.recorded:
            body = self.recorded.newest(now) if start == 1 else None
            return body or self._body(version, [], 0, 0)
        found = self._sorted(now, query)
        page = slipped(found, start - 1, limit, now, self.slips)
        credit = -(-len(page) // 200)
        window = self.quota.spend(now, minute=1, day=credit, month=credit)
        if window:
            raise Refusal(429, EXHAUSTED[window])
        return self._body(version, *self.page_sent(start, page, len(found)), credit)

    def _sorted(self, at: int, query: Query) -> list[dict[str, Any]]:
        kind = query.get("cryptocurrency_type", "all")
        if (
            kind not in ("all", "coins", "tokens")
            or query.get("convert", "USD") != "USD"
        ):
            raise ValueError(query)
        by, direction = query.get("sort", "market_cap"), query.get("sort_dir", "desc")
        if by not in SORTS or direction not in ("asc", "desc"):
            raise ValueError(query)
        found = [
            self._listed(coin, at)
            for coin in coins()
            if coin.listing_id and coin.listing_id not in self.removed
            if kind == "all" or coin.is_token == (kind == "tokens")
        ]
        return sorted(found, key=SORTS[by], reverse=direction == "desc")

    def _listed(self, coin: Coin, at: int) -> dict[str, Any]:
        price = self.worth.price(coin, at)
        return {
            "coin": coin,
            "price": self.numbers.get(coin.listing_id, price),
            "volume": self.worth.volume(coin, at, "listings"),
            "updated_at": iso(self.worth.updated_at(coin, at, "listings")),
        }

    def _body(self, version: str, page: list, total: int | None, credit: int) -> str:
        status = self._status((0, None)) | {
            "credit_count": credit,
            "notice": None,
            "total_count": total,
        }
        data = [_item(version, listed) for listed in page]
        return json.dumps({"status": status, "data": data})

    def _status(self, code: tuple[int, str | None]) -> dict[str, Any]:
        return {
            "timestamp": iso(self.clock.now()),
            "error_code": code[0],
            "error_message": code[1],
            "elapsed": 10,
            "credit_count": 0,
        }


def _item(version: str, listed: dict[str, Any]) -> dict[str, Any]:
    coin = listed["coin"]
    quote = {
        "price": listed["price"],
        "volume_24h": listed["volume"],
        "percent_change_24h": 0.5,
        "market_cap": None,
        "last_updated": listed["updated_at"],
    }
    dollars = {"id": DOLLAR_ID, "symbol": "USD", **quote}
    return {
        "id": coin.listing_id,
        "name": coin.name,
        "symbol": coin.symbol,
        "slug": coin.name.lower().replace(" ", "-"),
        "num_market_pairs": 10,
        "date_added": "2013-04-28T00:00:00.000Z",
        "tags": [],
        "max_supply": None,
        "circulating_supply": 21_000_000,
        "total_supply": 21_000_000,
        "platform": {"id": 1027, "symbol": "ETH"} if coin.is_token else None,
        "cmc_rank": coin.place + 1,
        "last_updated": listed["updated_at"],
        "quote": {"USD": quote} if version == "v1" else [dollars],
    }
