"""XE: its currency rates."""

from sandbox.systems import Setup

from .rates import find
from .stand_in import Xe


def build(setup: Setup) -> Xe:
    """Return the stand-in."""
    return Xe(setup.clock(), find(setup.recorded / "xe", setup.seed))
