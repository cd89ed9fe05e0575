"""A stand-in in a process of its own, and what tests ask of it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parents[2]
RECORDED = Path(__file__).parent / "recorded"
NOW = "2024-03-01T12:34:30Z"


class StandIn:
    """The far side of HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def get(self, path: str, headers=None, **params) -> requests.Response:
        """Return the answer to a GET."""
        return self.session.get(
            self.url + path, params=params, headers=headers, timeout=600
        )

    def ask(self, symbol="BTCUSDT", interval="1m", headers=None, **params):
        """Return the answer to a question for klines."""
        asked = {"symbol": symbol, "interval": interval} | params
        return self.get("/binance/api/v3/klines", headers, **asked)

    def klines(self, *args, **params) -> list[list]:
        """Return klines, having made sure that they were answered."""
        answer = self.ask(*args, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def order(self, **order) -> requests.Response:
        """Return the control's answer to an order."""
        return self.session.post(f"{self.url}/_control", json=order, timeout=600)

    def obey(self, **order) -> None:
        """Send an order to Binance that must be obeyed."""
        answer = self.order(**({"system": "binance"} | order))
        assert answer.status_code == 200, answer.text

    def reset(self) -> None:
        """Bring the stand-in back to its start."""
        self.session.delete(f"{self.url}/_control", timeout=600)


@contextmanager
def served(*options: str) -> Iterator[StandIn]:
    command = [sys.executable, "-m", "sandbox", "--port", "0", *options]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield StandIn(process.stdout.readline().split()[-1])
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def serve():
    return served


@pytest.fixture(scope="session")
def generated_process():
    with served("--now", NOW) as stand_in:
        yield stand_in


@pytest.fixture(scope="session")
def recorded_process():
    with served("--now", NOW, "--recorded", str(RECORDED)) as stand_in:
        yield stand_in


@pytest.fixture
def generated(generated_process):
    """Serve generated series beside the recorded ADAUSDT, frozen at NOW."""
    yield generated_process
    generated_process.reset()


@pytest.fixture
def recorded(recorded_process):
    """Serve the recorded hours of BTCUSDT, frozen at NOW."""
    yield recorded_process
    recorded_process.reset()
