"""Binance: its spot market's candles."""

from typing import TYPE_CHECKING

from .stand_in import Binance

# its series are a part of it
if TYPE_CHECKING:
    from sandbox.systems import Setup


def build(setup: "Setup") -> Binance:
    """Return the stand-in."""
    return Binance(setup.clock(), setup.market)
