"""How a run works: in its own process, once dead runs have left their slots."""

from collections.abc import Iterator

import dagster as dg
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode
from dagster._core.executor.in_process import InProcessExecutor

from orchestration.runs import end_hopeless


class Executor(InProcessExecutor):
    """Dagster's, where there may be no daemon whose ticks end dead runs."""

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[dg.DagsterEvent]:
        """Note our process, end dead runs, which keep their slots, and work."""
        events = super().execute(plan_context, execution_plan)
        yield next(events)
        end_hopeless(plan_context.instance)
        yield from events


@dg.executor(name="in_process")
def in_process(_: dg.InitExecutorContext) -> Executor:
    """Return the executor of all jobs."""
    return Executor(RetryMode.ENABLED)
