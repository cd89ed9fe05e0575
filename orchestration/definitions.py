"""All that Dagster knows: the assets, the jobs, their schedules, the resources."""

import dagster as dg

from ingestion.ingest import tables_of
from ingestion.sources import KINDS, SYSTEMS
from orchestration.days import DAYS, landed_elsewhere
from orchestration.executor import in_process
from orchestration.history import old_runs
from orchestration.models import DBT, models, tests_of_everything
from orchestration.notify import failed_run, stale_sources
from orchestration.raw import INGESTIONS, NOTED
from orchestration.ticks import schedule_of

BUILT = dg.AssetSelection.assets(models)
# these read models of all systems, which a system's own job may be the first to build
OF_ALL_SYSTEMS = dg.AssetSelection.assets(
    *(
        ["marts", name]
        for name in (
            *("fct_coverage_1d", "rpt_gaps"),
            *("rpt_rejected_records", "rpt_source_health"),
        )
    )
)
COIN_VIEWS = dg.AssetSelection.assets(
    *(
        ["marts", name]
        for name in ("rpt_coin_moves", "rpt_top_coins", "rpt_unmatched_coins")
    )
)


def landed(*systems: str) -> dg.AssetSelection:
    """Return some systems' raw tables."""
    tables = [table for system in systems for table in tables_of(system)]
    return dg.AssetSelection.assets(*[["raw", table] for table in tables])


def assets_of(*systems: str) -> dg.AssetSelection:
    """Return some systems' raw tables, all that depends on them, and what that reads.

    But for what is of all systems.
    """
    tables = landed(*systems)
    return tables | ((tables.downstream() - OF_ALL_SYSTEMS).upstream() & BUILT)


def assets_only_of(*systems: str) -> dg.AssetSelection:
    """Return some systems' raw tables, and what depends on no other system's."""
    others = landed(*[system for system in SYSTEMS if system not in systems])
    return landed(*systems).downstream() - others.downstream()


@dg.job
def audit() -> None:
    """Test everything, whatever has been tested before."""
    tests_of_everything()


@dg.job
def freshness() -> None:
    """Look for sources from which nothing comes any more."""
    stale_sources()


refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all(),
    description="Ask all systems for what is new, then build and test all of it.",
)
candles = dg.define_asset_job(
    "candles",
    selection=assets_of(*KINDS["candles"]),
    description="Ask exchanges for closed minutes, and build candles of all grains.",
)
turbines = dg.define_asset_job(
    "turbines",
    selection=assets_of(*KINDS["turbines"]),
    description="Ask each wind turbine, and build its statistics of ten minutes.",
)
rates = dg.define_asset_job(
    "rates",
    selection=assets_of(*KINDS["rates"]),
    description="Ask XE and the ECB for the day's rates, and build what uses them.",
)
arrears = dg.define_asset_job(
    "arrears",
    selection=assets_of(*KINDS["arrears"]),
    description="Read the loan book where a file of it changed, and tell its arrears.",
)
transfers = dg.define_asset_job(
    "transfers",
    selection=assets_of(*KINDS["transfers"]),
    description="Ask BigQuery for the days of token transfers that are over.",
)
# a minute is short: what other systems' data is held against is left to their jobs,
# and views, which no arrival changes, to refresh
ranks = dg.define_asset_job(
    "ranks",
    selection=assets_only_of(*KINDS["ranks"]) - COIN_VIEWS,
    description="Ask for prices and ranks of coins as they are now, and pair them.",
)
quality = dg.define_asset_job(
    "quality",
    selection=OF_ALL_SYSTEMS.upstream() & BUILT,
    description="Build what tells of all systems: gaps, coverage, rejects, freshness.",
)


defs = dg.Definitions(
    assets=[*NOTED, *INGESTIONS, models],
    jobs=[
        *(refresh, candles, turbines, rates, arrears, transfers, ranks),
        *(quality, freshness, audit),
    ],
    schedules=[
        schedule_of(candles, "0 * * * *"),
        schedule_of(turbines, "*/10 * * * *", DAYS.get_last_partition_key),
        schedule_of(rates, "0 1,23 * * *"),
        schedule_of(arrears, "0 * * * *"),
        schedule_of(ranks, "* * * * *"),
        schedule_of(transfers, "0 2 * * *", DAYS.get_last_partition_key),
        schedule_of(quality, "20 * * * *"),
        schedule_of(freshness, "*/15 * * * *"),
        schedule_of(audit, "30 3 * * *"),
    ],
    sensors=[failed_run, old_runs, landed_elsewhere],
    resources={"dbt": DBT},
    executor=in_process,
)
