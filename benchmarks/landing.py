"""Pages from the stand-in to `raw`: just fetched, by us, by dlt's default."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

import requests

from benchmarks.child import Run, run, say
from benchmarks.outcome import Outcome
from benchmarks.throwaway import SYMBOLS, Rig, cpu_seconds
from ingestion.sources.binance import WEIGHT_A_MINUTE

FROM = datetime(2024, 1, 1, tzinfo=UTC)
PAGE = 1000
WEIGHT_A_PAGE = 2
DEFAULT = "benchmarks/dlt_default.py"
MEMORY = "Peak memory of a backfill"


@dataclass(frozen=True)
class Span:
    """`[start, end)`, minutes of every symbol."""

    start: datetime
    end: datetime
    rows: int

    @property
    def bounds(self) -> tuple[int, int]:
        """Start and end in epoch milliseconds."""
        return tuple(round(time.timestamp() * 1000) for time in (self.start, self.end))


def span_of(rows: int) -> Span:
    """Return a span that holds at least as many klines of all symbols together."""
    minutes = -(-rows // len(SYMBOLS))
    return Span(FROM, FROM + timedelta(minutes=minutes), minutes * len(SYMBOLS))


def download(rig: Rig, span: Span) -> float:
    """Fetch the pages and drop them; return the seconds."""
    start, end = span.bounds
    started = monotonic()
    with requests.Session() as session:
        for symbol in SYMBOLS:
            for opened_at in range(start, end, PAGE * 60_000):
                asked = {
                    **{"symbol": symbol, "interval": "1m", "limit": PAGE},
                    **{"startTime": opened_at, "endTime": end - 1},
                }
                answer = session.get(
                    f"{rig.binance}/api/v3/klines", params=asked, timeout=60
                )
                answer.raise_for_status()
    return monotonic() - started


def ingest(span: Span) -> Run:
    """Land the span by the project's own backfill, and check that all of it landed."""
    times = ("--from", span.start.isoformat(), "--to", span.end.isoformat())
    done = run("-m", "ingestion", "binance", *times)
    if f" pages, {span.rows:,} " not in done.output:
        raise RuntimeError(f"{span.rows:,} klines were to land:\n{done.output}")
    return done


def backfill(rig: Rig, span: Span) -> tuple[float, float]:
    """Land and build the span by one command; return the seconds that it says it took.

    With them the CPU seconds of all until then, the database's too.
    """
    spent = [rig.server_seconds()]

    def on_line(line: str, pid: int) -> None:
        if line.startswith("Landed and built"):
            spent.append(rig.server_seconds() + cpu_seconds(pid))

    times = ("--from", span.start.isoformat(), "--to", span.end.isoformat())
    words = ("-m", "orchestration", "backfill", "binance", *times)
    done = run(*words, on_line=on_line, PYTHONUNBUFFERED="1")
    landed = re.search(r"pages, ([0-9,]+) candles .* in ([0-9.]+) s", done.output)
    if not landed or landed[1] != f"{span.rows:,}":
        raise RuntimeError(f"{span.rows:,} klines were to land:\n{done.output}")
    return float(landed[2]), spent[1] - spent[0]


def allowed(span: Span) -> float:
    """Return the seconds that the exchange's limit of weight leaves for the span."""
    pages = -(-span.rows // PAGE)
    return pages * WEIGHT_A_PAGE / WEIGHT_A_MINUTE * 60


def default(rig: Rig, span: Span) -> Run:
    """Land the span the way dlt's documentation starts people, and check it."""
    rig.empty()
    bounds = map(str, span.bounds)
    folder = str(rig.folder / "dlt-default")
    done = run(DEFAULT, rig.binance, *bounds, *SYMBOLS, DLT_DATA_DIR=folder)
    [(rows,)] = rig.administer("select count(*) from raw.klines")
    if rows != span.rows:
        raise RuntimeError(f"dlt's default landed {rows:,} of {span.rows:,} klines")
    return done


def measure_memory(rig: Rig, outcome: Outcome, rows: int, repeats: int) -> None:
    """Measure the ingestion's peak memory on a tenth of the rows, and on all."""
    sizes = {size: span_of(size) for size in (rows // 10, rows)}
    for repeat in range(repeats):
        for size, span in sizes.items():
            say(f"Memory {repeat + 1} of {repeats}: {span.rows:,} klines")
            rig.empty()
            outcome.add(MEMORY, f"{size:,} klines", ingest(span).memory, "MiB")
    few, many = (outcome.median(MEMORY, f"{size:,} klines") for size in sizes)
    outcome.target(
        "Memory of ten times the klines",
        many / few,
        "0.8 to 1.2",
        lambda ratio: 0.8 <= ratio <= 1.2,
    )
