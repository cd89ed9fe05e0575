"""Runs that are launched as the daemon launches them, from a test."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dagster as dg
from dagster._core.definitions.selector import JobSubsetSelector
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget

SECONDS = 120


class Launches:
    """What launches runs of our definitions, whose code server is running."""

    def __init__(self, instance: dg.DagsterInstance, context: object) -> None:
        self.instance = instance
        self._context = context
        (self._location,) = context.code_locations
        (self._repository,) = self._location.get_repositories().values()

    def launch(self, job: str) -> str:
        """Launch a run of a job; return its id."""
        selector = JobSubsetSelector(
            self._location.name, self._repository.name, job, None
        )
        chosen = self._location.get_job(selector)
        plan = self._location.get_execution_plan(
            chosen, {}, None, None, self.instance
        ).execution_plan_snapshot
        run = self.instance.create_run(
            job_name=job,
            run_id=None,
            run_config={},
            resolved_op_selection=None,
            step_keys_to_execute=plan.step_keys_to_execute,
            op_selection=None,
            status=None,
            root_run_id=None,
            parent_run_id=None,
            tags=dict(chosen.tags),
            job_snapshot=chosen.job_snapshot,
            execution_plan_snapshot=plan,
            parent_job_snapshot=chosen.parent_job_snapshot,
            remote_job_origin=chosen.get_remote_origin(),
            job_code_origin=chosen.get_python_origin(),
            asset_selection=None,
            asset_check_selection=None,
            asset_graph=self._repository.asset_graph,
        )
        self.instance.launch_run(run.run_id, self._context)
        return run.run_id

    def status(self, run_id: str) -> dg.DagsterRunStatus:
        """Return what a run has come to."""
        return self.instance.get_run_by_id(run_id).status

    def ended(self, run_id: str) -> dg.DagsterRunStatus:
        """Return how a run ended, as soon as it has."""
        wait_until(lambda: self.instance.get_run_by_id(run_id).is_finished)
        return self.status(run_id)

    def log(self, run_id: str) -> str:
        """Return all that is in a run's log."""
        return "\n".join(entry.message for entry in self.instance.all_logs(run_id))


@contextmanager
def launching(instance: dg.DagsterInstance) -> Iterator[Launches]:
    """Run a code server of our definitions, and return what launches their runs."""
    target = ModuleTarget("orchestration.definitions", None, os.getcwd(), None)
    with WorkspaceProcessContext(instance, target) as process:
        yield Launches(instance, process.create_request_context())


def wait_until(found: Callable[[], object]) -> object:
    """Return what is found, as soon as it is."""
    deadline = time.monotonic() + SECONDS
    while not (what := found()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return what
