"""UTC days as partitions, and what of them landed by other ways than Dagster's runs.

A run without a day (`make run`), `python -m ingestion`, and today's run, which asks the
days before again, land days too. These are reported to Dagster as events without a run.
"""

import json
import time
from collections.abc import Collection, Iterable
from datetime import timedelta

import dagster as dg

import warehouse
from ingestion import landed
from ingestion.sources import SYSTEMS
from orchestration.first_day import first_day

FIRST = first_day()
DAYS = dg.DailyPartitionsDefinition(start_date=str(FIRST), end_offset=1)
"""UTC days up to today's; one definition, since a job takes no two."""
MOST = 100
"""How many days of a table are reported at once; the next look goes on."""
SELDOM = timedelta(hours=1)
"""How long a table without days is not reported again: no run takes its events away."""


@dg.sensor(
    description="Marks what landed by the command line as materialized.",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def landed_elsewhere(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Report to Dagster what landed by the command line, not by its own runs."""
    try:
        count = sum(report_landed(context.instance, system) for system in SYSTEMS)
    except warehouse.WarehouseError as error:
        return dg.SkipReason(str(error))
    return dg.SkipReason(f"{count} tables, or days of them, landed by other ways")


def report_landed(
    instance: dg.DagsterInstance, system: str, own: Collection[str] = ()
) -> int:
    """Report what of a system landed that Dagster does not know; return the events.

    A day is reported once, and none of a run's `own`. What was reported last is in
    Dagster's own records, so that both go together.
    """
    found = landed.since(system, _known(instance, system), FIRST)
    if found is None:
        return 0
    count, is_all = 0, True
    for table, pages in found.pages.items():
        key = dg.AssetKey(["raw", table])
        if table in found.days:
            days = [str(day) for day in found.days[table] if str(day) not in own]
            marked = mark(instance, key, days)
            count, is_all = count + marked, is_all and marked < MOST
        elif pages and not _is_reported(instance, key):
            _report(instance, key, None)
            count += 1
    if is_all:
        _note(instance, system, found.until)
    return count


def mark(instance: dg.DagsterInstance, key: dg.AssetKey, days: Iterable[str]) -> int:
    """Mark days of a table as materialized that are not, `MOST` of them at most.

    Return how many these were.
    """
    marked = instance.get_materialized_partitions(key)
    new = [day for day in days if day not in marked][:MOST]
    for day in new:
        _report(instance, key, day)
    return len(new)


def note_loads(instance: dg.DagsterInstance, system: str, loads: Iterable[str]) -> None:
    """Note that Dagster knows of loads: its own run landed them."""
    newest = max(loads, default="")
    if newest > _known(instance, system):
        _note(instance, system, newest)


def _is_reported(instance: dg.DagsterInstance, key: dg.AssetKey) -> bool:
    """Return whether Dagster was told of a table of late."""
    last = instance.get_latest_materialization_event(key)
    return last is not None and time.time() - last.timestamp < SELDOM.total_seconds()


def _report(instance: dg.DagsterInstance, key: dg.AssetKey, day: str | None) -> None:
    """Report an event like those of a run that landed all keys."""
    sentence = f"{key.path[-1]} landed by another way than a run of Dagster's"
    metadata = {"sentence": sentence, "failed_keys": []}
    event = dg.AssetMaterialization(key, partition=day, metadata=metadata)
    instance.report_runless_asset_event(event)


def _known(instance: dg.DagsterInstance, system: str) -> str:
    """Return the load up to which Dagster knows all days, from `FIRST` on."""
    name = _name(system)
    stored = instance.daemon_cursor_storage.get_cursor_values({name}).get(name)
    known = json.loads(stored) if stored else {"load": "", "first": str(FIRST)}
    return known["load"] if known["first"] <= str(FIRST) else ""


def _note(instance: dg.DagsterInstance, system: str, load: str) -> None:
    stored = json.dumps({"load": load, "first": str(FIRST)})
    instance.daemon_cursor_storage.set_cursor_values({_name(system): stored})


def _name(system: str) -> str:
    return f"tickhouse/landed/{system}"
