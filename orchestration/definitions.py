"""All that Dagster knows: the assets, the jobs, their schedules, the resources."""

import dagster as dg
from dagster_dbt import build_dbt_asset_selection

from ingestion.ingest import tables_of
from orchestration.models import DBT, models, tests_of_everything
from orchestration.notify import failed_run, stale_sources
from orchestration.raw import BY_DAY, INGESTIONS, NOTED

# these read models of all systems, which a system's own job may be the first to build
OF_ALL_SYSTEMS = "fct_coverage_1d rpt_gaps rpt_rejected_records rpt_source_health"


def assets_of(
    *systems: str, exclude: str = "", with_upstream: bool = True
) -> dg.AssetSelection:
    """Give some systems' raw tables, and the models that depend on them.

    Unless told otherwise with what else these read.
    """
    tables = [table for system in systems for table in tables_of(system)]
    found = build_dbt_asset_selection(
        [models],
        dbt_select=" ".join(f"source:raw.{table}+" for table in tables),
        dbt_exclude=f"{OF_ALL_SYSTEMS} {exclude}",
    )
    if with_upstream:
        found = dg.AssetSelection.assets(models) & found.upstream()
    landed = dg.AssetSelection.assets(*[["raw", table] for table in tables])
    return landed | alone(found)


def alone(found: dg.AssetSelection) -> dg.AssetSelection:
    """Give the models of a selection by their keys, so with their own checks alone.

    dbt would also take the tests of models that are not among them.
    """
    return dg.AssetSelection.assets(*found.resolve([models]))


def schedule_of(job: object, cron: str) -> dg.ScheduleDefinition:
    """Give the job's schedule, UTC, running as soon as the daemon does."""
    return dg.ScheduleDefinition(
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )


def schedule_by_day(job: object, cron: str, system: str) -> dg.ScheduleDefinition:
    """Give the schedule of a job whose system is asked by days: it asks for the newest.

    And so for all that is new.
    """
    return dg.ScheduleDefinition(
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        execution_fn=lambda _: dg.RunRequest(
            partition_key=BY_DAY[system].get_last_partition_key()
        ),
    )


@dg.job
def audit() -> None:
    """Test everything, whatever has been tested before."""
    tests_of_everything()


@dg.job
def freshness() -> None:
    """Look for sources from which nothing comes any more."""
    stale_sources()


refresh = dg.define_asset_job("refresh", selection=dg.AssetSelection.all())
candles = dg.define_asset_job("candles", selection=assets_of("binance"))
turbines = dg.define_asset_job("turbines", selection=assets_of("plant"))
rates = dg.define_asset_job("rates", selection=assets_of("xe", "ecb"))
arrears = dg.define_asset_job("arrears", selection=assets_of("loans"))
transfers = dg.define_asset_job("transfers", selection=assets_of("ethereum"))
# a minute is short: what other systems' data is held against is left to their jobs
ranks = dg.define_asset_job(
    "ranks",
    selection=assets_of(
        *("coinmarketcap", "cryptocompare"),
        exclude="marts.across stg_loads__tables+",
        with_upstream=False,
    ),
)
quality = dg.define_asset_job(
    "quality",
    selection=alone(build_dbt_asset_selection([models], dbt_select="+marts.quality")),
)


defs = dg.Definitions(
    assets=[*NOTED, *INGESTIONS, models],
    jobs=[
        *(refresh, candles, turbines, rates, arrears, transfers, ranks),
        *(quality, freshness, audit),
    ],
    schedules=[
        schedule_of(candles, "0 * * * *"),
        schedule_by_day(turbines, "*/10 * * * *", "plant"),
        schedule_of(rates, "0 1,23 * * *"),
        schedule_of(arrears, "0 * * * *"),
        schedule_of(ranks, "* * * * *"),
        schedule_by_day(transfers, "0 2 * * *", "ethereum"),
        schedule_of(quality, "20 * * * *"),
        schedule_of(freshness, "*/15 * * * *"),
        schedule_of(audit, "30 3 * * *"),
    ],
    sensors=[failed_run],
    resources={"dbt": DBT},
    executor=dg.in_process_executor,
)
