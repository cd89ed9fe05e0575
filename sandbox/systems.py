"""What every stand-in offers to the app and to its control."""

from typing import Any, Protocol

from fastapi import APIRouter
from starlette.responses import Response

from .clock import Clock


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
