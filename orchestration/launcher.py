"""Dagster's run launcher, by which a run is forked and not spawned.

A spawned run imports all anew, which is half of what a minute of `ranks` costs. Here it
is forked from a process that imported it once (`fork_server`), and again where a source
or a setting changed since. Where that can't be done the run is spawned, as Dagster does
by itself, and its log says why. Dagster's own `forkserver` is for the steps of its
multiprocess executor, and not for runs, which its code server always spawns; a launcher
is what Dagster lets us put in place of that.
"""

import logging
import multiprocessing
import os
import subprocess
import sys
import threading
import time

import psutil
from dagster import DagsterRun
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.events import EngineEventData
from dagster._core.instance.ref import InstanceRef
from dagster._core.launcher import (
    CheckRunHealthResult,
    DefaultRunLauncher,
    LaunchRunContext,
    WorkerStatus,
)
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin
from dagster._serdes.config_class import ConfigurableClassData

import warehouse
from orchestration.processes import (
    PROCESS,
    forked_process,
    identity,
    living,
    noted_process,
)
from orchestration.sources import stamp

DEFINITIONS = "orchestration.definitions"
logger = logging.getLogger("dagster.launcher")


class NotForkedError(Exception):
    """A run could not be forked."""


class ForkServer:
    """The process that runs are forked from, as the sources are when it is started."""

    def __init__(self) -> None:
        self.sources = stamp()
        self.is_loaded = False
        self._failure: str | None = None
        self._channel, theirs = multiprocessing.Pipe()
        with theirs:
            number = theirs.fileno()
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "orchestration.fork_server", str(number)],
                stdin=subprocess.DEVNULL,
                pass_fds=[number],
            )

    def fork(self, run_id: str, instance: InstanceRef) -> int:
        """Fork a run once all is loaded; return its process, or raise NotForkedError.

        What can't be loaded is not tried again until a source or a setting changes.
        """
        if not self.is_loaded:
            self._load()
        if self._failure:
            raise NotForkedError(self._failure)
        try:
            self._channel.send((run_id, instance))
        except OSError as error:
            raise NotForkedError("the fork server is gone") from error
        return self._answer()

    def is_gone(self) -> bool:
        """Say whether it was ended by another than us."""
        return not self._failure and self._process.poll() is not None

    def let_go(self) -> None:
        """Let it end, after the runs that it forked."""
        if not self._channel.closed:
            self._channel.close()
            threading.Thread(target=self._process.wait, daemon=True).start()

    def _load(self) -> None:
        answer = self._answer()
        self.is_loaded = True
        if isinstance(answer, str):
            self._failure = f"the fork server could not load ({answer})"
            self.let_go()

    def _answer(self) -> int | str:
        """Wait for as long as it lives; raise NotForkedError if it does not answer."""
        deadline = time.monotonic() + warehouse.PATIENCE
        try:
            while not self._channel.poll(1):
                if time.monotonic() > deadline:
                    self._process.kill()
            return self._channel.recv()
        except (EOFError, OSError) as error:
            raise NotForkedError("the fork server is gone") from error


class Launcher(DefaultRunLauncher):
    """Forks the runs of our own definitions, and leaves all others to Dagster's."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(inst_data)
        self._server: ForkServer | None = None
        self._lock = threading.Lock()

    def launch_run(self, context: LaunchRunContext) -> None:
        """Fork a run, or have it spawned where that can't be done."""
        run = context.dagster_run
        if not _is_of_ours(run):
            super().launch_run(context)
            return
        try:
            pid = self._fork(run)
        except NotForkedError as error:
            message = f"Spawned, since {error}"
            logger.warning("%s: run %s", message, run.run_id)
            self._instance.report_engine_event(message, run, cls=type(self))
            super().launch_run(context)
            return
        try:
            self._instance.add_run_tags(run.run_id, {PROCESS: identity(pid)})
        except psutil.NoSuchProcess:
            return  # it is over already, which the fork server reports

    def terminate(self, run_id: str) -> bool:
        """Interrupt a run; say whether it was there to be interrupted."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished or PROCESS not in run.tags:
            return super().terminate(run_id)
        self._instance.report_run_canceling(run)
        process = forked_process(run)
        if process is None:
            message = f"No process to interrupt here: {run.tags[PROCESS]}"
            self._instance.report_engine_event(message, run, cls=type(self))
            return False
        process.terminate()
        return True

    def dispose(self) -> None:
        """Let the fork server end, after its runs."""
        with self._lock:
            if self._server:
                self._server.let_go()
            self._server = None

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Whether Dagster's run monitoring may ask for the process of a run."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Say whether the process of a run lives, by what it noted of itself."""
        noted = noted_process(self._instance, run)
        if noted is None or living(*noted):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        current = self._instance.get_run_by_id(run.run_id)
        if current is None or current.is_finished:
            return CheckRunHealthResult(WorkerStatus.SUCCESS)
        return CheckRunHealthResult(WorkerStatus.FAILED, f"process {noted[0]} is gone")

    def _fork(self, run: DagsterRun) -> int:
        with self._lock:
            server = self._server
            if server and (server.is_gone() or server.sources != stamp()):
                server.let_go()
                server = None
            self._server = server = server or ForkServer()
            if not server.is_loaded:
                # a run that noted no process is taken for one that never began
                self._instance.report_engine_event(
                    "Loading what runs are forked from",
                    run,
                    EngineEventData.in_process(os.getpid()),
                    cls=type(self),
                )
            return server.fork(run.run_id, self._instance.get_ref())


def _is_of_ours(run: DagsterRun) -> bool:
    """Say whether a run is one of our definitions, by this Python, on this machine."""
    code, remote = run.job_code_origin, run.remote_job_origin
    if sys.platform != "linux" or not code or not remote:
        return False
    repository = code.repository_origin
    location = remote.repository_origin.code_location_origin
    return (
        isinstance(location, ManagedGrpcPythonEnvCodeLocationOrigin)
        and isinstance(repository.code_pointer, ModuleCodePointer)
        and repository.code_pointer.module == DEFINITIONS
        and repository.executable_path == sys.executable
    )
