"""CryptoCompare: its top lists."""

from sandbox.bodies import Bodies
from sandbox.systems import Setup

from .stand_in import CryptoCompare


def build(setup: Setup) -> CryptoCompare:
    """Return the stand-in."""
    recorded = Bodies(setup.recorded / "cryptocompare")
    return CryptoCompare(setup.clock(), setup.worth, recorded)
