"""Binance's spot market data: klines, time, ping, exchangeInfo."""

import json
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response

from sandbox.clock import Clock

from .candles import answer
from .limits import Limits
from .parameters import Refusal, question
from .series import Market

FIREWALL = "<html><head><title>403 Forbidden</title></head></html>"
REFUSALS = {
    400: (-1100, "Illegal characters found in a parameter."),
    418: (-1003, "Way too much request weight used; IP banned."),
    429: (-1003, "Too much request weight used; current limit is 6000 per 1 MINUTE."),
    451: (
        0,
        "Service unavailable from a restricted location according to "
        "'b. Eligibility' in https://www.binance.com/en/terms. Please contact "
        "customer service if you believe you received this message in error.",
    ),
    503: (-1008, "Server is currently overloaded with other requests."),
    504: (-1007, "Timeout waiting for response from backend server."),
}


class Binance:
    """The stand-in: a market of series behind the limits of one address."""

    def __init__(self, clock: Clock, market: Market) -> None:
        self.clock = clock
        self.market = market
        self.limits = Limits()
        self.router = APIRouter()
        for path, weight, reply in (
            ("klines", 2, self.klines),
            ("time", 1, self.time),
            ("ping", 1, self.ping),
            ("exchangeInfo", 20, self.exchange_info),
        ):
            self.router.add_route(f"/api/v3/{path}", self._metered(weight, reply))

    def klines(self, request: Request) -> str:
        """Return the candles that a request asks for."""
        asked = question(request.scope["query_string"].decode())
        series = self.market.find(asked.symbol)
        if series is None:
            raise Refusal(400, -1121, "Invalid symbol.")
        rows = answer(series, asked, self.clock.now())
        if in_microseconds(request):
            rows = [_microseconds(row) for row in rows]
        return f"[{','.join(rows)}]"

    def time(self, request: Request) -> str:
        """Return the stand-in's time."""
        now = self.clock.now()
        return json.dumps(
            {"serverTime": now * 1000 if in_microseconds(request) else now}
        )

    def ping(self, request: Request) -> str:
        """Return nothing, as the test of connectivity does."""
        return "{}"

    def exchange_info(self, request: Request) -> str:
        """Return the limits and the symbols, without the filters of trading."""
        weight = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE"}
        raw = {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE"}
        info = {
            "timezone": "UTC",
            **json.loads(self.time(request)),
            "rateLimits": [
                weight | {"intervalNum": 1, "limit": self.limits.settings["weight"]},
                raw | {"intervalNum": 5, "limit": 61000},
            ],
            "exchangeFilters": [],
            "symbols": [
                {"symbol": symbol, "status": "TRADING"} for symbol in self.market.all()
            ],
        }
        return json.dumps(info, separators=(",", ":"))

    def configure(self, key: str, value: object) -> None:
        """Obey `limits`, or one of the market's keys."""
        if key == "limits":
            self.limits.configure(value)
        else:
            self.market.configure(key, value)

    def reset(self) -> None:
        """Forget weights, bans, gaps, revisions and added symbols."""
        self.limits.reset()
        self.market.reset()

    def series(self) -> list[dict[str, Any]]:
        """Return symbol, interval, origin, first and last opening of each series."""
        return self.market.listing(self.clock.now())

    def truth(self, query: dict[str, str]) -> Response:
        """Return all rows of `symbol` that open from `from_ms` to `to_ms`."""
        rows = self.market.truth(query, self.clock.now())
        return Response(f"[{','.join(rows)}]", media_type="application/json")

    def refusal(self, status: int) -> str | dict[str, Any]:
        """Return the body that Binance sends with an error status."""
        if status == 403:
            return FIREWALL
        code, msg = REFUSALS.get(status, (-1000, "An unknown error occurred."))
        return {"code": code, "msg": msg}

    def _metered(self, weight: int, reply: Callable[[Request], str]) -> Callable:
        async def endpoint(request: Request) -> Response:
            status, headers = 200, {}
            try:
                self.limits.spend(weight)
                body = reply(request)
            except Refusal as refusal:
                status, headers = refusal.status, refusal.headers
                body = json.dumps(refusal.body, separators=(",", ":"))
            return Response(
                body,
                status,
                headers | self.limits.headers(),
                media_type="application/json;charset=UTF-8",
            )

        return endpoint


def in_microseconds(request: Request) -> bool:
    """Return whether reply times are wanted in µs."""
    return request.headers.get("X-MBX-TIME-UNIT", "").upper() == "MICROSECOND"


def _microseconds(row: str) -> str:
    parts = row.split(",")
    parts[0] += "000"
    parts[6] += "999"
    return ",".join(parts)
