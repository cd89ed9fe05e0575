"""The stand-ins' control: faults, clocks, orders to one system, what was asked."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, HTTPException, Request, Response

from .clock import instant, iso
from .faults import Fault
from .gate import Gate
from .systems import System

FAULT_KEYS = {field.name for field in fields(Fault)} - {"system"}
# Each of these makes a fault of an order; the others only say which and how often.
FAULTY = {"status", "delay", "body", "headers", "drop", "truncate"} | {
    *("silent", "drip", "drip_head", "gzip", "depth", "bomb"),
}


class Control:
    """What tests and people do to the stand-ins, under /_control."""

    def __init__(self, systems: Mapping[str, System], gate: Gate) -> None:
        self.systems = systems
        self.gate = gate
        self.router = APIRouter()
        self.router.add_api_route("", self.order, methods=["POST"])
        self.router.add_api_route("", self.reset, methods=["DELETE"])
        self.router.add_api_route("/requests", self.requests)
        self.router.add_api_route("/series", self.series)
        self.router.add_api_route("/truth/{system}", self.truth)

    async def order(self, request: Request) -> dict[str, Any]:
        """Obey a JSON order; 400 with the reason if a part of it can't be."""
        try:
            self._obey(await request.json())
        except (KeyError, TypeError, ValueError) as error:
            raise HTTPException(400, f"{type(error).__name__}: {error}") from error
        return {"faults": len(self.gate.pending)}

    async def reset(self) -> dict[str, Any]:
        """Bring all stand-ins back to how they started, and forget the log."""
        self._reset()
        return {"faults": 0}

    async def requests(self, system: str | None = None) -> list[dict[str, Any]]:
        """Return what was asked, oldest first; `at` by the stand-in's clock."""
        return [
            entry | {"at": iso(entry["at"]), "query": dict(parse_qsl(entry["query"]))}
            for entry in self.gate.asked
            if system in (None, entry["system"])
        ]

    async def series(self) -> list[dict[str, Any]]:
        """Return each series of each system, `recorded` or `generated`."""
        return [
            {"system": name} | entry
            for name, system in self.systems.items()
            for entry in system.series()
        ]

    async def truth(self, system: str, request: Request) -> Response:
        """Return what a system would answer, without paging, weights and faults."""
        try:
            return self.systems[system].truth(dict(request.query_params))
        except (KeyError, ValueError) as error:
            raise HTTPException(400, f"{type(error).__name__}: {error}") from error

    def _obey(self, order: dict[str, Any]) -> None:
        if order.pop("reset", False):
            self._reset()
        if "now" in order:
            self._set_clocks(order.get("system"), order.pop("now"))
        name = order.pop("system", None)
        if not order:
            return
        system = self.systems[name]
        fault = {key: order.pop(key) for key in FAULT_KEYS & order.keys()}
        if fault and not FAULTY & fault.keys():
            raise ValueError(f"{', '.join(fault)} alone is no fault")
        for key, value in order.items():
            system.configure(key, value)
        if fault:
            self.gate.pending.append(Fault(name, **fault))

    def _set_clocks(self, name: str | None, now: str | int | None) -> None:
        """Freeze one clock, or all; without a time they run again."""
        for system in [self.systems[name]] if name else self.systems.values():
            system.clock.frozen_at = None if now is None else instant(now)

    def _reset(self) -> None:
        self.gate.reset()
        for system in self.systems.values():
            system.clock.reset()
            system.reset()
