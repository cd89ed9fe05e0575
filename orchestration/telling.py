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
NEWEST = """
select
    newest.symbol,
    to_char(newest.opened_at at time zone 'utc', 'YYYY-MM-DD HH24:MI') as opened_at,
    trim_scale(newest.open_price) as open,
    trim_scale(newest.high_price) as high,
    trim_scale(newest.low_price) as low,
    trim_scale(newest.close_price) as close,
    trim_scale(newest.base_volume) as volume,
    newest.trade_count as trades,
    newest.minute_count as minutes
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


def show_recorded(console: Console, origins: Mapping[str, str]) -> None:
    """Land the bundled recording beside the generated series, if it isn't there yet."""
    for symbol, window in RECORDED.items():
        if origins.get(symbol) == "recorded" and not _has(symbol):
            report = ingest("binance", window, symbols=[symbol])
            console.print(f"Landed {report.sentence()} ({symbol}: recorded)")


def refresh(console: Console, origins: Mapping[str, str]) -> bool:
    """Run the job; tell what landed, what was built and tested; whether all went well."""
    counts = Counter()
    bad = []

    def tell(entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if not event:
            return
        if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
            _tell_asset(console, event, origins, counts)
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            is_warning = check.severity == dg.AssetCheckSeverity.WARN
            verdict = "passed" if check.passed else "warned" if is_warning else "failed"
            counts[verdict] += 1
            if not check.passed:
                name = check.asset_key.to_user_string()
                console.print(f"  {verdict}: {name} {check.check_name}")
        elif event.is_step_failure:
            bad.append(event.step_failure_data.error.to_string())

    run_id = str(uuid4())
    log = warehouse.warehouse_dir() / "refresh.log"
    with dg.DagsterInstance.get() as instance, log.open("w") as output:
        instance.add_event_listener(run_id, tell)
        with console.status("Ingestion, then dbt build"), redirect_stdout(output):
            result = defs.resolve_job_def("refresh").execute_in_process(
                instance=instance, run_id=run_id, run_config=QUIET, raise_on_error=False
            )
    console.print(
        f"Built {counts['built']} models; {counts['passed']} tests passed, "
        f"{counts['warned']} warned, {counts['failed']} failed"
    )
    for error in bad:
        console.print(error)
    return result.success


def newest_candles(origins: Mapping[str, str]) -> Table:
    """Give the newest hourly candle of each symbol as a table, as the reader sees it."""
    with closing(warehouse.connect("reader")) as connection:
        with connection.cursor() as cursor:
            cursor.execute(NEWEST)
            names = [column.name for column in cursor.description]
            rows = cursor.fetchall()
    title = "Newest hourly candles, UTC"
    table = Table(*names, "series", title=title, title_justify="left", box=box.SIMPLE)
    for column in table.columns:
        column.no_wrap = True
    for row in rows:
        table.add_row(*map(str, row), origins.get(row[0], "real"))
    return table


def _tell_asset(
    console: Console,
    event: dg.DagsterEvent,
    origins: Mapping[str, str],
    counts: Counter,
) -> None:
    metadata = event.step_materialization_data.materialization.metadata
    if "sentence" in metadata:
        kinds = "; ".join(f"{key}: {origin}" for key, origin in origins.items())
        console.print(f"Landed {metadata['sentence'].value} ({kinds or 'real API'})")
    elif "unique_id" in metadata:
        counts["built"] += 1


def _has(symbol: str) -> bool:
    with closing(warehouse.connect("loader")) as connection:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                select to_regclass('raw.binance__klines') is not null
                """
            )
            if not cursor.fetchone()[0]:
                return False
            cursor.execute(
                """
                select exists (
                    select 1
                    from raw.binance__klines
                    where request::json ->> 'symbol' = %s
                )
                """,
                (symbol,),
            )
            return cursor.fetchone()[0]
