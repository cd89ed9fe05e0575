"""The process that runs are forked from: what a run imports is imported here, once.

It has one thread and no connection when it forks, since a fork has neither: locks that
another thread held would stay locked, and a connection would be two's. It waits for
its launcher's orders and for its runs, whose parent it is: of one that ends without a
word it reports how, as Dagster's code server does of its own. When the launcher goes it
forks no more, and ends with its last run.
"""

import os
import signal
import sys
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import NamedTuple

import dagster as dg
from dagster._cli.api import _execute_run_command_body
from dagster._core.instance.ref import InstanceRef
from dagster._core.secrets.env_file import get_env_var_dict
from dagster._utils import get_run_crash_explanation
from dagster._utils.interrupts import capture_interrupts

import warehouse
from orchestration.threads import ONE_THREAD, loading, threads
from warehouse.manifest import manifest

FORK = get_context("fork")
AGAIN = "again"
"""Said to a process that replaces one whose loading left threads."""
RETRIES = 3
"""How often, since each parse of another's may come while it loads."""
TICK = 1
"""Seconds after which dead runs are looked for."""
LATER = (
    *("adbc_driver_postgresql", "pyarrow.dataset", "pyarrow.parquet"),
    *("dlt.common.libs.pyarrow", "dlt.common.libs.sql_alchemy_compat"),
    *("dlt.destinations.impl.postgres.postgres", "pendulum.locales.en.locale"),
    *("dagster._core.storage.local_compute_log_manager", "ingestion.plugin"),
    *("dbt.task.build", "babel.dates"),
)
"""Modules that a run or its dbt imports only as it goes on."""


class Order(NamedTuple):
    """A run to fork, and where Dagster's records are."""

    run_id: str
    instance: InstanceRef


class ThreadsError(Exception):
    """Something started threads, with which nothing is to be forked."""


class Preload:
    """All that a run needs and that is the same for each."""

    def __init__(self) -> None:
        os.environ.update(get_env_var_dict(os.getcwd()))
        os.environ.update(ONE_THREAD)
        warehouse.activate()
        # where dbt has to parse it may leave threads: not here
        parsing = FORK.Process(target=manifest)
        parsing.start()
        parsing.join()
        from orchestration.definitions import defs
        from orchestration.forked_dbt import Parsed

        defs.get_repository_def().get_all_jobs()
        for name in LATER:
            import_module(name)
        self.dbt = Parsed()
        if threads() > 1:
            raise ThreadsError(f"what a run imports started {threads() - 1} threads")


def main() -> None:
    """Load, say that it is done, and fork until the launcher goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the runs' alone
    channel = Connection(int(sys.argv[1]))
    try:
        with loading():
            preload = Preload()
    except BaseException as error:
        if isinstance(error, ThreadsError) and sys.argv.count(AGAIN) < RETRIES:
            # dbt parsed here, since another had parsed meanwhile: it has not to again
            words = [sys.executable, "-m", "orchestration.fork_server"]
            os.execv(sys.executable, [*words, *sys.argv[1:], AGAIN])  # noqa: S606 - ours
        channel.send(f"{type(error).__name__}: {error}")
        raise
    channel.send(os.getpid())
    serve(channel, preload)


def serve(channel: Connection, preload: Preload) -> None:
    """Fork a run for each order, and report those that end before they reported."""
    runs: list[tuple[BaseProcess, Order]] = []
    while not channel.closed or runs:
        if channel.closed:
            runs[0][0].join(TICK)
        elif channel.poll(TICK if runs else None):
            try:
                order = Order(*channel.recv())
                runs.append((_fork(order, channel, preload), order))
            except (EOFError, OSError):
                channel.close()
        _report_dead(runs)


def _fork(order: Order, channel: Connection, preload: Preload) -> BaseProcess:
    """Fork a run, which begins once the launcher knows of it: it might spawn it."""
    receiver, sender = FORK.Pipe(duplex=False)
    process = FORK.Process(
        target=work, args=(order, receiver, sender, channel, preload)
    )
    process.start()
    with receiver, sender:
        channel.send(process.pid)
        sender.send(True)
    return process


def _report_dead(runs: list[tuple[BaseProcess, Order]]) -> None:
    """Forget the runs that are over, but report those that failed as processes."""
    for process, order in list(runs):
        if process.exitcode is None:
            continue
        if process.exitcode:
            FORK.Process(target=report, args=(order, process.exitcode)).start()
        process.close()
        runs.remove((process, order))


def work(
    order: Order,
    receiver: Connection,
    sender: Connection,
    channel: Connection,
    preload: Preload,
) -> None:
    """Be the run's process."""
    with capture_interrupts():
        channel.close()
        sender.close()
        receiver.recv()
        from orchestration import forked_dbt

        forked_dbt.have_one(preload.dbt)
        with dg.DagsterInstance.from_ref(order.instance) as instance:
            _execute_run_command_body(order.run_id, instance, lambda _: None, False)


def report(order: Order, code: int) -> None:
    """Make a run a failed one that ended by a signal or an error of its process."""
    with dg.DagsterInstance.from_ref(order.instance) as instance:
        run = instance.get_run_by_id(order.run_id)
        if run and not run.is_finished:
            prefix = f"Run execution process for {order.run_id}"
            instance.report_engine_event(get_run_crash_explanation(prefix, code), run)
            instance.report_run_failed(run)


if __name__ == "__main__":
    main()
