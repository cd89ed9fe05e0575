"""The job `refresh`, in this process, with a line for each thing that it did."""

from collections import Counter
from collections.abc import Mapping
from contextlib import closing, redirect_stdout
from uuid import uuid4

import dagster as dg
from rich import box
from rich.console import Console
from rich.table import Table

import warehouse
from ingestion.ingest import ingest
from ingestion.window import Window
from orchestration.definitions import defs

RECORDED = {"ADAUSDT": Window.between("2022-12-13", "2022-12-14")}
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
COLUMNS = (
    *("symbol", "opened at", "open", "high", "low", "close", "volume"),
    *("trades", "minutes", "series"),
)
NEWEST = """
select
    newest.symbol,
    to_char(newest.opened_at at time zone 'utc', 'YYYY-MM-DD HH24:MI'),
    trim_scale(newest.open_price),
    trim_scale(newest.high_price),
    trim_scale(newest.low_price),
    trim_scale(newest.close_price),
    trim_scale(newest.base_volume),
    newest.trade_count,
    newest.minute_count
from (select distinct symbol from marts.fct_candles_1w) as symbols
cross join lateral (
    select *
    from marts.fct_candles_1h as candles
    where candles.symbol = symbols.symbol
    order by candles.opened_at desc
    limit 1
) as newest
order by newest.symbol
"""


class Teller:
    """Prints what the events of a run say, and counts them."""

    def __init__(self, console: Console, origins: Mapping[str, str]) -> None:
        self.console = console
        self.series = ", ".join(f"{key} {origin}" for key, origin in origins.items())
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
            landed = metadata["sentence"].value
            self.console.print(f"Landed {landed} ({self.series or 'real'})")
        elif "unique_id" in metadata:
            self.counts["built"] += 1

    def _checked(self, check: dg.AssetCheckEvaluation) -> None:
        is_warning = check.severity == dg.AssetCheckSeverity.WARN
        verdict = "passed" if check.passed else "warned" if is_warning else "failed"
        self.counts[verdict] += 1
        if not check.passed:
            name = f"{check.asset_key.to_user_string()} {check.check_name}"
            self.console.print(f"  {verdict}: {name}")


def show_recorded(console: Console, origins: Mapping[str, str]) -> None:
    """Land the bundled recording beside the generated series, if it isn't there yet."""
    for symbol, window in RECORDED.items():
        if origins.get(symbol) == "recorded" and not _has(symbol):
            report = ingest("binance", window, symbols=[symbol])
            console.print(f"Landed {report.sentence()} ({symbol} recorded)")


def refresh(console: Console, origins: Mapping[str, str]) -> bool:
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
    counts = teller.counts
    console.print(
        f"Built {counts['built']} models; {counts['passed']} tests passed, "
        f"{counts['warned']} warned, {counts['failed']} failed"
    )
    for error in teller.errors:
        console.print(error, markup=False)
    return result.success


def newest_candles(origins: Mapping[str, str]) -> Table:
    """Give the newest hourly candle of each symbol, as the reader sees them."""
    title = "Newest hourly candles, UTC"
    table = Table(title=title, title_justify="left", box=box.SIMPLE)
    for name in COLUMNS:
        table.add_column(name, no_wrap=True)
    for row in _rows("reader", NEWEST):
        table.add_row(*map(str, row), origins.get(row[0], "real"))
    return table


def _has(symbol: str) -> bool:
    table = _rows("loader", "select to_regclass('raw.binance__klines')")[0][0]
    asked = "select 1 from raw.binance__klines where request::json ->> 'symbol' = %s"
    return bool(table and _rows("loader", f"{asked} limit 1", symbol))


def _rows(role: str, query: str, *parameters: object) -> list[tuple]:
    with closing(warehouse.connect(role)) as held, held.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()
