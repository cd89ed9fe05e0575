"""CoinMarketCap: its listings."""

from sandbox.bodies import Bodies
from sandbox.systems import Setup

from .stand_in import CoinMarketCap


def build(setup: Setup) -> CoinMarketCap:
    """Return the stand-in."""
    recorded = Bodies(setup.recorded / "coinmarketcap")
    return CoinMarketCap(setup.clock(), setup.worth, recorded)
