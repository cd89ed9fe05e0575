"""Ethereum as BigQuery has it: token transfers and tokens."""

from sandbox.systems import Setup

from .stand_in import Ethereum
from .tables import find


def build(setup: Setup) -> Ethereum:
    """Return the stand-in."""
    tables = find(setup.recorded / "ethereum", setup.seed)
    return Ethereum(setup.clock(), tables)
