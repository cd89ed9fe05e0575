"""The broken answers that every system over HTTP is tried with."""

from dataclasses import dataclass, field
from typing import Any

from ingestion.sources import SYSTEMS
from tests.support.stand_in import Sandbox

HEALS, FAILS, LANDS, NONE = "heals, fails", "fails", "lands", "-"
"""In one run by asking again, or else failed; failed; landed as it is; can't be."""
FILES = ("loans",)
"""Systems that ask nobody over HTTP, so that no answer can be broken."""


@dataclass(frozen=True)
class Fault:
    """What a stand-in is told, and what is to become of it.

    `passing` replaces parts of the order where the fault passes by itself. A slow one
    is tried with a short patience.
    """

    name: str
    order: dict[str, Any]
    cell: str = FAILS
    passing: dict[str, Any] = field(default_factory=dict)
    is_slow: bool = False

    def inflict(
        self, sandbox: Sandbox, system: str, times: int | None, **where
    ) -> None:
        """Let the stand-in break the next requests, or all."""
        order = {**self.order, **(self.passing if times else {})}
        if self.name == "another host":
            port = sandbox.url.rsplit(":", 1)[1]
            address = f"http://localhost:{port}/{system}{ELSEWHERE}"
            order["headers"] = {"Location": address}
        sandbox.refuse(system, times, **order, **where)


LIMIT = {"retry_after": 60}, HEALS, {"retry_after": 1}
ELSEWHERE = "/elsewhere"
FAULTS = (
    Fault("HTTP 429, wait", {"status": 429, **LIMIT[0]}, *LIMIT[1:]),
    Fault("HTTP 418, wait", {"status": 418, **LIMIT[0]}, *LIMIT[1:]),
    Fault("HTTP 500", {"status": 500}, HEALS),
    Fault("HTTP 502", {"status": 502, "body": "<html>bad gateway</html>"}, HEALS),
    Fault("HTTP 503", {"status": 503}, HEALS),
    Fault("reset", {"drop": True}, HEALS),
    Fault("reset midway", {"drop": True, "truncate": True}, HEALS),
    Fault("no answer", {"silent": True}, HEALS, is_slow=True),
    Fault("slow drip", {"drip": 0.2}, HEALS, is_slow=True),
    Fault("slow head", {"drip_head": 0.2}, HEALS, is_slow=True),
    Fault("truncated body", {"truncate": True}),
    Fault("HTML with 200", {"body": "<html>all is well</html>"}),
    Fault("empty body", {"body": ""}),
    Fault("error with 200", {"status": 200}),
    Fault("wrong type", {"headers": {"Content-Type": "text/html"}}, LANDS),
    Fault("gzip", {"gzip": True}, LANDS),
    Fault("gzip, cut", {"gzip": True, "truncate": True}),
    Fault("gzip, none", {"headers": {"Content-Encoding": "gzip"}}),
    Fault("too large", {"bomb": 2**27}),
    Fault("too deep", {"depth": 3_000}),
    Fault("another host", {"status": 302}),
)
NAMES = tuple(fault.name for fault in FAULTS)
OTHERWISE: dict[tuple[str, str], str] = {}
"""Where a system is known to be otherwise."""


def cell(fault: Fault, system: str) -> str:
    """Return what is to become of a fault in a system."""
    if system in FILES:
        return NONE
    return OTHERWISE.get((fault.name, system), fault.cell)


ALL_CELLS = {(fault.name, s): cell(fault, s) for fault in FAULTS for s in SYSTEMS}
