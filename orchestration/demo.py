"""`make break`: a fault, what the warehouse says of it, and the repair, in a minute.

It works on a warehouse of its own, which goes afterwards, and on stand-ins of its own.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
from rich.console import Console

import warehouse
from orchestration.upstreams import asked

SELECTED = ("+fct_candles_1h", "+fct_loads", "+rpt_gaps", "+rpt_rejected_records")
HOURS = """
select
    symbol,
    to_char(opened_at at time zone 'utc', 'HH24:MI') as hour,
    minute_count,
    trim_scale(high_price) as high
from marts.fct_candles_1h
where extract(hour from opened_at at time zone 'utc') between 17 and 19
order by symbol, opened_at
"""
LOADS = """
select
    to_char(loaded_at at time zone 'utc', 'HH24:MI:SS') as loaded,
    status,
    replace(failed_keys, chr(10), ', ') as failed_keys
from marts.fct_loads
order by loaded_at
"""
REJECTS = "select record_key, reason from marts.rpt_rejected_records order by 1"
GAPS = """
select
    series_key,
    to_char(gap_from at time zone 'utc', 'HH24:MI') as gap_from,
    to_char(gap_to at time zone 'utc', 'HH24:MI') as gap_to,
    missing_count,
    is_source_gap
from marts.rpt_gaps
where system = 'binance'
order by 1, 2
"""


def tour(console: Console) -> bool:
    """Break an hour of two symbols, look, mend it; whether all came right again."""
    day = datetime.now(UTC).date() - timedelta(days=1)
    evening, after = f"{day}T18:00", f"{day}T19:00"
    with throwaway_warehouse() as url:
        say(console, "A day of two symbols, but for one hour")
        command(console, "warehouse", "start")
        ingest(console, str(day), evening)
        ingest(console, after, str(day + timedelta(days=1)))
        build(console)
        say(
            console,
            "That hour, with two faults: of BTCUSDT a minute comes with its high below "
            "its low, and for ETHUSDT the API is broken",
        )
        inject_faults(url, evening, after)
        ingest(console, evening, after)
        build(console)
        say(console, "The run failed and names the key; all else has landed")
        query(console, LOADS)
        say(console, "The bad minute is in quarantine, with the reason")
        query(console, REJECTS)
        say(console, "Candles of that hour know that they lack minutes")
        query(console, HOURS)
        query(console, GAPS)
        say(
            console, "The API is well again: only what it did not answer is asked again"
        )
        asked(requests.delete, f"{url}/_control")
        is_asked = command(console, "ingestion", "binance", "--gaps")
        say(console, "What it answered wrongly is its own gap until it is asked anew")
        is_asked &= ingest(console, f"{day}T18:30", f"{day}T18:31")
        is_built = build(console)
        for sql in (HOURS, REJECTS, GAPS):
            query(console, sql)
        return is_asked and is_built and not any(map(found, (REJECTS, GAPS)))


@contextmanager
def throwaway_warehouse() -> Iterator[str]:
    """Lead all that follows to a warehouse and stand-ins of the tour's own."""
    folder = Path(tempfile.mkdtemp(prefix="tickhouse-break-"))
    folder.chmod(0o755)  # the server's user is another one if we are root
    sandbox = [sys.executable, "-m", "sandbox", "--port", "0"]
    with subprocess.Popen(  # noqa: S603 - our own module, no shell
        sandbox, cwd=warehouse.ROOT, stdout=subprocess.PIPE, text=True
    ) as stand_ins:
        with warehouse.waiting_for("the stand-ins to start"):
            ready = stand_ins.stdout.readline()
        if not ready:
            shutil.rmtree(folder)
            raise warehouse.WarehouseError("The stand-ins ended before they answered.")
        url = ready.split()[-1]
        os.environ |= {
            "WAREHOUSE": "embedded",
            "WAREHOUSE_DIR": str(folder / "warehouse"),
            "SOURCES__STAND_INS": url,
            "SOURCES__BINANCE__SYMBOLS": '["BTCUSDT", "ETHUSDT"]',
            "RUNTIME__REQUEST_MAX_ATTEMPTS": "2",
            "LOG_LEVEL": "ERROR",
        }
        try:
            yield url
        finally:
            stand_ins.terminate()
            warehouse.reset()
            shutil.rmtree(folder)


def inject_faults(url: str, start: str, end: str) -> None:
    """Order the stand-in to answer one symbol wrongly and the other not at all."""
    bounds = [
        int(datetime.fromisoformat(f"{time}+00:00").timestamp() * 1000)
        for time in (start, end)
    ]
    span = {"symbol": "BTCUSDT", "from_ms": bounds[0], "to_ms": bounds[1] - 1}
    truth = f"{url}/_control/truth/binance"
    page = asked(requests.get, truth, params=span).json()
    page[30][2] = "0.00000001"
    for fault in (
        {"symbol": "BTCUSDT", "body": page},
        {"symbol": "ETHUSDT", "status": 500, "times": None},
    ):
        order = {"system": "binance", **fault}
        asked(requests.post, f"{url}/_control", json=order)


def say(console: Console, sentence: str) -> None:
    """Print what the next commands are about."""
    console.print(f"\n[bold]{sentence}[/bold]")


def ingest(console: Console, start: str, end: str) -> bool:
    """Land a span of the two symbols."""
    return command(console, "ingestion", "binance", "--from", start, "--to", end)


def build(console: Console) -> bool:
    """Build what the tour looks at."""
    words = ("build", "--quiet", "--exclude-resource-type", "unit_test")
    console.print(f"$ dbt {' '.join(words)} --select {' '.join(SELECTED)}")
    dbt = Path(sys.executable).parent / "dbt"
    return run(str(dbt), *words, "--select", *SELECTED)


def command(console: Console, *words: str) -> bool:
    """Show and run a command of ours, and say how it ended where that was not well."""
    console.print(f"$ python -m {' '.join(words)}")
    is_well = run(sys.executable, "-m", *words)
    if not is_well:
        console.print("(exit code 1)")
    return is_well


def run(*words: str) -> bool:
    """Run a program in a process of its own; whether it exited with 0."""
    sys.stdout.flush()
    done = subprocess.run(  # noqa: S603 - our own modules and dbt, no shell
        words,
        cwd=warehouse.ROOT,
        env={**os.environ, **warehouse.environment()},
        check=False,
    )
    return done.returncode == 0


def query(console: Console, sql: str) -> None:
    """Show what the reader gets."""
    one_line = " ".join(sql.split())
    command(console, "warehouse", "psql", "--role", "reader", "-c", one_line)


def found(sql: str) -> list[tuple]:
    """Return the rows that the reader gets."""
    from orchestration.tables import rows

    return rows("reader", sql)
