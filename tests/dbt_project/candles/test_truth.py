"""The six marts equal candles computed from the minutes in another way."""

import csv
import gzip
from datetime import UTC, datetime

import pytest

from tests.support.candle_truth import GRAINS, assert_candles, candles
from tests.support.klines import (
    DAY,
    FETCHED,
    HOUR,
    MINUTE,
    MONDAY,
    every_minute,
    kline,
    page,
)
from warehouse import ROOT

RECORDED = ROOT / "sandbox/recorded/binance/ADAUSDT-1m.csv.gz"


def test_marts_equal_the_truth_on_a_recorded_day(database, dbt, raw, tables):
    with gzip.open(RECORDED, "rt") as file:
        rows = [[int(row[0]), *row[1:]] for row in csv.reader(file)]
    klines = {
        ("ADAUSDT", datetime.fromtimestamp(row[0] / 1000, UTC)): [
            *row[:8],
            int(row[8]),
            *row[9:],
        ]
        for row in rows
    }
    start = min(opened_at for _, opened_at in klines)
    raw.land([page(rows[:1000], start, start + DAY, "ADAUSDT")])
    raw.land([page(rows[1000:], start + 1000 * MINUTE, start + DAY, "ADAUSDT")])

    dbt("build")

    assert len(klines) == 1440
    for grain in GRAINS:
        assert_candles(_mart(tables, grain), candles(klines, grain))


@pytest.fixture
def series():
    """Return three weeks of two symbols with holes, the known ones and all minutes."""
    start = MONDAY - 2 * DAY - 7 * HOUR
    klines = {
        (symbol, opened_at): kline(symbol, opened_at)
        for symbol, days in (("BTCUSDT", 19), ("ETHUSDT", 2))
        for opened_at in every_minute(start, start + days * DAY)
    }
    known = [
        ("BTCUSDT", MONDAY + 3 * HOUR + 2 * MINUTE, MONDAY + 6 * HOUR + MINUTE),
        ("BTCUSDT", MONDAY + 30 * HOUR, MONDAY + 30 * HOUR + MINUTE),
        ("ETHUSDT", MONDAY - DAY, MONDAY - DAY + 5 * HOUR),
        ("BTCUSDT", MONDAY + 7 * DAY, MONDAY + 8 * DAY + HOUR),
    ]
    unknown = [
        ("BTCUSDT", MONDAY + 50 * HOUR, MONDAY + 50 * HOUR + 17 * MINUTE),
        ("ETHUSDT", MONDAY - 30 * HOUR, MONDAY - 30 * HOUR + MINUTE),
    ]
    for symbol, hole_start, hole_end in known + unknown:
        for opened_at in every_minute(hole_start, hole_end):
            klines.pop((symbol, opened_at), None)
    return klines, known, unknown


def test_marts_equal_the_truth_on_weeks_with_gaps_however_they_came(
    dbt, raw, tables, series
):
    klines, known, unknown = series
    early = {key: row for key, row in klines.items() if key[1] < MONDAY + 9 * DAY}
    late = {key: row for key, row in early.items() if key[1].hour == 7}
    revised = {
        key: kline(*key, revision=1) for key in early if key[1].minute in (0, 59)
    }

    _land(raw, {key: row for key, row in early.items() if key not in late})
    raw.land(gaps=known[:2])
    dbt("run")
    _land(raw, revised, FETCHED + DAY)
    _land(raw, {key: row for key, row in klines.items() if key not in early})
    _land(raw, {key: row for key, row in late.items() if key not in revised})
    raw.land(gaps=known[2:])
    dbt("build")

    told = {**klines, **revised}
    for grain in GRAINS:
        assert_candles(_mart(tables, grain), candles(told, grain, known))
    assert unknown[0][0] in {
        symbol
        for (symbol, _), row in _mart(tables, "1d").items()
        if not row["is_final"]
    }


def _mart(tables, grain):
    return tables.rows(f"marts.fct_candles_{grain}", "updated_at", "changed_in")


def _land(raw, klines, fetched_at=FETCHED):
    """Land klines as one load, a page for each unbroken span of up to 1,000.

    A page that asked for more than it has would take back the rest.
    """
    spans = []
    for key in sorted(klines):
        symbol, opened_at = key
        part = spans[-1] if spans else []
        if part[-1:] == [(symbol, opened_at - MINUTE)] and len(part) < 1000:
            part.append(key)
        else:
            spans.append([key])
    raw.land(
        page(
            [klines[key] for key in span],
            span[0][1],
            span[-1][1] + MINUTE,
            span[0][0],
            fetched_at,
        )
        for span in spans
    )
