"""Work in processes of its own, while the test that begins it goes on.

They are forked from a process that has imported dbt and done nothing. A fork of one
that has run dlt or dbt can hang for good: it gets their locks, but not the threads that
would let go of them.
"""

import multiprocessing
import os
import runpy
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import BinaryIO

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["dbt.cli.main", "dbt.adapters.postgres"])


def begin(work: Callable, *arguments: object) -> BaseProcess:
    """Begin work in a process of its own, in our environment."""
    process = FORKS.Process(target=_work, args=(dict(os.environ), work, arguments))
    process.start()
    return process


def begin_module(log: Path, module: str, *words: object) -> BaseProcess:
    """Begin `python -m module words`; what it says is in the log."""
    return begin(_run_module, log, module, [str(word) for word in words])


def _run_module(log: Path, module: str, words: list[str]) -> None:
    with log.open("w") as output:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(output.fileno(), stream.fileno())
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__")


def begin_dbt(
    words: list[str], cwd: str, environment: dict[str, str]
) -> tuple[BaseProcess, BinaryIO]:
    """Begin `dbt words`; return the process, and what it prints."""
    output, written = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=_run_dbt, args=(written, words, cwd, environment))
    process.start()
    written.close()
    with output:
        return process, open(os.dup(output.fileno()), "rb")


def _run_dbt(
    written: Connection, words: list[str], cwd: str, environment: dict[str, str]
) -> None:
    from dbt.cli.main import dbtRunner

    for stream in (1, 2):
        os.dup2(written.fileno(), stream)
    written.close()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    done = dbtRunner().invoke(words)
    sys.exit(0 if done.success else 2 if done.exception else 1)


class Worker:
    """A process of its own; `result` is what its work returned."""

    def __init__(self, work: Callable, *arguments: object) -> None:
        self.ours, theirs = FORKS.Pipe(duplex=False)
        self.process = begin(_send_result, theirs, work, arguments)
        theirs.close()

    @property
    def is_at_work(self) -> bool:
        """Whether it has no result yet."""
        return self.process.is_alive() and not self.ours.poll()

    def result(self, seconds: float = 1200) -> object:
        """Wait for its end; return what its work returned."""
        try:
            assert self.ours.poll(seconds), "it never ended"
            return self.ours.recv()
        finally:
            self.end()

    def end(self) -> None:
        """Kill it, if it is still there."""
        self.process.kill()
        self.process.join()


def _send_result(theirs: Connection, work: Callable, arguments: tuple) -> None:
    theirs.send(work(*arguments))


def _work(environment: dict[str, str], work: Callable, arguments: tuple) -> None:
    os.environ.clear()
    os.environ.update(environment)
    work(*arguments)
