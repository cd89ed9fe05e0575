"""Builders in processes of their own, and loads that end in any order or never."""

import os
import shutil
import signal
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

from ingestion import retention
from tests.support.dbt import run_dbt
from tests.support.klines import CANDLES, FETCHED, MINUTE, MONDAY, SYMBOLS, kline, pages
from tests.support.processes import begin
from tests.support.raw import Gap, Raw
from warehouse import ROOT

HOURS = 30
ALL = ("-s", CANDLES, "stg_loads", "stg_loads__tables")
STATE = """
create table if not exists raw._dlt_pipeline_state (
    version bigint, pipeline_name text, _dlt_load_id text
)
"""
AGED = """
update raw._dlt_loads set inserted_at = inserted_at - interval '9 days'
where random() < 0.3
"""
MODELS = (
    "stg_binance__klines",
    "stg_binance__klines__answers",
    "stg_fetches",
    "fct_candles_15m",
    "fct_candles_4h",
)


def build_for_ever(target: Path, seed: str) -> None:
    """Build again and again, each time without some models, and anew at times."""
    chance = Random(seed)  # noqa: S311 - no secret
    while True:
        skipped = [model for model in MODELS if chance.random() < 0.25]
        exclude = ["--exclude", *skipped] if skipped else []
        anew = ["--full-refresh"] if chance.random() < 0.2 else []
        run_dbt(ROOT / "dbt_project", target, "run", *ALL, *exclude, *anew)


class Builders:
    """Processes that build at the same time; a killed one is replaced."""

    def __init__(self, folder: Path, parsed: Path, chance: Random, count: int) -> None:
        self.chance, self.killed = chance, 0
        self.targets = [folder / f"builder-{place}" for place in range(count)]
        for target in self.targets:
            shutil.copytree(parsed, target)
        self.processes = [self._begin(target) for target in self.targets]

    def _begin(self, target: Path) -> BaseProcess:
        return begin(build_for_ever, target, f"{target.name} {self.chance.random()}")

    def kill_one(self) -> None:
        """Kill -9 a builder that lives, and begin another."""
        place = self.chance.randrange(len(self.processes))
        if self.processes[place].is_alive():
            os.kill(self.processes[place].pid, signal.SIGKILL)
            self.killed += 1
        self.processes[place].join()
        self.processes[place] = self._begin(self.targets[place])

    def stop(self) -> None:
        """Kill all."""
        for process in self.processes:
            process.kill()
            process.join()


class Loaders:
    """Loads under way at the same time, and the truth of those that came to an end."""

    def __init__(self, raw: Raw, chance: Random) -> None:
        self.raw, self.chance = raw, chance
        self.begun: list[tuple[str, Callable[[], None]]] = []
        self.minutes: dict = {}
        self.had: set = set()
        self.gaps: list[Gap] = []
        self.aborted, self.pruned = 0, 0
        with raw.loader() as loader:
            loader.execute(STATE)

    def prune(self) -> None:
        """Let some loads be old, and prune those that all have read."""
        with self.raw.loader() as loader:
            loader.execute(AGED)
        self.pruned += retention.prune("binance", ["binance__klines"], 7)

    def begin(self) -> None:
        """Land the page of a load that is not done yet: a span, with a known gap.

        The gap takes back what an older page has there.
        """
        chance, load = self.chance, self.raw.next_id()
        symbol = chance.choice(SYMBOLS)
        start = MONDAY + chance.randrange(HOURS * 60 - 90) * MINUTE
        end = start + chance.randrange(1, 90) * MINUTE
        revision = chance.randrange(10**6)
        fetched_at = FETCHED + timedelta(seconds=chance.randrange(1000))
        hole = start + chance.randrange(90) * MINUTE
        made = pages(
            symbol,
            start,
            end,
            without=[hole],
            revision=revision,
            fetched_at=fetched_at,
        )
        gaps = [(symbol, hole, hole + MINUTE)] if hole < end else []
        self.raw.land(made, gaps=gaps, load=load, status=None)

        def note() -> None:
            self.gaps += gaps
            for place in range(int((end - start) / MINUTE)):
                key = (symbol, start + place * MINUTE)
                row = kline(*key, revision) if key[1] != hole else None
                if row:
                    self.had.add(key)
                answer = (fetched_at, load, row)
                self.minutes[key] = max(self.minutes.get(key, answer), answer)

        self.begun.append((load, note))

    def end(self) -> None:
        """End any of the loads under way, sometimes badly or not at all."""
        if not self.begun:
            return
        load, note = self.begun.pop(self.chance.randrange(len(self.begun)))
        if self.chance.random() < 0.15:
            self.aborted += 1
            if self.chance.random() < 0.5:
                self.raw.complete(load, status=1)
            return
        note()
        self.raw.complete(load)

    @property
    def klines(self) -> dict:
        """Return the winner of each minute that the newest page about it has."""
        return {key: row for key, (_, _, row) in self.minutes.items() if row}

    @property
    def taken_back(self) -> int:
        """Return how many minutes the newest page lacks that an older one has."""
        return len(self.had - self.klines.keys())


def end_a_backend(raw: Raw, chance: Random) -> int:
    """Terminate one of dbt's sessions; return how many that were."""
    found = raw.database.query(
        "select pid from pg_stat_activity "
        "where application_name = 'dbt' and xact_start is not null"
    )
    if found:
        (pid,) = chance.choice(found)
        raw.database.query("select pg_terminate_backend(%s)", pid, role="admin")
    return len(found[:1])
