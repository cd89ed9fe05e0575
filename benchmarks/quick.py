"""`python -m benchmarks.quick`: what a run costs in which little or nothing arrived.

CPU seconds are those of the command and all that it waits for, user and system; the
database's own are left out, and told by the statements that it was sent.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
from rich.console import Console

import warehouse
from benchmarks import minute
from benchmarks.child import say
from benchmarks.machine import description
from benchmarks.outcome import Outcome
from benchmarks.throwaway import FOREIGN, Rig
from orchestration.background import SANDBOX

REPEATS = 3
WIDTH = 160
HOUR = timedelta(hours=1)
DBT = Path(sys.executable).with_name("dbt")
DAGSTER = Path(sys.executable).with_name("dagster")
RUN = (sys.executable, "-m", "orchestration", "run")
START = (
    *(sys.executable, "-c"),
    "from orchestration.background import SANDBOX; SANDBOX.start()",
)
BUILD = (str(DBT), "build", "--exclude-resource-type", "unit_test")
JOB = (str(DAGSTER), "job", "execute", "-m", "orchestration.definitions", "-j")


def main(arguments: Sequence[str]) -> int:
    """Measure each figure as often as is said, three times by default, and print."""
    repeats = int(arguments[0]) if arguments else REPEATS
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    outcome = Outcome()
    with throwaway_warehouse() as rig:
        machine = description(rig)
        _run(*START)  # by another, so that it is no child of ours that stays a zombie
        clock = Clock(datetime.now(UTC) - (repeats + 2) * HOUR)
        _run(*RUN)
        rig = replace(rig, binance=f"{SANDBOX.url()}/binance")
        _run(*RUN)  # which asks for the end of the first one's answers again
        for name, command, step in (
            ("`dbt build`, nothing new", BUILD, None),
            ("`make run`, nothing new", RUN, None),
            ("the job `ranks` by hand, the next minute", (*JOB, "ranks"), clock.minute),
            ("the job `candles` by hand, the next hour", (*JOB, "candles"), clock.hour),
        ):
            say(name)
            _measure(rig, outcome, name, command, step, repeats)
        clock.run()
        minute.measure(rig, outcome, repeats)
    print(f"{machine}\npython -m benchmarks.quick {' '.join(arguments)}\n")
    Console(width=WIDTH).print(outcome.table())
    return 0


class Clock:
    """The clocks of all stand-ins, which stand until they are told to go on.

    They begin in the past: what they say that is still to come, nobody asks for.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._set(self.now.isoformat())

    def run(self) -> None:
        """Go on by themselves."""
        self._set(None)

    def minute(self) -> None:
        """Go on by a minute."""
        self._go_on(timedelta(minutes=1))

    def hour(self) -> None:
        """Go on by an hour."""
        self._go_on(HOUR)

    def _go_on(self, time: timedelta) -> None:
        self.now += time
        self._set(self.now.isoformat())

    def _set(self, now: str | None) -> None:
        order = {"now": now}
        answer = requests.post(f"{SANDBOX.url()}/_control", json=order, timeout=60)
        answer.raise_for_status()


@contextmanager
def throwaway_warehouse() -> Iterator[Rig]:
    """Lead all that follows to a warehouse and stand-ins that go afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="tickhouse-bench-"))
    folder.chmod(0o755)  # the server's user is another one if we are root
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    os.environ["WAREHOUSE_DIR"] = str(folder / "warehouse")
    try:
        warehouse.start()
        warehouse.activate()
        yield Rig(folder, "")
    finally:
        subprocess.run([*RUN[:-1], "stop"], check=False)  # noqa: S603 - our own module
        warehouse.reset()
        shutil.rmtree(folder)


def _measure(  # noqa: PLR0913 - what a figure is of
    rig: Rig,
    outcome: Outcome,
    name: str,
    command: Sequence[str],
    step: Callable[[], None] | None,
    repeats: int,
) -> None:
    """Run a command as often as is said, and once before, which is not noted."""
    for repeat in range(repeats + 1):
        if step:
            step()
        rig.forget_statements()
        seconds = _run(*command)
        sent = rig.statements()
        if repeat:
            outcome.add("CPU seconds", name, seconds)
            outcome.add("Statements", name, sent, unit="")


def _run(*command: str) -> float:
    """Run a command; return its CPU seconds. Raises with what it said if it failed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(  # noqa: S603 - our own commands, no shell
        command,
        cwd=warehouse.ROOT,
        env={**os.environ, **warehouse.environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
