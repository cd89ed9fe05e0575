"""Pages of 1,000 klines: each minute of the span once, whatever the source lacks."""

import gzip
import json

import pytest

from ingestion import http
from ingestion.ingest import ingest
from ingestion.sources import binance
from ingestion.window import Window
from tests.support.stand_in import milliseconds, served

MINUTE = 60_000
OPENED = milliseconds("2024-03-05T10:00")


@pytest.fixture
def pages(sandbox):
    """Return what reads the pages of BTCUSDT in a span, without a database."""

    def pages(start, end):
        span = Window.between(start, end)
        return list(binance.klines(f"{sandbox.url}/binance", "BTCUSDT", span))

    return pages


def candle(opened_at, **changed):
    """Return a candle's elements, some of them changed by their places."""
    row = [opened_at, "2", "3", "1", "2", "5", 0, "9", 4, "1", "1", "0"]
    for place, value in changed.items():
        row[int(place.removeprefix("at_"))] = value
    return row


def minutes(pages):
    """Return the openings in pages, in their order."""
    return [row[0] for page in pages for row in json.loads(page.row["payload"])]


def edges(pages):
    """Return the gaps that pages tell of."""
    return [str(gap) for page in pages for gap in page.gaps]


def test_a_first_run_lands_every_minute_of_truth_once_and_in_pages_of_1000(
    sandbox, landed
):
    ingest("binance")

    assert landed.rows() == sandbox.truth("BTCUSDT", "2024-03-04")
    assert [len(json.loads(page)) for page in landed.payloads()] == [1000, 1000, 161]


@pytest.mark.parametrize(
    ("start", "end", "opened", "count"),
    [
        ("10:00", "10:01", "10:00", 1),
        ("10:00:00.001", "10:02", "10:01", 1),
        ("10:00", "10:01:00.001", "10:00", 2),
        ("09:59:59.999", "10:00:00.001", "10:00", 1),
    ],
)
def test_a_span_holds_its_start_and_not_its_end(pages, start, end, opened, count):
    found = minutes(pages(f"2024-03-05T{start}", f"2024-03-05T{end}"))

    first = milliseconds(f"2024-03-05T{opened}")
    assert found == [first + place * MINUTE for place in range(count)]


def test_a_span_within_a_minute_holds_nothing(pages):
    found = pages("2024-03-05T10:00:01", "2024-03-05T10:00:59")

    assert minutes(found) == []
    assert edges(found) == []


@pytest.mark.parametrize("count", [999, 1000, 1001, 2000])
def test_no_minute_is_lost_or_doubled_where_a_page_ends(sandbox, pages, count):
    day, minute = divmod(count, 1440)
    end = f"2024-03-0{2 + day}T{minute // 60:02}:{minute % 60:02}"

    found = pages("2024-03-02", end)

    assert minutes(found) == sandbox.minutes("BTCUSDT", "2024-03-02", end)
    assert len(minutes(found)) == count
    assert len(found) == -(-count // 1000)


def test_the_three_hours_that_binance_lacks_are_survived_and_noted(sandbox, landed):
    start, end = "2020-06-28T02:00", "2020-06-28T05:00"
    sandbox.control(
        gap={
            "symbol": "BTCUSDT",
            "from_ms": milliseconds(start),
            "to_ms": milliseconds(end) - 1,
        }
    )

    ingest("binance", Window.between("2020-06-27", "2020-06-30"))

    assert landed.minutes() == sandbox.minutes("BTCUSDT", "2020-06-27", "2020-06-30")
    assert len(landed.minutes()) == 3 * 1440 - 180
    assert landed.gaps() == [("BTCUSDT", "2020-06-28 02:00", "2020-06-28 05:00")]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2024-03-02T16:38", "2024-03-02T16:42"),  # over the end of the first page
        ("2024-03-02T00:00", "2024-03-02T20:00"),  # from the very start
        ("2024-03-03T23:58", "2024-03-04T00:00"),  # to the very end
    ],
)
def test_a_gap_is_noted_once_wherever_it_lies(sandbox, pages, start, end):
    bounds = {"from_ms": milliseconds(start), "to_ms": milliseconds(end) - 1}
    sandbox.control(gap={"symbol": "BTCUSDT", **bounds})

    found = pages("2024-03-02", "2024-03-04")

    assert edges(found) == [f"[{start}:00Z, {end}:00Z)"]
    assert minutes(found) == sandbox.minutes("BTCUSDT", "2024-03-02", "2024-03-04")


def test_a_missing_end_is_no_gap_before_an_hour_has_passed(sandbox, pages):
    bounds = {"from_ms": milliseconds("2024-03-05T10:30"), "to_ms": 2**41}
    sandbox.control(gap={"symbol": "BTCUSDT", **bounds})

    found = pages("2024-03-05T10:00", "2024-03-05T12:00")

    assert edges(found) == ["[2024-03-05T10:30:00Z, 2024-03-05T11:00:00Z)"]


def test_times_in_microseconds_are_understood(sandbox, pages):
    sandbox.refuse(
        body=[candle(OPENED * 1000 + place * MINUTE * 1000) for place in (0, 1, 3)]
    )

    found = pages("2024-03-05T10:00", "2024-03-05T10:04")

    assert found[0].reached.isoformat() == "2024-03-05T10:04:00+00:00"
    assert edges(found) == ["[2024-03-05T10:02:00Z, 2024-03-05T10:03:00Z)"]


def test_an_archive_in_microseconds_lands_like_any_other(sandbox, landed, tmp_path):
    folder = tmp_path / "binance"
    folder.mkdir()
    opened = [(OPENED + place * MINUTE) * 1000 for place in range(1500)]
    lines = [f"{at},1,2,0.5,1,7,{at + 59_999_999},7,3,1,1,0" for at in opened]
    with gzip.open(folder / "BTCUSDT-1m.csv.gz", "wt") as archive:
        archive.write("\n".join(lines))

    with served("--recorded", str(tmp_path)) as recorded:
        ingest(
            "binance",
            Window.between("2024-03-05T10:00", "2024-03-06T11:00"),
            base_url=f"{recorded.url}/binance",
        )

    assert landed.minutes() == [at // 1000 for at in opened]


def test_a_full_page_that_leads_nowhere_ends_with_a_failure(sandbox, pages):
    sandbox.refuse(times=None, body=[[OPENED - MINUTE, "1.0"]] * 1000)

    with pytest.raises(http.FailedError, match="pagination did not advance"):
        pages("2024-03-05T10:00", "2024-03-06")

    assert len(sandbox.requests()) == 1


def test_a_time_that_was_not_asked_for_moves_no_cursor(sandbox, landed):
    sandbox.refuse(body=[[OPENED, "1.0"], [10**13, "1.0"], [-(10**30), "1.0"], "x"])

    ingest("binance")
    ingest("binance")

    assert sandbox.requests()[1]["query"]["startTime"] == str(OPENED - 9 * MINUTE)
    assert landed.gaps() == []


def test_a_candle_off_the_minute_is_the_one_of_the_minute_that_it_opens_in(
    sandbox, pages
):
    off = [OPENED + place * MINUTE + 14_789 for place in range(3, 7)]
    on = [OPENED + place * MINUTE for place in (0, 7, 8, 9)]
    sandbox.refuse(body=[candle(opened_at) for opened_at in sorted([*off, *on])])

    found = pages("2024-03-05T10:00", "2024-03-05T10:10")

    assert edges(found) == ["[2024-03-05T10:01:00Z, 2024-03-05T10:03:00Z)"]


def test_a_full_page_that_ends_off_the_minute_is_followed_by_the_next_minute(
    sandbox, pages
):
    off = [OPENED + place * MINUTE + 14_789 for place in range(1000)]
    sandbox.refuse(body=[candle(opened_at) for opened_at in off])

    found = pages("2024-03-05T10:00", "2024-03-06T10:00")

    assert sandbox.requests()[1]["query"]["startTime"] == str(OPENED + 1000 * MINUTE)
    assert edges(found[:1]) == []


@pytest.mark.parametrize(
    "bad",
    [
        candle(OPENED + MINUTE, at_5="-0.01"),
        candle(OPENED + MINUTE, at_1="0.5"),
        candle(OPENED + MINUTE, at_2="NaN"),
        candle(OPENED + MINUTE, at_3="0"),
        candle(OPENED + MINUTE, at_4="1,5"),
        candle(OPENED + MINUTE, at_8=1.5),
        candle(OPENED + MINUTE, at_7="Infinity"),
        candle(None),
        candle(OPENED + MINUTE)[:9],
        "no list",
    ],
    ids=[
        *("volume", "low", "high", "price", "number", "count", "infinite"),
        *("time", "short", "no list"),
    ],
)
def test_what_staging_rejects_is_missing_at_the_source(sandbox, pages, bad):
    sandbox.refuse(body=[candle(OPENED), bad, candle(OPENED + 2 * MINUTE)])

    found = pages("2024-03-05T10:00", "2024-03-05T10:03")

    assert edges(found) == ["[2024-03-05T10:01:00Z, 2024-03-05T10:02:00Z)"]


def test_an_answer_to_another_question_tells_of_no_gap(sandbox, pages):
    sandbox.refuse(body=[candle(OPENED), candle(OPENED + 9 * MINUTE)])

    assert edges(pages("2024-03-05T10:00", "2024-03-05T10:03")) == []
