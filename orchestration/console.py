"""The job `refresh`, in this process, with a line for each thing that it did."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import dagster as dg
from rich.console import Console

import warehouse
from ingestion.ingest import ingest
from ingestion.window import Window
from orchestration import forked_dbt
from orchestration.definitions import defs
from orchestration.history import delete_old_runs
from orchestration.models import NOT_STARTED, models
from orchestration.runs import end_hopeless
from orchestration.tables import rows
from warehouse.errors import DISK_FULL, says_disk_full

Origins = Mapping[tuple[str, str], str]
"""Of each series of each system, whether the stand-in has it recorded or generated."""
RECORDED = {"ADAUSDT": Window.between("2022-12-13", "2022-12-14")}
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


PARSED = "Errors parsed from dbt logs:"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# dbt's, that say nothing which the sentence beside them doesn't
NOISE = re.compile(
    r"^(compiled code at |\d+ of \d+ |Encountered an error|LINE \d+:|\^$)"
)


@dataclass(frozen=True)
class Outcome:
    """How a run ended; `troubles` say of systems why not all of their keys landed."""

    is_well: bool
    is_built: bool
    troubles: Mapping[str, str]


class RunPrinter:
    """Prints what the events of a run say, and counts them."""

    def __init__(self, console: Console, origins: Origins) -> None:
        self.console = console
        self.series: dict[str, list[str]] = defaultdict(list)
        for (system, key), origin in origins.items():
            self.series[system].append(f"{key} {origin}")
        self.printed: set[str] = set()
        self.counts = Counter()
        self.errors: list[str] = []
        self.troubles: dict[str, str] = {}
        self.is_built = False
        self.is_started = True

    def __call__(self, entry: dg.EventLogEntry) -> None:
        """Take one event, as Dagster's listener."""
        if entry.user_message == NOT_STARTED:
            self.is_started = False
        event = entry.dagster_event
        kind = event and event.event_type
        if kind == dg.DagsterEventType.ASSET_MATERIALIZATION:
            self._materialized(event.step_materialization_data.materialization.metadata)
        elif kind == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self._checked(event.asset_check_evaluation_data)
        elif kind == dg.DagsterEventType.STEP_FAILURE:
            self.errors += sentences_of(event.step_failure_data)
        elif kind == dg.DagsterEventType.STEP_SUCCESS:
            self.is_built |= event.step_key == models.op.name

    def _materialized(self, metadata: Mapping[str, dg.MetadataValue]) -> None:
        if "sentence" in metadata:
            sentence = metadata["sentence"].value
            self._landed(sentence)
            system, _, said = sentence.partition(": ")
            if metadata["failed_keys"].value or said.startswith("not asked"):
                self.troubles[system] = sentence
        elif "unique_id" in metadata:
            self.counts["built"] += 1

    def _landed(self, sentence: str) -> None:
        """Print a system once, though it may have several raw tables."""
        if sentence not in self.printed:
            self.printed.add(sentence)
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
            if report.warning:
                console.print(report.warning, markup=False)


def sentences_of(failure: Any) -> Iterator[str]:  # noqa: ANN401 - StepFailureData, which Dagster keeps to itself
    """Yield what a failed step is to say to a person, without its trace."""
    error = failure.error
    if failure.user_failure_data:
        said = failure.user_failure_data.description or error.message
    else:
        while error.cause:
            error = error.cause
        said = error.message
    said = COLOURS.sub("", said)
    if PARSED not in said:
        yield " ".join(said.split())
        return
    lines = [line.strip() for line in said.split(PARSED)[1].splitlines()]
    yield from dict.fromkeys(line for line in lines if line and not NOISE.match(line))


def refresh(console: Console, origins: Origins) -> Outcome:
    """Run the job and print what it landed, built and tested, and how it ended."""
    printer = RunPrinter(console, origins)
    run_id = str(uuid4())
    log = warehouse.warehouse_dir() / "refresh.log"
    forked_dbt.have_one()  # while there is one thread, and nothing is connected
    with dg.DagsterInstance.get() as instance, log.open("w") as output:
        end_hopeless(instance)  # a killed one would keep its slots of the pools
        instance.add_event_listener(run_id, printer)
        with console.status("Ingestion, then dbt build"), redirect_stdout(output):
            result = defs.resolve_job_def("refresh").execute_in_process(
                instance=instance, run_id=run_id, run_config=QUIET, raise_on_error=False
            )
        delete_old_runs(instance)
    counts = printer.counts
    if any(map(says_disk_full, printer.errors)):
        console.print(DISK_FULL)
    console.print(
        f"Built {counts['built']} models; {counts['passed']} tests passed, "
        f"{counts['warned']} warned, {counts['failed']} failed"
        if printer.is_started
        else NOT_STARTED
    )
    for error in printer.errors:
        if error not in printer.printed:
            console.print(error, markup=False)
    return Outcome(result.success, printer.is_built, printer.troubles)


def _has(symbol: str) -> bool:
    table = rows("loader", "select to_regclass('raw.binance__klines')")[0][0]
    asked = "select 1 from raw.binance__klines where request::json ->> 'symbol' = %s"
    return bool(table and rows("loader", f"{asked} limit 1", symbol))
