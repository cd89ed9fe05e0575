"""Generated series: plausible, consistent, and the same however they are asked."""

import re
from decimal import Decimal

import pytest

MINUTE = 60_000
HOUR = 60 * MINUTE
START = 1700000040000
OPEN_MINUTE = 1709296440000
SYMBOLS = ["BTCUSDT", "ETHUSDT", "XRPUSDT"]


def numbers(row):
    return [Decimal(row[place]) for place in (1, 2, 3, 4, 5, 7, 8, 9, 10)]


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_rows_have_the_12_elements_and_types_of_a_recorded_one(generated, symbol):
    for row in generated.klines(symbol, limit=1000):
        assert [type(element) for element in row] == [
            *[int, str, str, str, str, str],
            *[int, str, int, str, str, str],
        ]
        texts = [row[place] for place in (1, 2, 3, 4, 5, 7, 9, 10)]
        assert all(re.fullmatch(r"\d+\.\d{8}", text) for text in texts)
        assert row[6] == row[0] + MINUTE - 1
        assert row[11] == "0"


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_prices_and_volumes_of_a_minute_agree(generated, symbol):
    rows = generated.klines(symbol, startTime=START, limit=1000)

    for opened, high, low, closed, volume, quotes, trades, taken, paid in map(
        numbers, rows
    ):
        assert 0 < low <= min(opened, closed) <= max(opened, closed) <= high
        assert volume * low <= quotes <= volume * high
        assert taken * low <= paid <= taken * high
        assert taken <= volume
        assert (trades > 0) == (volume > 0)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_each_open_is_the_previous_close_over_midnight_too(generated, symbol):
    rows = generated.klines(symbol, startTime=START, limit=1000)
    assert any(row[0] % (24 * HOUR) == 0 for row in rows)

    assert [row[1] for row in rows[1:]] == [row[4] for row in rows[:-1]]


def test_some_minutes_pass_without_a_trade(generated):
    rows = generated.klines(startTime=START, limit=1000)

    quiet = [row for row in rows if row[8] == 0]

    assert 0 < len(quiet) < 50
    for row in quiet:
        assert len(set(row[1:5])) == 1
        assert {row[5], row[7], row[9], row[10]} == {"0.00000000"}


def test_a_minute_is_the_same_whatever_was_asked_before(generated, serve):
    page = generated.klines(startTime=START - 300 * MINUTE, limit=1000)

    with serve() as other:
        alone = other.klines(startTime=START, endTime=START)

    assert alone == [page[300]]


def test_symbols_and_seeds_differ(generated, serve):
    bitcoin, ether = (
        generated.klines(symbol, startTime=START, limit=1) for symbol in SYMBOLS[:2]
    )
    with serve("--seed", "1") as other:
        seeded = other.klines(startTime=START, limit=1)

    assert bitcoin != ether
    assert bitcoin != seeded


@pytest.mark.parametrize(
    ("interval", "minutes"), [("3m", 3), ("15m", 15), ("1h", 60), ("12h", 720)]
)
def test_coarser_candles_are_the_sum_of_their_minutes(generated, interval, minutes):
    (row,) = generated.klines("ETHUSDT", interval, startTime=START, limit=1)
    parts = generated.klines("ETHUSDT", startTime=row[0], endTime=row[6], limit=1000)
    assert len(parts) == minutes

    columns = list(zip(*map(numbers, parts), strict=True))
    expected = [columns[0][0], max(columns[1]), min(columns[2]), columns[3][-1]]
    assert numbers(row) == expected + [sum(column) for column in columns[4:]]
    assert row[6] == row[0] + minutes * MINUTE - 1


@pytest.mark.parametrize("interval", ["1m", "1h", "1d", "1w", "1M"])
def test_the_last_candle_is_open_and_grows_with_the_clock(generated, interval):
    generated.obey(now=OPEN_MINUTE + 20_000)
    (early,) = generated.klines("BTCUSDT", interval, limit=1)
    generated.obey(now=OPEN_MINUTE + 50_000)
    (late,) = generated.klines("BTCUSDT", interval, limit=1)

    assert early[6] == late[6] > OPEN_MINUTE + 50_000
    assert early[1] == late[1]
    assert Decimal(early[5]) < Decimal(late[5])
    assert early[8] < late[8]
    assert Decimal(early[2]) <= Decimal(late[2])
    assert Decimal(early[3]) >= Decimal(late[3])


def test_an_open_minute_ends_as_the_closed_one(generated):
    generated.obey(now=OPEN_MINUTE + MINUTE - 1)
    (last,) = generated.klines(startTime=OPEN_MINUTE)
    generated.obey(now=OPEN_MINUTE + MINUTE)
    closed, following = generated.klines(startTime=OPEN_MINUTE)

    assert following[1] == closed[4]
    assert abs(Decimal(last[4]) / Decimal(closed[4]) - 1) < Decimal("0.0001")
    assert Decimal(last[5]) <= Decimal(closed[5])


def test_microseconds_are_only_another_unit_of_the_times(generated):
    plain = generated.klines(startTime=START, limit=2)

    header = {"X-MBX-TIME-UNIT": "MICROSECOND"}
    fine = generated.klines(startTime=START, limit=2, headers=header)

    for row, expected in zip(fine, plain, strict=True):
        assert row[0] == expected[0] * 1000
        assert row[6] == (expected[6] + 1) * 1000 - 1
        assert row[1:6] + row[7:] == expected[1:6] + expected[7:]


def test_the_clock_is_in_the_time_and_the_date(generated):
    answer = generated.get("/binance/api/v3/time")

    assert answer.json() == {"serverTime": 1709296470000}
    assert answer.headers["Date"] == "Fri, 01 Mar 2024 12:34:30 GMT"
    assert generated.get("/binance/api/v3/ping").json() == {}
