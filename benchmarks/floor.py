"""The floor: the same typed rows by COPY, a primary key, one statement a grain."""

from contextlib import closing
from pathlib import Path
from time import monotonic

from psycopg2.extensions import cursor

import warehouse
from benchmarks.outcome import Outcome
from benchmarks.throwaway import Rig

SECTION = "The floor, as it is in benchmarks/floor.py"
TOTAL = "floor"
SPENT = "floor, CPU seconds of the database"
MEASURES = (
    *("open_price", "high_price", "low_price", "close_price"),
    *("base_volume", "quote_volume"),
    *("taker_buy_base_volume", "taker_buy_quote_volume"),
)
COLUMNS = f"symbol, opened_at, {', '.join(MEASURES)}, trade_count"
PREPARE = (
    f"copy (select {COLUMNS} "  # noqa: S608 - names of our own
    "from staging.stg_binance__klines) to stdout csv"
)
MINUTES = f"""
create table floor.candles_1m (
    symbol text,
    opened_at timestamptz,
    {", ".join(f"{name} numeric" for name in MEASURES)},
    trade_count bigint
)
"""
KEY = "alter table floor.candles_1m add primary key (symbol, opened_at)"
GRAINS = {
    "5m": "5 minutes",
    "15m": "15 minutes",
    "1h": "1 hour",
    "4h": "4 hours",
    "1d": "1 day",
    "1w": "7 days",
}
GRAIN = """
create table floor.candles_{grain} as
select
    symbol,
    date_bin('{width}', opened_at, timestamptz '2001-01-01 00:00:00+00') as opened_at,
    (array_agg(open_price order by opened_at))[1] as open_price,
    max(high_price) as high_price,
    min(low_price) as low_price,
    (array_agg(close_price order by opened_at desc))[1] as close_price,
    sum(base_volume) as base_volume,
    sum(quote_volume) as quote_volume,
    sum(taker_buy_base_volume) as taker_buy_base_volume,
    sum(taker_buy_quote_volume) as taker_buy_quote_volume,
    sum(trade_count)::bigint as trade_count
from floor.candles_{before}
group by 1, 2
"""


def measure(rig: Rig, outcome: Outcome, rows: int) -> None:
    """Measure once, with the rows that staging holds, on the same server."""
    path = rig.folder / "minutes.csv"
    with closing(warehouse.connect("admin")) as admin, admin, admin.cursor() as sql:
        sql.execute("create schema floor authorization transformer")
    with closing(warehouse.connect()) as connection, connection.cursor() as sql:
        connection.autocommit = True
        _prepare(sql, path)
        rig.settle()
        before = rig.server_seconds()
        total = 0.0
        for name, seconds in _steps(sql, path):
            outcome.add(SECTION, name, seconds, rows=rows)
            total += seconds
        outcome.add(SECTION, TOTAL, total, rows=rows)
        outcome.add(SECTION, SPENT, rig.server_seconds() - before)
        sql.execute("drop schema floor cascade")


def _prepare(sql: cursor, path: Path) -> None:
    with path.open("w") as file:
        sql.copy_expert(PREPARE, file)


def _steps(sql: cursor, path: Path) -> list[tuple[str, float]]:
    """Return each step with its seconds."""
    started = monotonic()
    sql.execute(MINUTES)
    with path.open() as file:
        sql.copy_expert(f"copy floor.candles_1m ({COLUMNS}) from stdin csv", file)
    steps = [("COPY", monotonic() - started), _step(sql, "primary key", KEY)]
    before = "1m"
    for grain, width in GRAINS.items():
        statement = GRAIN.format(grain=grain, width=width, before=before)
        steps.append(_step(sql, f"candles_{grain}", statement))
        before = grain
    return steps


def _step(sql: cursor, name: str, statement: str) -> tuple[str, float]:
    started = monotonic()
    sql.execute(statement)
    return name, monotonic() - started
