"""The clean API, and the addresses beside it, in the order in which they are tried."""

from fastapi import APIRouter

from serving.api import candles, coins, fx, quality, tokens, turbines
from serving.boards import routes as boards
from serving.dialects import (
    binance,
    coinmarketcap,
    frankfurter,
    frankfurter_v1,
    plant,
    udf,
)
from serving.first_users import data, hours, rates, root, update


def routers() -> list[APIRouter]:
    """Return all routers; a first user's `/{asset}` comes last."""
    return [
        candles.router,
        coins.router,
        fx.router,
        turbines.router,
        tokens.router,
        quality.router,
        binance.router,
        plant.router,
        frankfurter.router,
        frankfurter_v1.router,
        udf.router,
        coinmarketcap.router,
        boards.router,
        root.router,
        rates.router,
        update.router,
        data.router,
        hours.router,
    ]
