"""One app of all stand-ins, each under its prefix."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from fastapi import FastAPI

from ingestion.sources import SYSTEMS

from .control import Control
from .gate import Gate
from .systems import Setup

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
    setup = Setup(recorded, now, symbols, seed)
    modules = {system: import_module(f"sandbox.{system}") for system in SYSTEMS}
    # of a loan book there are only files
    systems = {
        system: module.build(setup)
        for system, module in modules.items()
        if hasattr(module, "build")
    }
    app = FastAPI(openapi_url=None)
    for prefix, system in systems.items():
        app.include_router(system.router, prefix=f"/{prefix}")
    gate = Gate(app, systems)
    app.include_router(Control(systems, gate).router, prefix=CONTROL)
    return gate
