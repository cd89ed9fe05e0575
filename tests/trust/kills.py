"""Kill -9 of ingestion, of dbt and of Postgres, at random moments of their work."""

import os
import signal
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from random import Random

import psutil
import psycopg2

from ingestion.ingest import ingest
from tests.trust.world import Build, Ingestion, Work, World, wait_for

WORKS = "select 1 from pg_stat_activity where application_name like %s"
BUILT = "select model, version from ops.versions"
WORDS = ("Nothing is lost: ", "No connection as ", "Database Error", "Runtime Error")
"""What the end of an ingestion or of dbt whose server is gone says."""
LONGEST_INGESTION = 2.5
"""Seconds from an ingestion's lock to its end, about."""


@dataclass
class Kills:
    """What was killed, and in which phase."""

    world: World
    chance: Random
    count: Counter = field(default_factory=Counter)
    """Kills by system, or by what else was at work."""
    phases: Counter = field(default_factory=Counter)
    endings: Counter = field(default_factory=Counter)
    """How what was at work ended when its server died."""
    longest_build: float = 8.0
    """Seconds from a build's first connection to its end, by the last that ended."""

    def of_ingestion(self) -> None:
        """Kill the ingestion of a system drawn at random, once it holds its lock."""
        system = self.chance.choice(self.world.systems)
        before = self._loads(system)
        running = self._ingesting(system)
        time.sleep(self.chance.uniform(0, LONGEST_INGESTION))
        if self._killed(running):
            self._note(system, self._phase_of_ingestion(system, before))

    def of_dbt(self) -> None:
        """Kill a dbt run, once it holds a connection, at any moment of it."""
        self._land()
        before = self._versions()
        running = self._building()
        time.sleep(self.chance.uniform(0, self.longest_build))
        if self._killed(running):
            self._note("dbt", self._phase_of_build(before))
        else:
            self.longest_build *= 0.8

    def of_postgres(self) -> None:
        """Kill the server's first process while an ingestion or dbt is at work.

        Half of the time the server starts again while they still are.
        """
        system, before = self.chance.choice(self.world.systems), self._versions()
        if self.chance.random() < 0.5:
            running, longest = self._ingesting(system), LONGEST_INGESTION
        else:
            self._land()
            running, longest = self._building(), self.longest_build
        time.sleep(self.chance.uniform(0, longest))
        postmaster = self.world.postmaster
        is_build = isinstance(running, Build)
        was_alive = postmaster.is_running() and running.is_alive
        os.kill(postmaster.pid, signal.SIGKILL)
        # dying takes it some milliseconds, in which a start would find it running
        wait_for(lambda: _is_gone(postmaster))
        if self.chance.random() < 0.5:
            self._end(running)
            self.world.start()
        else:
            self.world.start()
            self._end(running)
        if was_alive:
            phase = self._phase_of_build(before) if is_build else f"ingestion {system}"
            self._note("dbt" if is_build else system, phase)

    def _land(self) -> None:
        """Land what is new of two systems drawn at random, so that dbt has work."""
        for system in self.chance.sample(self.world.systems, 2):
            assert ingest(system).bad == []

    def _ingesting(self, system: str) -> Ingestion:
        """Begin an ingestion and wait until it holds its lock, or ended."""
        return self._at_work(self.world.ingestion(system), f"ingestion {system},%")

    def _building(self) -> Build:
        """Begin dbt and wait until it holds a connection, or ended."""
        return self._at_work(self.world.dbt(), "dbt")

    def _at_work(self, running: Work, name: str) -> Work:
        with closing(psycopg2.connect(self.world.database.urls["admin"])) as held:
            held.autocommit = True
            with held.cursor() as asking:

                def is_at_work() -> bool:
                    asking.execute(WORKS, (name,))
                    return bool(asking.fetchone()) or not running.is_alive

                wait_for(is_at_work)
        return running

    def _killed(self, running: Work) -> bool:
        """Kill a process; say whether it was alive and died of it."""
        if not running.is_alive:
            assert running.wait() == 0, running.said
            return False
        os.kill(running.pid, signal.SIGKILL)
        return running.wait() == -signal.SIGKILL

    def _end(self, running: Work) -> None:
        code = running.wait()
        kind = "dbt" if isinstance(running, Build) else "ingestion"
        told = " in words" if any(map(running.said.count, WORDS)) else " in no words"
        self.endings[f"{kind} exit {code}{told if code else ''}"] += 1
        if code and told == " in no words":
            print(running.said[-1500:])

    def _note(self, name: str, phase: str) -> None:
        self.count[name] += 1
        self.phases[phase] += 1
        print(f"kill {self.count.total()} of {name}: {phase}")

    def _loads(self, system: str) -> int:
        query = self.world.database.query
        if query("select to_regclass('raw._dlt_loads')::text") == [(None,)]:
            return 0
        told = "select count(*) from raw._dlt_loads where schema_name = %s"
        return query(told, system)[0][0]

    def _versions(self) -> dict[str, int]:
        query = self.world.database.query
        if query("select to_regclass('ops.versions')::text") == [(None,)]:
            return {}
        return dict(query(BUILT))

    def _phase_of_ingestion(self, system: str, loads: int) -> str:
        folder = self.world.folder / "warehouse" / "dlt" / "pipelines" / system
        if self._loads(system) > loads:
            return "ingestion: load completed"
        for stage in ("load/normalized", "normalize/extracted"):
            if any(folder.glob(f"{stage}/*")):
                return f"ingestion: package in {stage}"
        return "ingestion: asking"

    def _phase_of_build(self, before: dict[str, int]) -> str:
        now = self._versions()
        moved = sum(now[model] > before.get(model, 0) for model in now)
        share = 10 * moved // max(len(now), 1) * 10
        return f"dbt: {share} % of the models built"


def _is_gone(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
