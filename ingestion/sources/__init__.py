"""The systems: one module each, with what its API asks, how it pages and refuses."""

from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingestion.source import Source

KINDS = {
    "candles": ("binance", "coinbase"),
    "turbines": ("plant",),
    "rates": ("xe", "ecb"),
    "arrears": ("loans",),
    "ranks": ("coinmarketcap", "cryptocompare"),
    "transfers": ("ethereum",),
}
"""The systems by what becomes of their data, which they are asked for together."""
SYSTEMS = tuple(chain.from_iterable(KINDS.values()))
"""All systems, in the order in which they are asked and shown."""
EXCHANGES = KINDS["candles"]
"""The systems that have candles of a minute."""


def source_of(system: str) -> "Source":
    """Return what is particular to a system."""
    return import_module(f"{__name__}.{system}").SOURCE
