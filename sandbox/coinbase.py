"""Coinbase Exchange: candles by product, of the trades that Binance's generator makes.

Where nobody trades in a minute there is none, as in those that are left out.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from fastapi import APIRouter, Response

from sandbox.binance.candles import Question, answer
from sandbox.binance.series import Market
from sandbox.clock import MINUTE, Clock, instant
from sandbox.systems import Setup

PRODUCTS = ["BTC-USD", "ETH-USD"]
MOST = 300
INTERVALS = {60: "1m", 300: "5m", 900: "15m", 3600: "1h", 21600: "6h", 86400: "1d"}
TOO_MANY = (
    "granularity too small for the requested time range. "
    "Count of aggregations requested exceeds 300"
)
REFUSALS = {404: "NotFound", 429: "Public rate limit exceeded"}


class Coinbase:
    """The stand-in: a market of products, such as BTC-USD, behind a limit a second."""

    def __init__(self, clock: Clock, folder: Path, seed: int) -> None:
        self.clock = clock
        self.market = Market(folder, PRODUCTS, seed, known_as=_symbol)
        self.router = APIRouter()
        self.router.add_api_route("/products/{product}/candles", self.candles)
        self.reset()

    async def candles(
        self,
        product: str,
        granularity: str = "60",
        start: str = "",
        end: str = "",
    ) -> Response:
        """Return a product's candles, newest first; the newest without both ends."""
        if not self._is_within_limit():
            return _said(429, self.refusal(429))
        series = self.market.find(product)
        if series is None:
            return _said(404, self.refusal(404))
        if not granularity.isdecimal() or int(granularity) not in INTERVALS:
            return _said(400, {"message": "Unsupported granularity"})
        step = int(granularity) * 1000
        asked = Question(product, INTERVALS[int(granularity)], limit=MOST)
        if start and end:
            try:
                bounds = instant(start), instant(end)
            except ValueError:
                return _said(400, {"message": "start and end must be ISO 8601 times"})
            if bounds[1] // step - bounds[0] // step >= MOST:
                return _said(400, {"message": TOO_MANY})
            asked = replace(asked, start=bounds[0], end=bounds[1])
        rows = answer(series, asked, self.clock.now())
        return _listed(map(_candle, rows[::-1]))

    def configure(self, key: str, value: Any) -> None:  # noqa: ANN401 - JSON of any shape
        """Obey `limit` a second, or one of the market's keys."""
        if key == "limit":
            self.limit = int(value)
        else:
            self.market.configure(key, value)

    def reset(self) -> None:
        """Forget what was asked, left out, revised and added."""
        self.limit, self.second, self.asked = 10, 0, 0
        self.market.reset()

    def series(self) -> list[dict[str, Any]]:
        """Return product, origin, first and last opening of each series."""
        return self.market.listing(self.clock.now())

    def truth(self, query: dict[str, str]) -> Response:
        """Return the closed candles of `symbol` from `from_ms` to `to_ms`, in order."""
        closed = self.clock.now() // MINUTE * MINUTE - MINUTE
        last = min(instant(query.get("to_ms", closed)), closed)
        rows = self.market.truth(query | {"to_ms": str(last)}, self.clock.now())
        return _listed(map(_candle, rows))

    def refusal(self, status: int) -> dict[str, Any]:
        """Return the body that Coinbase sends with an error status."""
        return {"message": REFUSALS.get(status, "Something went wrong")}

    def _is_within_limit(self) -> bool:
        second = int(monotonic())
        self.asked = self.asked + 1 if second == self.second else 1
        self.second = second
        return self.asked <= self.limit


def build(setup: Setup) -> Coinbase:
    """Return the stand-in."""
    return Coinbase(setup.clock(), setup.recorded / "coinbase", setup.seed)


def _candle(row: str) -> str:
    """Return one of Binance's as Coinbase writes it; nothing where nobody traded."""
    opened_at, opened, high, low, closed, volume, *_ = json.loads(row)
    texts = [text.rstrip("0").rstrip(".") for text in (low, high, opened, closed)]
    traded = volume.rstrip("0").rstrip(".")
    return f"[{opened_at // 1000},{','.join(texts)},{traded}]" if float(volume) else ""


def _symbol(product: str) -> str:
    return product.replace("-USD", "USDT")


def _listed(candles: Iterable[str]) -> Response:
    body = f"[{','.join(filter(None, candles))}]"
    return Response(body, media_type="application/json")


def _said(status: int, body: object) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")
