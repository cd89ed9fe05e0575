"""CryptoCompare's top lists: the data-api and the legacy min-api, behind a key."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Request, Response

from sandbox.bodies import Bodies
from sandbox.clock import Clock, instant, iso
from sandbox.coins import Coin, Worth, coins, slipped
from sandbox.ranking import Ranking

PAGE = (10, 100)
SORTS = ("SPOT_MOVING_24_HOUR_QUOTE_VOLUME_USD", "CREATED_ON", "SYMBOL")
REFUSALS = {
    400: (1, "An invalid value was sent for a parameter."),
    401: (
        2,
        "API key required, please refer to the documentation at "
        "https://developers.coindesk.com/",
    ),
    403: (3, "This endpoint is not in your plan."),
    404: (4, "Not found."),
    429: (99, "You are over your rate limit please upgrade your account!"),
}
Query = Mapping[str, str]


class Refusal(Exception):  # noqa: N818 - an answer rather than a mishap
    """The status and the body that are sent in the place of coins."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.body = body


class CryptoCompare(Ranking):
    """The stand-in: one endpoint of either host; the volume of a coin can be set."""

    measure = "volume"

    def __init__(self, clock: Clock, worth: Worth, recorded: Bodies) -> None:
        super().__init__(clock, worth, recorded)
        for path, reply in (
            ("/asset/v1/top/list", self._top_list),
            ("/data/top/totalvolfull", self._total_volume),
        ):
            self.router.add_route(path, self._behind_the_key(reply))

    def truth(self, query: dict[str, str]) -> Response:
        """Return all coins `at` a time, in order of their volume, without tokens."""
        at = instant(query["at"]) if "at" in query else self.clock.now()
        coins = [
            {
                "id": coin.toplist_id,
                "linked_id": coin.linked_id,
                "symbol": coin.symbol,
                "name": coin.name,
                "volume": volume,
                "updated_at": iso(self.worth.updated_at(coin, at, "toplist")),
            }
            for coin, volume in self._ranked(at)
        ]
        return Response(json.dumps(coins), media_type="application/json")

    def refusal(self, status: int) -> dict[str, Any]:
        """Return the body that the data-api sends with an error status."""
        kind, message = REFUSALS.get(status, (5, "Internal error."))
        error = {"type": kind, "message": message, "http_status_code": status}
        return {"Data": {}, "Err": {**error, "other_info": {}}}

    def _top_list(self, query: Query) -> str:
        """Return a page of the data-api, counted from 1."""
        page, size = int(query.get("page", 1)), int(query.get("page_size", PAGE[1]))
        is_known = query.get("sort_by", SORTS[0]) in SORTS
        kind = query.get("asset_type", "BLOCKCHAIN")
        if not (1 <= page <= 100 and PAGE[0] <= size <= PAGE[1] and is_known):
            raise ValueError(query)
        if self._spend():
            raise Refusal(429, self.refusal(429))
        if self.recorded:
            empty = json.dumps({"Data": {"STATS": {}, "LIST": []}, "Err": {}})
            return self._newest() if page == 1 and self._newest() else empty
        found, now = self._ranked(self.clock.now(), kind == "TOKEN"), self.clock.now()
        chosen = slipped(found, (page - 1) * size, size, now, self.slips)
        chosen, total = self.page_sent((page - 1) * size + 1, chosen, len(found))
        stats = {"PAGE": page, "PAGE_SIZE": size, "TOTAL_ASSETS": total}
        listed = [self._asset(coin, volume, now) for coin, volume in chosen]
        return json.dumps({"Data": {"STATS": stats, "LIST": listed}, "Err": {}})

    def _total_volume(self, query: Query) -> str:
        """Return a page of the min-api, counted from 0."""
        if not query.get("tsym"):
            raise Refusal(200, _error(2, "tsym param seems to be missing.", "tsym"))
        page, size = int(query.get("page", 0)), int(query.get("limit", 10))
        if page < 0 or not 1 <= size <= PAGE[1]:
            raise Refusal(
                200, _error(2, "limit param is not a valid integer.", "limit")
            )
        if window := self._spend():
            limits = {window: self.quota.limits[window]}
            made = {window: self.quota.made(window, self.clock.now())}
            body = _error(99, REFUSALS[429][1])
            body["RateLimit"] = {"calls_made": made, "max_calls": limits}
            raise Refusal(200, body)
        success = {"Message": "Success", "Type": 100, "SponsoredData": []}
        if self.recorded:
            empty = json.dumps({**success, "MetaData": {"Count": 0}, "Data": []})
            return self._newest() if page == 0 and self._newest() else empty
        found, now = self._ranked(self.clock.now()), self.clock.now()
        chosen = slipped(found, page * size, size, now, self.slips)
        chosen, total = self.page_sent(page * size + 1, chosen, len(found))
        data = [self._full(coin, volume, now) for coin, volume in chosen]
        return json.dumps({**success, "MetaData": {"Count": total}, "Data": data})

    def _asset(self, coin: Coin, volume: float, at: int) -> dict[str, Any]:
        updated_at = self.worth.updated_at(coin, at, "toplist") // 1000
        asset = {
            "ID": coin.toplist_id,
            "TYPE": "162",
            "SYMBOL": coin.symbol,
            "NAME": coin.name,
            "ASSET_TYPE": "TOKEN" if coin.is_token else "BLOCKCHAIN",
            "UPDATED_ON": updated_at - 86_400,
            "PRICE_USD": self.worth.price(coin, at),
            "PRICE_USD_LAST_UPDATE_TS": updated_at,
            "SPOT_MOVING_24_HOUR_QUOTE_VOLUME_USD": volume,
        }
        if coin.linked_id:
            linked = {"NAME": "CMC", "ID": str(coin.linked_id)}
            asset["ASSET_ALTERNATIVE_IDS"] = [{"NAME": "COINGECKO", "ID": "x"}, linked]
        elif coin.listing_id:
            asset["ASSET_ALTERNATIVE_IDS"] = [{"NAME": "COINGECKO", "ID": "1"}]
        elif coin.place % 40 == 8:
            asset["ASSET_ALTERNATIVE_IDS"] = None
        return asset

    def _full(self, coin: Coin, volume: float, at: int) -> dict[str, Any]:
        info = {"Id": str(coin.toplist_id), "Name": coin.symbol, "FullName": coin.name}
        price = self.worth.price(coin, at)
        if price is None:
            return {"CoinInfo": info}
        raw = {
            "TYPE": "5",
            "MARKET": "CCCAGG",
            "FROMSYMBOL": coin.symbol,
            "TOSYMBOL": "USD",
            "PRICE": price,
            "LASTUPDATE": self.worth.updated_at(coin, at, "toplist") // 1000,
            "TOTALVOLUME24HTO": volume,
        }
        return {"CoinInfo": info, "RAW": {"USD": raw}}

    def _ranked(self, at: int, is_token: bool = False) -> list[tuple[Coin, float]]:
        found = [
            (
                coin,
                self.numbers.get(
                    coin.toplist_id, self.worth.volume(coin, at, "toplist")
                ),
            )
            for coin in coins()
            if coin.toplist_id and coin.toplist_id not in self.removed
            if coin.is_token == is_token
        ]
        return sorted(found, key=lambda ranked: ranked[1], reverse=True)

    def _newest(self) -> str | None:
        return self.recorded.newest(self.clock.now())

    def _spend(self) -> str | None:
        return self.quota.spend(self.clock.now(), minute=1, day=1, month=1)

    def _behind_the_key(self, reply: Callable[[Query], str]) -> Callable:
        async def endpoint(request: Request) -> Response:
            status = 200
            try:
                given = request.headers.get("Authorization", "")
                query = request.query_params
                if f"Apikey {self.key}" not in (
                    given,
                    f"Apikey {query.get('api_key')}",
                ):
                    raise Refusal(401, self.refusal(401))
                body = reply(query)
            except Refusal as refusal:
                status, body = refusal.status, json.dumps(refusal.body)
            except ValueError:
                status, body = 400, json.dumps(self.refusal(400))
            return Response(body, status, media_type="application/json")

        return endpoint


def _error(kind: int, message: str, parameter: str | None = None) -> dict[str, Any]:
    """Return an error of the min-api, which comes with HTTP 200."""
    body = {"Response": "Error", "Message": message, "HasWarning": False, "Type": kind}
    body |= {"RateLimit": {}, "Data": {}}
    return body | ({"ParamWithError": parameter} if parameter else {})
