"""A wind plant: its turbines' readings."""

from sandbox.systems import Setup

from .stand_in import Plant
from .turbines import Turbines


def build(setup: Setup) -> Plant:
    """Return the stand-in."""
    turbines = Turbines(setup.recorded / "plant", setup.seed)
    return Plant(setup.clock(), turbines)
