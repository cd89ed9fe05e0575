"""A minute of the job `ranks`, by who launches it.

What counts is the CPU of all processes that Dagster has for its runs, its code server's
and what forks them included; the database's own is left out. Both launchers take turns,
so that they share the machine's moments.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path
from time import sleep

import dagster as dg
import psutil
import yaml
from dagster._cli.job import _create_run
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget

import warehouse
from benchmarks.child import say
from benchmarks.outcome import Outcome
from benchmarks.throwaway import Rig

SECTION = "A minute of `ranks`, CPU seconds"
FORKED, SPAWNED = "forked", "spawned, as Dagster does by itself"
REACHED = 0.5


def measure(rig: Rig, outcome: Outcome, repeats: int) -> None:
    """Measure runs of both launchers in turns, once what they start is warm."""
    _ask_stand_ins(rig)
    # Dagster loads the .env of the folder that it is started in
    started_in = rig.folder / "started_in"
    started_in.mkdir()
    with ExitStack() as stack, chdir(started_in):
        launchers = {
            name: stack.enter_context(_launcher(rig.folder / name[:7], name))
            for name in (FORKED, SPAWNED)
        }
        for repeat in range(repeats + 1):
            for name, (instance, context) in launchers.items():
                say(f"Minute {repeat} of {repeats}, {name}")
                seconds = _cost(instance, context)
                if repeat:  # the first loads what runs are forked from
                    outcome.add(SECTION, name, seconds)
    outcome.target(
        "a minute of `ranks`: forked, times spawned",
        outcome.median(SECTION, FORKED) / outcome.median(SECTION, SPAWNED),
        f"{REACHED} or less",
        lambda ratio: ratio <= REACHED,
    )


@contextmanager
def _launcher(home: Path, name: str) -> Iterator[tuple[dg.DagsterInstance, object]]:
    """Run a code server with Dagster's records, and launch its runs in one way."""
    settings = yaml.safe_load(
        (warehouse.ROOT / "orchestration" / "dagster.yaml").read_text()
    )
    if name == SPAWNED:
        del settings["run_launcher"], settings["storage"]
    else:
        settings["storage"]["custom"]["config"]["base_dir"] = str(home)
    home.mkdir()
    (home / "dagster.yaml").write_text(yaml.safe_dump(settings))
    target = ModuleTarget("orchestration.definitions", None, os.getcwd(), None)
    with (
        dg.DagsterInstance.from_config(str(home)) as instance,
        WorkspaceProcessContext(instance, target) as process,
    ):
        yield instance, process.create_request_context()


def _cost(instance: dg.DagsterInstance, context: object) -> float:
    """Run `ranks`; return the CPU seconds that all children took meanwhile."""
    (location,) = context.code_locations
    (repository,) = location.get_repositories().values()
    job = repository.get_full_job("ranks")
    made = _create_run(
        instance=instance,
        code_location=location,
        remote_repo=repository,
        remote_job=job,
        run_config={},
        tags={},
        op_selection=None,
        run_id=None,
    )
    before = _cpu()
    instance.launch_run(made.run_id, context)
    while not (done := instance.get_run_by_id(made.run_id)).is_finished:
        sleep(0.2)
    sleep(4)  # its process ends, and whoever started it sees that
    if not done.is_success:
        raise RuntimeError(f"the run {done.run_id} ended as {done.status.value}")
    return _cpu() - before


def _cpu() -> float:
    """Return the CPU seconds of all our children so far, and of theirs."""
    total = 0.0
    for child in psutil.Process().children(recursive=True):
        try:
            total += sum(child.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue
    return total


def _ask_stand_ins(rig: Rig) -> None:
    url = rig.binance.removesuffix("/binance")
    for system in ("coinmarketcap", "cryptocompare"):
        os.environ[f"SOURCES__{system.upper()}__BASE_URL"] = f"{url}/{system}"
        os.environ[f"SOURCES__{system.upper()}__API_KEY"] = "stand-in"
