"""The dbt of a forked run: a child that was forked before the run had any thread.

It waits for its command with all imported and the project parsed, so that dbt begins at
once. It is a process of its own, as dbt's was, and a child of the run's: what ends a
run finds it. A run that needs no dbt, or a second one, leaves it or starts that anew.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.util import Finalize
from types import SimpleNamespace
from typing import TYPE_CHECKING

from dagster_dbt.core import dbt_cli_invocation
from dbt.adapters.postgres import PostgresAdapter  # noqa: F401 - dbt finds it by name
from dbt.cli.main import dbtRunner

from orchestration.threads import threads
from warehouse.manifest import SERVER, parse

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

FORK = get_context("fork")
DECIDING = (*SERVER, "DBT_SCHEMA")
"""Variables of another value than when dbt parsed let it parse anew."""


class Parsed:
    """The project as dbt parsed it, and for which server."""

    def __init__(self) -> None:
        self._server = _server(os.environ)
        self._manifest = parse()

    def manifest(
        self, words: Sequence[str], environment: Mapping[str, str]
    ) -> "Manifest | None":
        """Return it for a command that it holds for, else None: dbt then parses."""
        is_same = _server(environment) == self._server and "--vars" not in words
        return self._manifest if is_same else None


class Spare:
    """A dbt that waits for its command; when it is let go it ends."""

    def __init__(self, project: Parsed | None) -> None:
        self._orders, orders = FORK.Pipe()
        output, written = os.pipe()
        self.process = FORK.Process(
            target=self._obey, args=(project, orders, output, written), daemon=True
        )
        self.process.start()
        orders.close()
        os.close(written)
        self.output = open(output, "rb")  # noqa: SIM115 - closed by who reads it
        # as we end it is sent SIGTERM and joined: one that begins may ignore it still
        Finalize(None, self._orders.close, exitpriority=0)

    def begin(
        self, words: Sequence[str], cwd: os.PathLike, environment: Mapping[str, str]
    ) -> None:
        """Let it run a command; what it prints comes to `output`."""
        with self._orders:
            self._orders.send((list(words), os.fspath(cwd), dict(environment)))

    def _obey(
        self, project: Parsed | None, orders: Connection, output: int, written: int
    ) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._orders.close()
        os.close(output)
        try:
            (_, *words), cwd, environment = orders.recv()
        except EOFError:
            return
        for stream in (1, 2):
            os.dup2(written, stream)
        os.close(written)
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(environment)
        manifest = project and project.manifest(words, environment)
        done = dbtRunner(manifest=manifest).invoke(words)
        sys.exit(0 if done.success else 2 if done.exception else 1)


class Begun:
    """As much of a Popen as dagster-dbt asks for, of a dbt that was forked."""

    def __init__(self, spare: Spare, args: Sequence[str]) -> None:
        self.args = args
        self.stdout = spare.output
        self.pid = spare.process.pid
        self._process = spare.process

    @property
    def returncode(self) -> int | None:
        """The exit code, None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code; raises TimeoutExpired if it takes longer."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self.args, timeout)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal, if it runs."""
        if self._process.exitcode is None:
            os.kill(self.pid, number)


def have_one(project: Parsed | None = None) -> None:
    """Fork a dbt, which dagster-dbt takes where it would start its first in here.

    Without a parsed project it parses, or reads what was parsed, as one that is started
    does. Nothing is forked, and dbt started, where there is another thread: it may hold
    a lock, or be what dbt waits for.
    """
    if sys.platform != "linux" or threads() > 1:
        return
    spares = [Spare(project)]

    def popen(
        args: Sequence[str],
        cwd: os.PathLike,
        env: Mapping[str, str],
        **options: int,
    ) -> Begun | subprocess.Popen:
        if not spares:
            return subprocess.Popen(args, cwd=cwd, env=env, **options)  # noqa: S603 - dagster-dbt's own
        spare = spares.pop()
        spare.begin(args, cwd, env)
        return Begun(spare, args)

    dbt_cli_invocation.subprocess = SimpleNamespace(
        Popen=popen, PIPE=subprocess.PIPE, STDOUT=subprocess.STDOUT
    )


def _server(environment: Mapping[str, str]) -> list[str | None]:
    return [environment.get(name) for name in DECIDING]
