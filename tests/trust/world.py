"""A warehouse of its own with all systems in it, whose data move on step by step."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import psutil

import warehouse
from ingestion.ingest import ingest
from ingestion.sources import EXCHANGES, SYSTEMS
from tests.dbt_project.rankings.test_road import ask_both
from tests.support.database import Database
from tests.support.loan_book import BOOK
from tests.support.loan_files import Loan, files_of
from tests.support.parses import Parses
from tests.support.processes import begin_module
from tests.support.stand_in import Sandbox
from warehouse.state import load

SYMBOLS = ("BTCUSDT", "ETHUSDT")
RANKINGS = ("coinmarketcap", "cryptocompare")
TURBINES = ("T01", "T02")
FIRST_DAYS = 2
STEP = timedelta(minutes=3)
PAYDAYS = sorted({paid for loan in BOOK for _, paid, moved in loan.payments if moved})
"""Days on which money moved: a payment of 0 is no news, and ends no book."""


def midnight(time: datetime) -> datetime:
    """Return the start of a day."""
    return time.replace(hour=0, minute=0, second=0, microsecond=0)


class World:
    """A running warehouse in `folder` and the stand-ins that it asks.

    The stand-ins' clocks go from yesterday 15:30 on, after the day's rates of the ECB
    came out, so that all days of a short test are the same by any clock.
    """

    def __init__(
        self,
        folder: Path,
        sandbox: Sandbox,
        chance: Random,
        parses: Parses,
        systems: Sequence[str] = SYSTEMS,
        models: Sequence[str] = (),
    ) -> None:
        self.folder, self.systems, self.models = folder, systems, models
        self.today = datetime.now(UTC).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        self.first = self.today - timedelta(days=FIRST_DAYS)
        self.clock = self.today - timedelta(hours=8, minutes=29, seconds=30)
        self.paydays = 5
        self.logs = folder / "logs"
        self.logs.mkdir()
        (folder / "book").mkdir()
        self.enter(sandbox, chance)
        parses.lend(self.logs / "target")
        self.step()

    def enter(self, sandbox: Sandbox, chance: Random) -> None:
        """Lead this process and its children here, with the server up."""
        self.sandbox, self.chance = sandbox, chance
        sandbox.lists(*SYMBOLS)
        sandbox.at(self.clock.isoformat())
        for name, value in {
            "WAREHOUSE": "embedded",
            "WAREHOUSE_DIR": str(self.folder / "warehouse"),
            **{
                f"SOURCES__{exchange}__FIRST_DAYS".upper(): str(FIRST_DAYS)
                for exchange in EXCHANGES
            },
            "SOURCES__PLANT__BASE_URL": f"{sandbox.url}/plant",
            "SOURCES__PLANT__TURBINES": '["T01", "T02"]',
            "SOURCES__PLANT__TAIL_DAYS": str(FIRST_DAYS - 1),
            "SOURCES__ETHEREUM__FIRST_DAYS": str(FIRST_DAYS),
            "SOURCES__ETHEREUM__TAIL_DAYS": str(FIRST_DAYS - 1),
            "SOURCES__LOANS__FOLDER": str(self.folder / "book"),
        }.items():
            os.environ[name] = value
        for name in ("PGHOST", "PGPORT"):
            os.environ.pop(name, None)
        self.start()

    def start(self) -> None:
        """Bring the server up, as `python -m warehouse start` does."""
        warehouse.start()
        warehouse.activate()

    @property
    def postmaster(self) -> psutil.Process:
        """Return the server's first process."""
        known = load(self.folder / "warehouse")
        data = self.folder / "warehouse" / known.home / "server" / "data"
        return psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))

    @property
    def database(self) -> Database:
        """Return the database, by the URLs of now."""
        roles = ("admin", "loader", "transformer", "reader")
        return Database({role: warehouse.url(role) for role in roles}, self.folder)

    @property
    def loans(self) -> list[Loan]:
        """Return the book with the payments of the days that have been."""
        until = PAYDAYS[self.paydays]
        return [
            replace(
                loan, payments=tuple(one for one in loan.payments if one[1] <= until)
            )
            for loan in BOOK
        ]

    def step(self) -> None:
        """Let time go on: new minutes, rates and ranks, a payday, revised readings."""
        self.clock += STEP
        self.sandbox.at(self.clock.isoformat())
        self.paydays += 1
        for name, text in files_of(self.loans).items():
            (self.folder / "book" / f"{name}.csv").write_text(text)
        start = self.today - self.chance.randrange(600, 1200) * timedelta(minutes=1)
        revised = {
            "turbine": self.chance.choice(TURBINES),
            "column": "power",
            "from_ms": start.isoformat(),
            "to_ms": (start + timedelta(minutes=25)).isoformat(),
            "add": self.chance.randrange(1, 9),
        }
        self.sandbox.control("plant", revise=revised)

    def ingestion(self, system: str) -> "Ingestion":
        """Begin `python -m ingestion SYSTEM`."""
        return Ingestion(self.logs, system)

    def dbt(self, command: str = "run", *words: str) -> "Build":
        """Begin dbt, on the models of this world, in a process of its own."""
        return Build(self.logs, command, *self.models, *words)

    def ask(self) -> None:
        """Ask all systems, both rankings in one minute."""
        for system in self.systems:
            if system not in RANKINGS:
                assert ingest(system).bad == []
        if set(RANKINGS) <= {*self.systems}:
            ask_both()

    def heal(self) -> None:
        """Run everything once as anybody would: all systems, then dbt."""
        self.ask()
        built = self.dbt()
        assert built.wait() == 0, built.said


class Work:
    """A `python -m module` that works on a world; what it says is in a log."""

    def __init__(self, logs: Path, module: str, *words: object) -> None:
        self.log = logs / f"{time.monotonic_ns()}.log"
        self.process = begin_module(self.log, module, *words)

    @property
    def pid(self) -> int:
        """Return the process's number."""
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.process.is_alive()

    def wait(self, seconds: float = 600) -> int:
        """Wait for its end; return its exit code, -9 if it was killed."""
        self.process.join(seconds)
        assert not self.is_alive, f"it never ended: {self.said}"
        return self.process.exitcode

    @property
    def said(self) -> str:
        """Return all that it wrote."""
        return self.log.read_text()


class Ingestion(Work):
    """An ingestion of a system."""

    def __init__(self, logs: Path, system: str) -> None:
        super().__init__(logs, "ingestion", system)


class Build(Work):
    """A run of dbt."""

    def __init__(self, logs: Path, *words: str) -> None:
        places = {
            "--project-dir": warehouse.ROOT / "dbt_project",
            "--profiles-dir": warehouse.ROOT,
            "--target-path": logs / "target",
            "--log-path": logs / "target",
        }
        options = [word for place in places.items() for word in place]
        silent = ("--quiet", "--log-level-file", "none", "--no-write-json")
        super().__init__(logs, "dbt.cli.main", *words, *options, *silent)


def wait_for(condition: Callable[[], object], seconds: float = 600) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)
