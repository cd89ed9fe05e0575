"""Coinbase Exchange: candles by product, of the trades that Binance's generator makes.

Where nobody trades in a minute there is none, as in those that are left out.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import Any

from fastapi import APIRouter, Response

from sandbox.binance.candles import Question, answer
from sandbox.binance.series import Market
from sandbox.clock import MINUTE, Clock, instant
from sandbox.systems import Setup

PRODUCTS = ("BTC-USD", "ETH-USD")
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
        self.market = Market(folder, [_symbol(product) for product in PRODUCTS], seed)
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
        series = self.market.find(_symbol(product))
        if series is None:
            return _said(404, self.refusal(404))
        if not granularity.isdecimal() or int(granularity) not in INTERVALS:
            return _said(400, {"message": "Unsupported granularity"})
        step = int(granularity) * 1000
        asked = Question(_symbol(product), INTERVALS[int(granularity)], limit=MOST)
        if start and end:
            try:
                bounds = instant(start), instant(end)
            except ValueError:
                return _said(400, {"message": "start and end must be ISO 8601 times"})
            if bounds[1] // step - bounds[0] // step >= MOST:
                return _said(400, {"message": TOO_MANY})
            first = bounds[0] - self.early * step
            asked = Question(asked.symbol, asked.interval, first, bounds[1], 2 * MOST)
        rows = answer(series, asked, self.clock.now())
        return _listed(map(_candle, rows[::-1]))

    def configure(self, key: str, value: Any) -> None:  # noqa: ANN401 - JSON of any shape
        """Obey `limit` a second, `early` candles, or one of the market's keys."""
        if key in ("limit", "early"):
            setattr(self, key, int(value))
        elif key == "symbols":
            self.market.configure(key, [_symbol(product) for product in value])
        else:
            self.market.configure(key, value | {"symbol": _symbol(value["symbol"])})

    def reset(self) -> None:
        """Forget what was asked, left out, revised and added."""
        self.limit, self.early = 10, 0
        self.second, self.asked = 0, 0
        self.market.reset()

    def series(self) -> list[dict[str, Any]]:
        """Return product, origin, first and last opening of each series."""
        found = self.market.listing(self.clock.now())
        return [each | {"key": _product(each["key"])} for each in found]

    def truth(self, query: dict[str, str]) -> Response:
        """Return the closed candles of `symbol` from `from_ms` to `to_ms`, in order."""
        asked = query | {"symbol": _symbol(query["symbol"])}
        closed = self.clock.now() // MINUTE * MINUTE - MINUTE
        asked["to_ms"] = str(min(instant(asked.get("to_ms", closed)), closed))
        return _listed(map(_candle, self.market.truth(asked, self.clock.now())))

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
    """Return the symbol of the generator, by Binance's names."""
    return product.replace("-USD", "USDT")


def _product(symbol: str) -> str:
    return symbol.replace("USDT", "-USD")


def _listed(candles: Iterable[str]) -> Response:
    body = f"[{','.join(filter(None, candles))}]"
    return Response(body, media_type="application/json")


def _said(status: int, body: object) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")
