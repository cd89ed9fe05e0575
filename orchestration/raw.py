"""Every raw table as an asset: a run of its system's ingestion lands it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

import warehouse
from ingestion import notes
from ingestion.ingest import SYSTEMS, ingest, tables_of
from ingestion.window import Window

LOADS = dg.AssetKey(["raw", "_dlt_loads"])
DAYS = dg.DailyPartitionsDefinition(start_date="2015-07-30", end_offset=1)
"""UTC days up to today's; one definition, since a job takes no two."""
BY_DAY = ("plant", "ethereum")
"""The systems that are asked by days; of the others a run for days asks what is new."""


def fetches_of(system: str) -> dg.AssetKey:
    """Return the key of a system's table of notes."""
    return dg.AssetKey(["raw", notes.table_of(system)])


def ingestion_of(system: str) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Give a system's raw tables, and the check that every key landed.

    The check is a step of its own: where a key failed it fails the run, after the
    models have been built from the keys that landed.
    """
    keys = [dg.AssetKey(["raw", table]) for table in tables_of(system)]

    @dg.multi_asset(
        name=system,
        specs=[dg.AssetSpec(key, group_name="raw", kinds={"dlt"}) for key in keys],
        partitions_def=DAYS if system in BY_DAY else None,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=system,
    )
    def landed(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        warehouse.activate()
        report = ingest(system, _days(context) if system in BY_DAY else None)
        context.log.info(report.sentence())
        for noted in (fetches_of(system), LOADS):
            context.log_event(dg.AssetMaterialization(noted))
        for key in keys:
            yield dg.MaterializeResult(
                asset_key=key,
                metadata={
                    "pages": report.pages,
                    "records": report.records,
                    "seconds": report.seconds,
                    "failed_keys": [key.name for key in report.bad],
                    "sentence": report.sentence(),
                    "loads": report.loads,
                },
            )

    @dg.multi_asset_check(
        name=f"{system}_keys",
        specs=[dg.AssetCheckSpec("every_key_landed", asset=keys[0])],
    )
    def every_key_landed(
        context: dg.AssetCheckExecutionContext,
    ) -> Iterator[dg.AssetCheckResult]:
        event = context.instance.get_latest_materialization_event(keys[0])
        metadata = event.asset_materialization.metadata
        passed = not metadata["failed_keys"].value
        sentence = metadata["sentence"].value
        yield dg.AssetCheckResult(passed=passed, metadata={"sentence": sentence})
        if not passed:
            raise dg.Failure(sentence)

    return [landed, every_key_landed]


def _days(context: dg.AssetExecutionContext) -> Window | None:
    """Give the days to ask a system again, null for what is new, as on today's."""
    if not context.has_partition_key and not context.has_partition_key_range:
        return None
    days, now = context.partition_time_window, datetime.now(UTC)
    is_today = context.has_partition_key and days.end > now
    return None if is_today else Window(days.start, min(days.end, now))


NOTED = [
    dg.AssetSpec(
        LOADS,
        group_name="raw",
        description="dlt's own list of the loads that stand; every ingestion adds.",
    ),
    *(
        dg.AssetSpec(
            fetches_of(system),
            group_name="raw",
            description=f"What became of each key that was asked of {system}.",
        )
        for system in SYSTEMS
    ),
]
INGESTIONS = [part for system in SYSTEMS for part in ingestion_of(system)]
