"""One app of all stand-ins, each under its prefix."""

from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI

from .binance.series import Market
from .binance.stand_in import Binance
from .bodies import Bodies
from .clock import Clock
from .coinbase import Coinbase
from .coinmarketcap.stand_in import CoinMarketCap
from .coins import Worth
from .control import Control
from .cryptocompare.stand_in import CryptoCompare
from .ecb.stand_in import Ecb
from .ecb.stand_in import find as ecb_days
from .ethereum.stand_in import Ethereum
from .ethereum.tables import find as ethereum_tables
from .gate import Gate
from .plant.stand_in import Plant
from .plant.turbines import Turbines
from .xe.rates import find as xe_rates
from .xe.stand_in import Xe

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
        "coinbase": Coinbase(Clock(now), recorded / "coinbase", seed),
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
