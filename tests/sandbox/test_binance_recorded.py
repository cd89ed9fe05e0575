"""Recorded series: what the file holds, in Binance's form, and nothing else."""

import gzip
import hashlib
from decimal import Decimal
from pathlib import Path

import pytest

RECORDED = Path(__file__).parent / "recorded/binance/BTCUSDT-1h.csv.gz"
HOUR = 3_600_000
GAP_FROM, GAP_TO = 1593309600000, 1593316800000  # 2020-06-28 02:00 and 04:00
# The bodies that Binance sent for these spans, by their SHA-256.
BODIES = {
    (1588280400000, 1591880400000): "dcc2f06da00cc72d262ff1b3d1de5864"
    "29c763ee4592576ce6ef3c5754fd71d9",
    (1591880400000, 1593572400000): "4ae51d3754de5cc68593aeae64c32d81"
    "a5b1999174d7cdfad2f7f14ff4e5b54b",
}


def lines():
    text = gzip.decompress(RECORDED.read_bytes()).decode()
    return [line.split(",") for line in text.splitlines()]


@pytest.mark.parametrize("span", BODIES)
def test_a_recorded_reply_comes_back_byte_by_byte(recorded, span):
    start, end = span

    answer = recorded.ask("BTCUSDT", "1h", startTime=start, endTime=end, limit=1000)

    assert hashlib.sha256(answer.content).hexdigest() == BODIES[span]


def test_a_gap_in_the_recording_is_no_end(recorded):
    rows = recorded.klines("BTCUSDT", "1h", startTime=GAP_FROM - HOUR, limit=3)

    assert [row[0] for row in rows] == [
        GAP_FROM - HOUR,
        GAP_TO + HOUR,
        GAP_TO + 2 * HOUR,
    ]


def test_within_the_gap_there_is_nothing(recorded):
    assert recorded.klines("BTCUSDT", "1h", startTime=GAP_FROM, endTime=GAP_TO) == []
    assert recorded.klines("BTCUSDT", "2h", startTime=GAP_FROM, endTime=GAP_FROM) == []


def test_outside_the_recording_there_is_nothing(recorded):
    assert recorded.klines("BTCUSDT", "1h", endTime=1588280400000 - 1) == []
    assert recorded.klines("BTCUSDT", "1h", startTime=1593572400000 + 1) == []


def test_without_bounds_the_newest_of_the_recording_come(recorded):
    (row,) = recorded.klines("BTCUSDT", "1h", limit=1)

    assert row[0] == 1593572400000


def test_intervals_finer_than_the_recording_are_empty(recorded):
    assert recorded.klines("BTCUSDT", "1m", startTime=1591880400000) == []
    assert recorded.klines("BTCUSDT", "1d", timeZone="05:45") == []


def test_a_coarser_candle_is_the_exact_sum_of_the_hours_that_are_there(recorded):
    day = GAP_FROM - 2 * HOUR
    hours = [line for line in lines() if day <= int(line[0]) < day + 24 * HOUR]
    assert len(hours) == 21

    (row,) = recorded.klines("BTCUSDT", "1d", startTime=day, endTime=day)

    def total(place):
        return str(sum(Decimal(hour[place]) for hour in hours))

    assert row == [
        day,
        hours[0][1],
        str(max(Decimal(hour[2]) for hour in hours)),
        str(min(Decimal(hour[3]) for hour in hours)),
        hours[-1][4],
        total(5),
        day + 24 * HOUR - 1,
        total(7),
        sum(int(hour[8]) for hour in hours),
        total(9),
        total(10),
        "0",
    ]


def test_a_recorded_candle_comes_once_it_has_closed(recorded):
    opened_at = int(lines()[10][0])

    recorded.obey(now=opened_at + HOUR - 1)
    before = recorded.klines("BTCUSDT", "1h", limit=1)
    recorded.obey(now=opened_at + HOUR)
    after = recorded.klines("BTCUSDT", "1h", limit=1)

    assert before[0][0] == opened_at - HOUR
    assert after[0][0] == opened_at


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_microseconds_and_a_heading_are_read_too(serve, tmp_path, suffix):
    heading = "open_time,open,high,low,close,volume,close_time,quote_volume,count,a,b,c"
    numbers = "1.10000000,1.20000000,1.00000000,1.15000000,5.00000000"
    tail = "5.50000000,7,2.00000000,2.20000000,0"
    text = f"{heading}\n1735689600000000,{numbers},1735689659999999,{tail}\n"
    folder = tmp_path / "binance"
    folder.mkdir()
    content = gzip.compress(text.encode()) if suffix else text.encode()
    (folder / f"DOTUSDT-1m.csv{suffix}").write_bytes(content)

    with serve("--recorded", str(tmp_path)) as stand_in:
        rows = stand_in.klines("DOTUSDT")

    prices = numbers.split(",")
    taken = ["5.50000000", 7, "2.00000000", "2.20000000", "0"]
    assert rows == [[1735689600000, *prices, 1735689659999, *taken]]


def test_the_bundle_holds_the_minutes_of_one_day_of_ada(generated):
    rows = generated.klines("ADAUSDT", startTime=0, limit=1000)
    rows += generated.klines("ADAUSDT", startTime=rows[-1][0] + 60_000, limit=1000)

    assert [row[0] for row in rows] == [1670889600000 + n * 60_000 for n in range(1440)]
    assert rows[0][1:6] == [
        "0.30670000",
        "0.30680000",
        "0.30660000",
        "0.30680000",
        "274004.00000000",
    ]
    unrecorded = {tuple(row[7:11]) for row in rows}
    assert unrecorded == {("0.00000000", 0, "0.00000000", "0.00000000")}
