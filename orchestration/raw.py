"""Every raw table as an asset: a run of its system's ingestion lands it."""

from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from threading import Thread

import dagster as dg

import warehouse
from ingestion import notes
from ingestion.ingest import ingest, tables_of
from ingestion.landed import is_by_day
from ingestion.report import Report
from ingestion.sources import SYSTEMS
from ingestion.window import Window
from orchestration.days import DAYS, note_loads, report_landed
from orchestration.domains import raw_spec
from orchestration.models import MANIFEST

LOADS = dg.AssetKey(["raw", "_dlt_loads"])
PAIRED = {"coinmarketcap": "cryptocompare", "cryptocompare": "coinmarketcap"}
"""Systems that are asked at once: their answers are held against each other."""
_begun: dict[tuple[str, str], Future[Report]] = {}
"""What was begun with another step of a run, by run and system."""


def fetches_of(system: str) -> dg.AssetKey:
    """Return the key of a system's table of notes."""
    return dg.AssetKey(["raw", notes.table_of(system)])


def ingestion_of(system: str) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return a system's raw tables, and the check that every key landed.

    The check is a step of its own: where a key failed it fails the run, after the
    models have been built from the keys that landed.
    """
    keys = [dg.AssetKey(["raw", table]) for table in tables_of(system)]

    @dg.multi_asset(
        name=system,
        description=f"Ask {system} for what is new, or for days again, and land it.",
        specs=[raw_spec(MANIFEST, table) for table in tables_of(system)],
        # of the others a run for days asks what is new
        partitions_def=DAYS if is_by_day(system) else None,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=system,
    )
    def landed(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        warehouse.activate()
        report = _ingested(context, system)
        context.log.info(report.sentence())
        if report.warning:
            context.log.warning(report.warning)
        if is_by_day(system):
            report_landed(context.instance, system, _asked(context))
        else:
            note_loads(context.instance, system, report.loads)
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
        specs=[
            dg.AssetCheckSpec(
                "every_key_landed",
                asset=keys[0],
                description=f"No key that was asked of {system} failed or was refused.",
            )
        ],
    )
    def every_key_landed(
        context: dg.AssetCheckExecutionContext,
    ) -> Iterator[dg.AssetCheckResult]:
        metadata = _landing(context, keys[0]).metadata
        passed = not metadata["failed_keys"].value
        sentence = metadata["sentence"].value
        yield dg.AssetCheckResult(passed=passed, metadata={"sentence": sentence})
        if not passed:
            raise dg.Failure(sentence)

    return [landed, every_key_landed]


def _ingested(context: dg.AssetExecutionContext, system: str) -> Report:
    """Ingest a system, and begin the one that it is paired with, if the run has it."""
    begun = _begun.pop((context.run.run_id, system), None)
    if begun:
        return begun.result()
    paired = PAIRED.get(system)
    steps = context.run.step_keys_to_execute
    is_in_job = paired in [node.name for node in context.job_def.nodes]
    if is_in_job and (steps is None or paired in steps):
        _begun[context.run.run_id, paired] = _in_thread(paired)
    return ingest(system, _days(context) if is_by_day(system) else None)


def _in_thread(system: str) -> Future[Report]:
    """Ingest a system in a thread, which does not keep a run that is ended."""
    begun = Future()

    def work() -> None:
        try:
            begun.set_result(ingest(system))
        except BaseException as error:
            begun.set_exception(error)

    Thread(target=work, daemon=True).start()
    return begun


def _days(context: dg.AssetExecutionContext) -> Window | None:
    """Return the days to ask a system again, None for what is new, as on today's."""
    if not context.has_partition_key and not context.has_partition_key_range:
        return None
    days, now = context.partition_time_window, datetime.now(UTC)
    is_today = context.has_partition_key and days.end > now
    return None if is_today else Window(days.start, min(days.end, now))


def _asked(context: dg.AssetExecutionContext) -> list[str]:
    """Return the days that a run is for."""
    is_for_days = context.has_partition_key or context.has_partition_key_range
    return list(context.partition_keys) if is_for_days else []


def _landing(
    context: dg.AssetCheckExecutionContext, key: dg.AssetKey
) -> dg.AssetMaterialization:
    """Return what this run noted of a table, else what was noted of it last."""
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    for entry in context.instance.all_logs(context.run.run_id, of_type=kind):
        if entry.dagster_event.asset_key == key:
            return entry.asset_materialization
    return context.instance.get_latest_materialization_event(key).asset_materialization


NOTED = [
    raw_spec(MANIFEST, LOADS.path[-1]),
    *(raw_spec(MANIFEST, notes.table_of(system)) for system in SYSTEMS),
]
INGESTIONS = [part for system in SYSTEMS for part in ingestion_of(system)]
