"""Schedules whose tick is skipped while their job has an unfinished run."""

from collections.abc import Callable

import dagster as dg

from orchestration.runs import end_hopeless, unfinished


def schedule_of(
    job: object, cron: str, partition: Callable[[], str] | None = None
) -> dg.ScheduleDefinition:
    """Return the job's schedule, UTC, running as soon as the daemon does.

    A job that is asked by days is asked for the `partition` of its tick.
    """

    def due(
        context: dg.ScheduleEvaluationContext,
    ) -> dg.RunRequest | dg.SkipReason:
        run = None
        if context.instance_ref:  # a tick that is tried out has no records
            end_hopeless(context.instance)
            run = unfinished(context.instance, job.name)
        if run:
            return dg.SkipReason(
                f"{job.name} has an unfinished run: {run.run_id} is "
                f"{run.status.value.lower()}"
            )
        return dg.RunRequest(partition_key=partition() if partition else None)

    return dg.ScheduleDefinition(
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        execution_fn=due,
        description=f"{job.description} No tick while a run of it has not ended.",
    )
