"""One app of all stand-ins, each under its prefix."""

from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI

from .binance import Binance
from .binance_series import Market
from .bodies import Bodies
from .clock import Clock
from .coinmarketcap import CoinMarketCap
from .coins import Worth
from .control import Control
from .cryptocompare import CryptoCompare
from .ecb import Ecb
from .ecb import find as ecb_days
from .ethereum import Ethereum
from .ethereum_tables import find as ethereum_tables
from .gate import Gate
from .plant import Plant
from .plant_turbines import Turbines
from .xe import Xe
from .xe_rates import find as xe_rates

CONTROL = "/_control"
BUNDLED = Path(__file__).parent / "recorded"
SYMBOLS = ("BTCUSDT", "ETHUSDT", "XRPUSDT")


def stand_ins(
    recorded: Path = BUNDLED,
    now: int | None = None,
    symbols: Sequence[str] = SYMBOLS,
    seed: int = 0,
) -> Gate:
    """Return the ASGI app; `now` (epoch ms) freezes the clocks of all systems."""
    market = Market(recorded / "binance", list(symbols), seed)
    worth = Worth(market, seed)
    systems = {
        "binance": Binance(Clock(now), market),
        "coinmarketcap": CoinMarketCap(
            Clock(now), worth, Bodies(recorded / "coinmarketcap")
        ),
        "cryptocompare": CryptoCompare(
            Clock(now), worth, Bodies(recorded / "cryptocompare")
        ),
        "plant": Plant(Clock(now), Turbines(recorded / "plant", seed)),
        "ecb": Ecb(Clock(now), ecb_days(recorded / "ecb", seed)),
        "ethereum": Ethereum(Clock(now), ethereum_tables(recorded / "ethereum", seed)),
        "xe": Xe(Clock(now), xe_rates(recorded / "xe", seed)),
    }
    app = FastAPI(openapi_url=None)
    for prefix, system in systems.items():
        app.include_router(system.router, prefix=f"/{prefix}")
    gate = Gate(app, systems)
    app.include_router(Control(systems, gate).router, prefix=CONTROL)
    return gate
