"""Processes that are measured: their time, their peak memory, what dbt says it took."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import warehouse

CANDLES = ("--select", "+fct_candles_1w stg_binance__klines__rejected")
RUN = ("run", *CANDLES)
BUILD = ("build", *CANDLES)
TEST = ("test", *CANDLES, "--exclude-resource-type", "unit_test")
"""Tests of the data: unit tests cost the same whatever is stored."""


@dataclass(frozen=True)
class Run:
    """A process that ended well: what it printed, its seconds, its peak MiB."""

    output: str
    seconds: float
    memory: float

    @property
    def own_seconds(self) -> float:
        """The seconds that it says it took, its start apart."""
        return float(re.findall(r"in ([0-9.]+) s\b", self.output)[-1])


def run(
    *words: str,
    on_line: Callable[[str, int], None] = lambda *_: None,
    **environment: str,
) -> Run:
    """Run Python with arguments; raises RuntimeError with what it said if it fails.

    `on_line` is told each line as it comes, and the process's number.

    The peak is the most that was resident at once. Linux counts the parent's memory
    as the child's until it is replaced, so the parent had better stay small.
    """
    started = monotonic()
    process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
        [sys.executable, *words],
        cwd=warehouse.ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        lines = []
        for line in process.stdout:
            on_line(line, process.pid)
            lines.append(line)
        output = "".join(lines)
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)}: exit {process.returncode}\n{output}")
    return Run(output, monotonic() - started, usage.ru_maxrss / 1024)


@dataclass(frozen=True)
class Built:
    """A dbt run: seconds by the clock, those after dbt's start, those of each node."""

    seconds: float
    elapsed: float
    nodes: dict[str, float]


def dbt(folder: Path, *words: str) -> Built:
    """Run dbt; raises RuntimeError with what it said if it fails."""
    target = folder / "target"
    options = {
        "--project-dir": warehouse.ROOT / "dbt_project",
        "--profiles-dir": warehouse.ROOT,
        "--target-path": target,
        "--log-path": target,
    }
    places = [str(word) for option in options.items() for word in option]
    done = run("-m", "dbt.cli.main", *words, *places, "--quiet")
    report = json.loads((target / "run_results.json").read_text())
    nodes = {
        result["unique_id"].split(".", 2)[2]: result["execution_time"]
        for result in report["results"]
        if result["unique_id"].startswith(("model.", "test."))
    }
    return Built(done.seconds, report["elapsed_time"], nodes)


def say(sentence: str) -> None:
    """Print on stderr what goes on, with the time."""
    print(f"[{monotonic() - STARTED:6.0f} s] {sentence}", file=sys.stderr, flush=True)


STARTED = monotonic()
