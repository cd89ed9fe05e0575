"""What landed, as SQL sees it; runs of the command; a small warehouse of symbols."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from ingestion.keys import CHUNK_PAGES
from tests.support.database import Database
from warehouse import ROOT

PAYLOADS = """
    select payload
    from raw.binance__klines as pages
    inner join raw._dlt_loads as loads
        on loads.load_id = pages._dlt_load_id and loads.status = 0
    where pages.request::jsonb ->> 'symbol' = %s
    order by fetched_at
"""


MAIN = """
import ingestion.keys
from ingestion.__main__ import main

ingestion.keys.CHUNK_PAGES = {}
raise SystemExit(main())
"""


@dataclass(frozen=True)
class Landed:
    """What stands in `raw`, by completed loads only."""

    database: Database

    def rows(self, symbol: str = "BTCUSDT") -> list[list]:
        """Return the klines in order of landing, page after page."""
        return [row for page in self.payloads(symbol) for row in json.loads(page)]

    def minutes(self, symbol: str = "BTCUSDT") -> list[int]:
        """Return the openings, in ms, in order of landing."""
        return [row[0] for row in self.rows(symbol)]

    def payloads(self, symbol: str = "BTCUSDT") -> list[str]:
        """Return the bodies in order of landing."""
        return [payload for (payload,) in self.database.query(PAYLOADS, symbol)]

    def fetches(self, *outcomes: str) -> list[tuple[str, str, str]]:
        """Return key, outcome and sentence of each fetch, by key and time."""
        found = self.database.query(
            "select key, outcome, sentence from raw.binance__fetches "
            "order by key, fetched_at"
        )
        return [row for row in found if not outcomes or row[1] in outcomes]

    def gaps(self) -> list[tuple[str, str, str]]:
        """Return symbol and edges, to the minute, of what the source does not have."""
        return self.database.query(
            "select key, to_char(asked_from, 'YYYY-MM-DD HH24:MI'), "
            "to_char(asked_to, 'YYYY-MM-DD HH24:MI') "
            "from raw.binance__fetches where outcome = 'empty' order by asked_from"
        )


@pytest.fixture
def landed(database) -> Landed:
    return Landed(database)


class Command:
    """A process of `python -m ingestion`, in chunks of so many pages.

    `before` is run in it first.
    """

    def __init__(
        self, *words: str, chunk_pages: int = CHUNK_PAGES, before: str = ""
    ) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", before + MAIN.format(chunk_pages), *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end(self) -> tuple[int, str]:
        """Wait for its end; return its exit code and all that it said."""
        output = self.process.communicate(timeout=600)[0]
        return self.process.returncode, output

    def kill(self) -> bool:
        """Kill it as the machine would; say whether it was still at work."""
        self.process.kill()
        return self.process.wait() == -signal.SIGKILL


@pytest.fixture
def begin(database) -> Iterator[Callable[..., Command]]:
    """Return what begins a command; whatever still runs at the end is killed."""
    begun = []

    def begin(*words: str, **options: object) -> Command:
        begun.append(Command(*words, **options))
        return begun[-1]

    yield begin
    for command in begun:
        command.kill()
        command.process.stdout.close()
