"""The systems: one module each, with what its API asks, how it pages and refuses."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingestion.source import Source

EXCHANGES = ("binance", "coinbase")
"""The systems that have candles of a minute."""
SYSTEMS = (
    *EXCHANGES,
    *("plant", "xe", "ecb", "loans"),
    *("coinmarketcap", "cryptocompare", "ethereum"),
)
"""All systems, in the order in which they are asked and shown."""


def source_of(system: str) -> "Source":
    """Return what is particular to a system."""
    return import_module(f"{__name__}.{system}").SOURCE
