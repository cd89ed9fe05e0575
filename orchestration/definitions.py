"""All that Dagster knows: the assets, the jobs, their schedules, the resources."""

import dagster as dg

from orchestration.models import DBT, models, tests_of_everything
from orchestration.raw import FETCHED, INGESTIONS

refresh = dg.define_asset_job("refresh", selection=dg.AssetSelection.all())


@dg.job
def audit() -> None:
    """Test everything, whatever has been tested before."""
    tests_of_everything()


schedules = [
    dg.ScheduleDefinition(
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    for job, cron in ((refresh, "0 * * * *"), (audit, "30 3 * * *"))
]

defs = dg.Definitions(
    assets=[FETCHED, *INGESTIONS, models],
    jobs=[refresh, audit],
    schedules=schedules,
    resources={"dbt": DBT},
    executor=dg.in_process_executor,
)
