"""The European Central Bank: its reference rates."""

from sandbox.systems import Setup

from .stand_in import Ecb, find


def build(setup: Setup) -> Ecb:
    """Return the stand-in."""
    return Ecb(setup.clock(), find(setup.recorded / "ecb", setup.seed))
