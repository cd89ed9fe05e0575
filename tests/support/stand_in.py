"""The upstreams' stand-ins in a process of their own, and what tests tell them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import requests
from requests import Response

from ingestion.sources.plant import COLUMNS
from warehouse import ROOT

NOW = "2024-03-05T12:00:30Z"
QUICK = {
    "RUNTIME__REQUEST_BACKOFF_FACTOR": "0.01",
    "RUNTIME__REQUEST_MAX_ATTEMPTS": "3",
    "RUNTIME__REQUEST_MAX_RETRY_DELAY": "2",
    "RUNTIME__REQUEST_TIMEOUT": "10",
}
"""How long a try, a wait and their number may be, so that failing takes no minutes."""


class Sandbox:
    """The stand-ins' process, and what tests ask of it; Binance unless named."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def control(self, system: str = "binance", **order: object) -> None:
        """Send an order; it must be obeyed."""
        self._order(system=system, **order)

    def refuse(self, system: str = "binance", times: int | None = 1, **fault) -> None:
        """Break the next `times` requests (None: all): `status`, `retry_after`, ..."""
        self.control(system, times=times, **fault)

    def at(self, time: str | None, *systems: str) -> None:
        """Freeze clocks, of these systems or all, at a time; without one they run."""
        for system in systems or (None,):
            self._order(now=time, **({"system": system} if system else {}))

    def lists(self, *symbols: str) -> None:
        """Make these the symbols that are served, and that a run asks for."""
        self.control(symbols=symbols)
        os.environ["SOURCES__BINANCE__SYMBOLS"] = json.dumps(symbols)

    def requests(self, system: str = "binance", **query: object) -> list[dict]:
        """Return what was asked, oldest first; `symbol="BTCUSDT"` for one's only."""
        asked = self._get("requests", system=system)
        wanted = {name: str(value) for name, value in query.items()}
        return [entry for entry in asked if wanted.items() <= entry["query"].items()]

    def truth(
        self, symbol: str = "BTCUSDT", start: str | None = None, end: str | None = None
    ) -> list[list]:
        """Return all klines that open in [start, end), as the clock has it."""
        asked = {"symbol": symbol}
        if start:
            asked["from_ms"] = milliseconds(start)
        if end:
            asked["to_ms"] = milliseconds(end) - 1
        return self._get("truth/binance", **asked)

    def minutes(self, *asked: str) -> list[int]:
        """Return the openings, in ms, of what `truth` returns."""
        return [row[0] for row in self.truth(*asked)]

    def readings(self, turbine: str, start: str, end: str) -> list[dict]:
        """Return what a turbine has in [start, end), in the order it answers.

        Of its signals those that are asked for by default.
        """
        bounds = {"from_ms": milliseconds(start), "to_ms": milliseconds(end) - 1}
        rows = self._get("truth/plant", turbine=turbine, **bounds)
        asked = ("timestamp", *COLUMNS)
        return [{name: row[name] for name in row if name in asked} for row in rows]

    def truth_of(self, system: str, **query: object) -> list[dict]:
        """Return all that a ranking has now, in its order, or XE `at` a time."""
        return self._get(f"truth/{system}", **query)

    def text_of(self, system: str) -> str:
        """Return the truth of a system whose answers are no JSON."""
        return self._answer(f"truth/{system}").text

    def ethereum(self, table: str, start: str, end: str) -> list[dict]:
        """Return the rows of a table of Ethereum's whose blocks are in [start, end)."""
        bounds = {"from_ms": milliseconds(start), "to_ms": milliseconds(end)}
        return self._get("truth/ethereum", table=table, **bounds)

    def reset(self) -> None:
        """Bring the process back to its start."""
        self.session.delete(f"{self.url}/_control", timeout=600)

    def _order(self, **order: object) -> None:
        answer = self.session.post(f"{self.url}/_control", json=order, timeout=600)
        assert answer.ok, answer.text

    def _get(self, path: str, **query: object) -> list:
        # which reads NaN, other than requests' own
        return json.loads(self._answer(path, **query).text)

    def _answer(self, path: str, **query: object) -> Response:
        answer = self.session.get(
            f"{self.url}/_control/{path}", params=query, timeout=600
        )
        assert answer.ok, answer.text
        return answer


def milliseconds(time: str) -> int:
    """Return an ISO time, UTC if it does not say, as epoch ms."""
    moment = datetime.fromisoformat(time)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


@contextmanager
def served(*options: str) -> Iterator[Sandbox]:
    """Run a process of `python -m sandbox`."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", *options]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Sandbox(process.stdout.readline().split()[-1])
        finally:
            process.kill()
