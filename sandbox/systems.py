"""What every stand-in is made of, and offers to the app and to its control.

The stand-in of a system is what `build` of `sandbox/<system>` returns of a `Setup`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from fastapi import APIRouter
from starlette.responses import Response

from .binance.series import Market
from .clock import Clock
from .coins import Worth


@dataclass(frozen=True)
class Setup:
    """What all stand-ins share: recordings, a folder a system, and a seed.

    `symbols` are those of Binance that are generated; `now` (epoch ms) freezes clocks.
    """

    recorded: Path
    now: int | None
    symbols: Sequence[str]
    seed: int

    def clock(self) -> Clock:
        """Return a clock of a system's own."""
        return Clock(self.now)

    @cached_property
    def market(self) -> Market:
        """Binance's series."""
        return Market(self.recorded / "binance", list(self.symbols), self.seed)

    @cached_property
    def worth(self) -> Worth:
        """What coins are worth, by that market."""
        return Worth(self.market, self.seed)


class System(Protocol):
    """One upstream: its routes, its clock, and what can be done to it."""

    router: APIRouter
    clock: Clock

    def configure(self, key: str, value: object) -> None:
        """Obey one key of a control order; raise KeyError or ValueError if unfit."""

    def reset(self) -> None:
        """Go back to the state of the start, but for the clock."""

    def series(self) -> list[dict[str, Any]]:
        """Return each series: its key, `recorded` or `generated`, first and last."""

    def truth(self, query: dict[str, str]) -> Response:
        """Return what would be answered, without limits, weights and faults."""

    def refusal(self, status: int) -> str | dict[str, Any]:
        """Return the body that the upstream sends with an error status."""
