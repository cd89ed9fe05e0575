"""Which candles come back: Binance's boundary rules."""

from datetime import UTC, datetime

import pytest

MINUTE = 60_000
DAY = 1440 * MINUTE
NOW = 1709296470000  # 2024-03-01T12:34:30Z
OPEN_MINUTE = 1709296440000
START = 1700000040000  # 2023-11-14T22:14:00Z, the start of a minute


def opened(rows):
    return [row[0] for row in rows]


def test_without_bounds_the_newest_500_come_in_ascending_order(generated):
    rows = generated.klines()

    assert opened(rows) == [OPEN_MINUTE - n * MINUTE for n in range(499, -1, -1)]


def test_with_a_start_alone_the_oldest_from_there_come(generated):
    rows = generated.klines(startTime=START, limit=3)

    assert opened(rows) == [START, START + MINUTE, START + 2 * MINUTE]


def test_with_an_end_alone_the_newest_up_to_it_come(generated):
    rows = generated.klines(endTime=START, limit=3)

    assert opened(rows) == [START - 2 * MINUTE, START - MINUTE, START]


def test_with_both_bounds_the_oldest_of_the_span_come(generated):
    rows = generated.klines(startTime=START, endTime=START + DAY, limit=2)

    assert opened(rows) == [START, START + MINUTE]


def test_both_ends_are_inclusive_by_open_time(generated):
    rows = generated.klines(startTime=START, endTime=START + 2 * MINUTE)

    assert opened(rows) == [START, START + MINUTE, START + 2 * MINUTE]


def test_equal_bounds_on_a_boundary_give_one_candle(generated):
    assert opened(generated.klines(startTime=START, endTime=START)) == [START]


def test_a_start_between_boundaries_is_rounded_up_and_an_end_down(generated):
    rows = generated.klines(startTime=START - 1, endTime=START + 2 * MINUTE - 1)

    assert opened(rows) == [START, START + MINUTE]


def test_a_day_counts_once_its_opening_is_reached(generated):
    new_year = 1577836800000

    short = generated.klines("BTCUSDT", "1d", startTime=0, endTime=new_year - 1000)
    full = generated.klines("BTCUSDT", "1d", startTime=0, endTime=new_year, limit=1000)

    assert short[0][0] == 1502928000000  # 2017-08-17, the listing
    assert full[-1][0] == new_year
    assert len(full) == (new_year - short[0][0]) // DAY + 1


def test_bounds_may_be_microseconds(generated):
    rows = generated.klines(startTime=START * 1000 + 1, endTime=(START + MINUTE) * 1000)

    assert opened(rows) == [START + MINUTE]


def test_a_limit_above_1000_is_1000(generated):
    assert len(generated.klines(startTime=START, limit=5000)) == 1000


def test_pages_of_open_time_plus_interval_meet_without_seam(generated):
    whole = generated.klines(startTime=START, limit=900)

    pages = []
    while len(pages) < 900:
        start = pages[-1][0] + MINUTE if pages else START
        pages += generated.klines(startTime=start, limit=300)

    assert pages == whole


def test_the_future_is_empty(generated):
    assert generated.klines(startTime=OPEN_MINUTE + MINUTE) == []


def test_before_the_listing_there_is_nothing(generated):
    assert generated.klines(startTime=0, endTime=1502928000000 - 1) == []


def test_an_end_before_the_start_is_empty(generated):
    assert generated.klines(startTime=START, endTime=START - MINUTE) == []


@pytest.mark.parametrize(
    ("interval", "zone", "expected"),
    [
        ("1d", "0", "2023-11-14T00:00:00"),
        ("1d", "-1:00", "2023-11-14T01:00:00"),
        ("1d", "05:45", "2023-11-14T18:15:00"),
        ("1d", "8", "2023-11-14T16:00:00"),
        ("1h", "05:45", "2023-11-14T21:15:00"),
        ("1w", "0", "2023-11-13T00:00:00"),
        ("1w", "8", "2023-11-12T16:00:00"),
        ("1M", "0", "2023-11-01T00:00:00"),
        ("1M", "8", "2023-10-31T16:00:00"),
    ],
)
def test_time_zones_shift_where_candles_open(generated, interval, zone, expected):
    (row,) = generated.klines(
        "BTCUSDT", interval, endTime=START, timeZone=zone, limit=1
    )

    at = datetime.fromisoformat(expected).replace(tzinfo=UTC).timestamp()
    assert row[0] == at * 1000
    assert row[0] <= START <= row[6]
