"""All that Dagster knows: the assets, the jobs, their schedules, the resources."""

import dagster as dg
from dagster_dbt import build_dbt_asset_selection

from ingestion.ingest import tables_of
from orchestration.models import DBT, models, tests_of_everything
from orchestration.raw import FETCHED, INGESTIONS


def assets_of(*systems: str) -> dg.AssetSelection:
    """Give some systems' raw tables, and the models from these on.

    With all that these models read, such as the curated lists.
    """
    tables = [table for system in systems for table in tables_of(system)]
    landed = dg.AssetSelection.assets(*[["raw", table] for table in tables])
    read = " ".join(f"@source:raw.{table}" for table in tables)
    return landed | build_dbt_asset_selection([models], dbt_select=read)


def schedule_of(job: object, cron: str) -> dg.ScheduleDefinition:
    """Give the job's schedule, UTC, running as soon as the daemon does."""
    return dg.ScheduleDefinition(
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )


@dg.job
def audit() -> None:
    """Test everything, whatever has been tested before."""
    tests_of_everything()


refresh = dg.define_asset_job("refresh", selection=dg.AssetSelection.all())
candles = dg.define_asset_job("candles", selection=assets_of("binance"))
turbines = dg.define_asset_job("turbines", selection=assets_of("plant"))
rates = dg.define_asset_job("rates", selection=assets_of("xe", "ecb"))
arrears = dg.define_asset_job("arrears", selection=assets_of("loans"))


@dg.schedule(
    job=turbines,
    cron_schedule="*/10 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def turbines_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Ask for the day that is not over."""
    return dg.RunRequest(partition_key=f"{context.scheduled_execution_time:%Y-%m-%d}")


defs = dg.Definitions(
    assets=[FETCHED, *INGESTIONS, models],
    jobs=[refresh, candles, turbines, rates, arrears, audit],
    schedules=[
        schedule_of(candles, "0 * * * *"),
        turbines_schedule,
        schedule_of(rates, "0 1,23 * * *"),
        schedule_of(arrears, "0 * * * *"),
        schedule_of(audit, "30 3 * * *"),
    ],
    resources={"dbt": DBT},
    executor=dg.in_process_executor,
)
