"""The job `refresh`, in this process, with a line for each thing that it did."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import redirect_stdout
from uuid import uuid4

import dagster as dg
from rich.console import Console

import warehouse
from ingestion.ingest import ingest
from ingestion.window import Window
from orchestration.definitions import defs
from orchestration.history import delete_old_runs
from orchestration.tables import rows

Origins = Mapping[tuple[str, str], str]
"""Of each series of each system, whether the stand-in has it recorded or generated."""
RECORDED = {"ADAUSDT": Window.between("2022-12-13", "2022-12-14")}
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Teller:
    """Prints what the events of a run say, and counts them."""

    def __init__(self, console: Console, origins: Origins) -> None:
        self.console = console
        self.series: dict[str, list[str]] = defaultdict(list)
        for (system, key), origin in origins.items():
            self.series[system].append(f"{key} {origin}")
        self.told: set[str] = set()
        self.counts = Counter()
        self.errors: list[str] = []

    def __call__(self, entry: dg.EventLogEntry) -> None:
        """Take one event, as Dagster's listener."""
        event = entry.dagster_event
        kind = event and event.event_type
        if kind == dg.DagsterEventType.ASSET_MATERIALIZATION:
            self._materialized(event.step_materialization_data.materialization.metadata)
        elif kind == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self._checked(event.asset_check_evaluation_data)
        elif kind == dg.DagsterEventType.STEP_FAILURE:
            self.errors.append(event.step_failure_data.error.to_string())

    def _materialized(self, metadata: Mapping[str, dg.MetadataValue]) -> None:
        if "sentence" in metadata:
            self._landed(metadata["sentence"].value)
        elif "unique_id" in metadata:
            self.counts["built"] += 1

    def _landed(self, sentence: str) -> None:
        """Tell of a system once, though it may have several raw tables."""
        if sentence not in self.told:
            self.told.add(sentence)
            series = ", ".join(self.series.get(sentence.split(":")[0], ["real"]))
            self.console.print(f"Landed {sentence} ({series})")

    def _checked(self, check: dg.AssetCheckEvaluation) -> None:
        is_warning = check.severity == dg.AssetCheckSeverity.WARN
        verdict = "passed" if check.passed else "warned" if is_warning else "failed"
        self.counts[verdict] += 1
        if not check.passed:
            name = f"{check.asset_key.to_user_string()} {check.check_name}"
            self.console.print(f"  {verdict}: {name}")


def show_recorded(console: Console, origins: Origins) -> None:
    """Land the bundled recording beside the generated series, if it isn't there yet."""
    for symbol, window in RECORDED.items():
        if origins.get(("binance", symbol)) == "recorded" and not _has(symbol):
            report = ingest("binance", window, symbols=[symbol])
            console.print(f"Landed {report.sentence()} ({symbol} recorded)")


def refresh(console: Console, origins: Origins) -> bool:
    """Run the job and tell what it landed, built and tested; whether all went well."""
    teller = Teller(console, origins)
    run_id = str(uuid4())
    log = warehouse.warehouse_dir() / "refresh.log"
    with dg.DagsterInstance.get() as instance, log.open("w") as output:
        instance.add_event_listener(run_id, teller)
        with console.status("Ingestion, then dbt build"), redirect_stdout(output):
            result = defs.resolve_job_def("refresh").execute_in_process(
                instance=instance, run_id=run_id, run_config=QUIET, raise_on_error=False
            )
        delete_old_runs(instance)
    counts = teller.counts
    console.print(
        f"Built {counts['built']} models; {counts['passed']} tests passed, "
        f"{counts['warned']} warned, {counts['failed']} failed"
    )
    for error in teller.errors:
        console.print(error, markup=False)
    return result.success


def _has(symbol: str) -> bool:
    table = rows("loader", "select to_regclass('raw.binance__klines')")[0][0]
    asked = "select 1 from raw.binance__klines where request::json ->> 'symbol' = %s"
    return bool(table and rows("loader", f"{asked} limit 1", symbol))
