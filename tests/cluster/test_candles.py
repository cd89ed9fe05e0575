"""Candles on Spark equal those of Postgres, whatever comes, and whoever goes."""

import json
import os
import signal
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.klines import (
    DAY,
    FETCHED,
    HOUR,
    MINUTE,
    MONDAY,
    SYMBOLS,
    Page,
    kline,
    page,
    pages,
)
from tests.trust.content.coinbase import trades
from warehouse import ROOT

pytestmark = pytest.mark.cluster

GRAINS = ("5m", "15m", "1h", "4h", "1d", "1w")
TABLES = {
    **{f"marts.fct_candles_{grain}": "updated_at" for grain in GRAINS},
    "staging.stg_binance__klines": "",
    "staging.stg_coinbase__candles": "",
}
"""Those that both have, with the column that says when a build was."""

END = MONDAY + 26 * HOUR
LATE = MONDAY + 7 * MINUTE
LACKED = [LATE, *(MONDAY + 10 * HOUR + place * MINUTE for place in range(35))]
QUIET = MONDAY + 4 * MINUTE


class Product(Page):
    """A page of Coinbase's."""

    @property
    def request(self) -> str:
        """Return what was asked, in the canonical form."""
        asked, _, _ = trades([], self.start, self.end - MINUTE, self.symbol)
        return asked


def product(start: datetime, volume: str = "0.00000001") -> Product:
    """Return the page of five hours of a product, newest first, one minute quiet."""
    rows = [
        f"[{int((start + place * MINUTE).timestamp())},"
        f"{100 + place}.25,12345678901{place:03}.123456789012,1e3,4e2,{volume}]"
        for place in reversed(range(300))
        if start + place * MINUTE != QUIET
    ]
    text = f"[{', '.join(rows)}]"
    return Product("BTC-USD", start, start + 5 * HOUR, text, FETCHED)


def rejected() -> Page:
    """Return a page of which nearly each candle is at fault in its own way."""
    start = MONDAY + 30 * HOUR
    rows = [kline("ETHUSDT", start + place * MINUTE) for place in range(12)]
    rows[0][1] = "NaN"
    rows[1][3] = "0"
    rows[2][3] = str(Decimal(rows[2][2]) + 1)
    rows[3] = rows[3][:5]
    rows[4] = {"not": "a list"}
    rows[5][8] = 1.5
    rows[6][5] = "-1"
    rows[7][0] = "yesterday"
    rows[8][4] = None
    rows[9][1:5] = ["1e25"] * 4
    text = json.dumps(rows, separators=(",", ":"))
    return page(text, start, start + 12 * MINUTE, "ETHUSDT")


@pytest.fixture(scope="module")
def first(both):
    """Return what both have after a first build of a day with holes in it."""
    both.raw.land(
        made
        for symbol in SYMBOLS
        for made in pages(symbol, MONDAY, END, without=LACKED)
    )
    both.raw.land(
        [product(MONDAY), product(MONDAY + 5 * HOUR, "12345678.123456789012345678")],
        table="coinbase__candles",
    )
    both.raw.land([rejected(), page("[[1,2", END, END + HOUR)])
    both.land()
    _leave_half_a_load(both)
    both.build()
    return _found(both)


@pytest.fixture(scope="module")
def second(both, first):
    """Return it after a minute that came late, and minutes that were revised."""
    both.raw.land(
        [page([kline("BTCUSDT", LATE)], LATE, LATE + MINUTE)]
        + pages(
            "ETHUSDT",
            MONDAY + HOUR,
            MONDAY + HOUR + 2 * MINUTE,
            revision=1,
            fetched_at=FETCHED + DAY,
        )
    )
    both.build()
    return _found(both)


@pytest.fixture(scope="module")
def third(both, second):
    """Return it after a bucket was emptied and gaps were noted; a worker was killed."""
    start = MONDAY + 20 * HOUR
    both.raw.land(
        [page([], start, start + 10 * MINUTE, "ETHUSDT", FETCHED + 2 * DAY)],
        gaps=[(symbol, LACKED[1], LACKED[-1] + MINUTE) for symbol in SYMBOLS],
    )
    both.raw.land(table="coinbase__candles", quiet=[("BTC-USD", QUIET, QUIET + MINUTE)])
    tasks = [each["totalTasks"] for each in both.cluster.executors()]
    building = both.on_spark()
    for line in building.stdout:
        if "OK created" in line and "stg_binance__klines " in line:
            break
    _kill_worker(both.cluster)
    both.build_postgres()
    both.end(building)
    return _found(both), tasks


def test_a_first_build_equals_postgres(first):
    on_spark, on_postgres = first
    for table in TABLES:
        _assert_equal(on_spark[table], on_postgres[table])
    assert len(on_postgres["marts.fct_candles_5m"]) > 600


def test_what_postgres_rejects_is_rejected_with_the_same_reason(both, first):
    key = "symbol, opened_at, request, reason"
    on_postgres = both.postgres_rows(
        f"select {key} from staging.stg_binance__klines__rejected"  # noqa: S608
    )
    on_spark = both.spark_rows(
        f"select {key} from staging.stg_binance__klines__items "  # noqa: S608
        "where reason is not null"
    )

    found, expected = (
        sorted(
            (str(row["opened_at"]), row["request"], row["reason"].split(":")[0])
            for row in rows
        )
        for rows in (on_spark, on_postgres)
    )
    assert [row[:2] for row in found] == [row[:2] for row in expected]
    differ = {
        (here[2], there[2])
        for here, there in zip(found, expected, strict=True)
        if here != there
    }
    assert differ <= {("number out of range", "price out of range")}
    assert len(found) == 11


def test_late_and_revised_minutes_reach_all_grains(second):
    on_spark, on_postgres = second
    for table in TABLES:
        _assert_equal(on_spark[table], on_postgres[table])


def test_emptied_buckets_go_and_gaps_count_though_a_worker_is_killed(first, third):
    (on_spark, on_postgres), _ = third
    for table in TABLES:
        _assert_equal(on_spark[table], on_postgres[table])
    before, after = (
        found["marts.fct_candles_5m"].keys() for found in (first[0], on_spark)
    )
    assert len(before - after) == 2
    assert [
        grain
        for grain in GRAINS
        if any(
            row["is_final"] and not row["is_complete"]
            for row in on_spark[f"marts.fct_candles_{grain}"].values()
        )
    ]


def test_both_executors_did_tasks(third):
    _, tasks = third
    assert len(tasks) == 2
    assert min(tasks) > 0


def test_a_build_without_news_writes_nothing(both, third):
    before = _snapshots(both)

    said = both.build()

    assert _snapshots(both) == before
    assert said.count("NOTHING NEW") == said.count("OK created") > 0


def test_a_build_that_was_killed_before_its_note_is_repeated_without_harm(both, first):
    table = "marts.fct_candles_5m"
    [read] = both.spark_rows(
        "select snapshot_id from staging.stg_binance__klines.snapshots "
        "order by committed_at limit 1"
    )
    both.change_on_spark(
        f"alter table {table} set tblproperties "
        f"('tickhouse.read.stg_binance__klines' = '{read['snapshot_id']}')"
    )

    both.build()

    _assert_equal(*(found[table] for found in _found(both)))


def test_both_projects_have_the_same_columns(both, first):
    for table in TABLES:
        schema, name = table.split(".")
        declared = both.postgres_rows(
            "select attname as name, format_type(atttypid, null) as type "  # noqa: S608
            f"from pg_attribute where attrelid = '{schema}.{name}'::regclass "
            "and attnum > 0 and not attisdropped and attname != 'changed_in' "
            "order by attnum"
        )
        found = both.spark_rows(f"describe table {table}")
        columns = [
            (row["col_name"], row["data_type"]) for row in found if row["data_type"]
        ]
        columns = columns[: len(declared)]
        assert columns == [(row["name"], TYPES[row["type"]]) for row in declared], table


def test_the_model_files_of_the_six_grains_are_those_of_postgres():
    for grain in GRAINS:
        [ours] = (ROOT / "cluster" / "models").rglob(f"fct_candles_{grain}.sql")
        [theirs] = (ROOT / "dbt_project" / "models").rglob(f"fct_candles_{grain}.sql")
        assert ours.samefile(theirs)


TYPES = {
    "text": "string",
    "timestamp with time zone": "timestamp",
    "numeric": "decimal(38,18)",
    "bigint": "bigint",
    "boolean": "boolean",
}


def _found(both) -> tuple[dict, dict]:
    """Return the rows of all tables, by key, on Spark and on Postgres."""
    found = {}, {}
    for table, without in TABLES.items():
        for rows, of_both in zip(
            (
                both.spark_rows(f"select * from {table}"),  # noqa: S608
                both.postgres_rows(f"select * from {table}"),  # noqa: S608
            ),
            found,
            strict=True,
        ):
            of_both[table] = {
                (row.get("exchange"), row["symbol"], row["opened_at"]): {
                    name: value
                    for name, value in row.items()
                    if name not in ("changed_in", without)
                }
                for row in rows
            }
    return found


def _assert_equal(on_spark: dict, on_postgres: dict) -> None:
    """Compare row by row, exactly; of a quotient all digits that each of them has."""
    assert on_spark.keys() == on_postgres.keys()
    for key, expected in on_postgres.items():
        told = dict(on_spark[key])
        if expected.get("vwap_price") is not None:
            for row in (told, expected):
                assert row["vwap_price"] == _quotient(row), key
            told["vwap_price"] = expected["vwap_price"]
        assert told == expected, key


def _quotient(row: dict) -> Decimal:
    """Return a candle's volume-weighted price, with the digits that its own has."""
    unit = Decimal(1).scaleb(row["vwap_price"].as_tuple().exponent)
    with localcontext(prec=80):
        exact = row["quote_volume"] / row["base_volume"]
        return exact.quantize(unit, ROUND_HALF_UP)


def _snapshots(both) -> dict[str, int]:
    """Return how many commits each table has had."""
    counted = "select count(*) as count from {}.snapshots"
    return {
        table: both.spark_rows(counted.format(table))[0]["count"] for table in TABLES
    }


def _leave_half_a_load(both) -> None:
    """Leave a file of a load that was killed before it was noted."""
    folder = both.cluster.folder / "pages" / "raw" / "binance__klines"
    made = page([kline("BTCUSDT", END)], END, END + MINUTE)
    row = {
        "load_id": "9",
        "request": made.request,
        "payload": made.payload,
        "fetched_at": made.fetched_at,
        "answered_at": None,
        "_dlt_load_id": "1000000000.5",
    }
    times = {"fetched_at", "answered_at"}
    schema = pa.schema(
        [
            (name, pa.timestamp("us", "UTC") if name in times else pa.string())
            for name in row
        ]
    )
    pq.write_table(pa.Table.from_pylist([row], schema), folder / "half.parquet")


def _kill_worker(cluster) -> None:
    """Kill a worker and its executor, as a machine that is gone."""
    worker = psutil.Process(cluster.processes["worker-1"].pid)
    for process in [worker, *worker.children(recursive=True)]:
        os.kill(process.pid, signal.SIGKILL)
