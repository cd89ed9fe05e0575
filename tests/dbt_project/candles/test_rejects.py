"""Bad candles go to quarantine with a reason; the good of their page go on."""

import json
from dataclasses import replace

import pytest

from ingestion.http import Answer
from ingestion.sources.binance import candles_of
from tests.support.klines import DAY, FETCHED, HOUR, MINUTE, MONDAY, kline, page
from tests.support.rejections import assert_coded

WRONG = {
    "a price of zero or less": (3, "0.00000000"),
    "price out of range: at least 1e-30 and below 1e20": (2, "1e20"),
    "low above a price": (3, "999999.00000000"),
    "high below a price": (2, "0.00000001"),
    "volume out of range: at least 1e-30 and below 1e20": (7, "1e-31"),
    "number of trades out of range: below 1e12": (8, "1" + "0" * 12),
    "a volume or count below zero": (9, "-0.00000001"),
    "not a number where one belongs": (1, "1,5"),
}
END = MONDAY + HOUR


def spoilt(opened_at, place, value):
    """Return a good kline with one element replaced."""
    row = kline("BTCUSDT", opened_at)
    row[place] = value
    return row


def good(start=MONDAY):
    """Return the good klines of an hour."""
    return [kline("BTCUSDT", start + place * MINUTE) for place in range(60)]


@pytest.fixture
def build(dbt):
    """Return what builds the staging of candles."""
    return lambda: dbt("run", "-s", "stg_binance__*")


def reasons(raw):
    """Return the reasons in the quarantine, by record."""
    assert_coded(raw.database, "staging.stg_binance__klines__rejected")
    return dict(
        raw.database.query(
            "select record_key, reason from staging.stg_binance__klines__rejected"
        )
    )


def minutes(raw):
    """Return the staged minutes of the hour."""
    return {
        place
        for (place,) in raw.database.query(
            "select extract(minute from opened_at)::int "
            "from staging.stg_binance__klines"
        )
    }


def test_each_senseless_candle_is_rejected_alone_until_a_good_answer_resolves_it(
    raw, build
):
    rows = good()
    for place, fault in enumerate(WRONG.values()):
        rows[place] = spoilt(MONDAY + place * MINUTE, *fault)
    raw.land([page(rows, MONDAY, END)])
    build()
    rejected, staged = reasons(raw), minutes(raw)

    raw.land([page(good(), MONDAY, END, fetched_at=FETCHED + DAY)])
    build()

    assert sorted(rejected.values()) == sorted(WRONG)
    assert staged == set(range(len(WRONG), 60))
    assert minutes(raw) == set(range(60))
    assert reasons(raw) == {}


def test_a_rejected_answer_leaves_the_older_good_one_and_is_counted(raw, build):
    raw.land([page(good(), MONDAY, END)])
    build()
    bad = [spoilt(MONDAY, 5, "-1.00000000")]

    again = [*bad, *good()[1:]]
    raw.land([page(again, MONDAY, END, fetched_at=FETCHED + DAY)])
    raw.land([page(bad, MONDAY + MINUTE, END, fetched_at=FETCHED - DAY)])
    build()

    assert minutes(raw) == set(range(60))
    assert reasons(raw) == {"BTCUSDT 2024-03-04 00:00": "a volume or count below zero"}


def test_a_bad_answer_older_than_the_good_one_is_no_matter(raw, build):
    raw.land([page(good(), MONDAY, END)])
    bad = [spoilt(MONDAY, 5, "-1.00000000")]

    raw.land([page(bad, MONDAY, END, fetched_at=FETCHED - DAY)])
    build()

    assert reasons(raw) == {}


def test_what_is_no_candle_at_all_is_rejected_with_its_place(raw, build):
    rows = json.dumps([good()[0][:9], "text", {"code": 0}, good()[1], None])
    raw.land([page(rows, MONDAY, END)])
    raw.land([page('{"code": -1121}', MONDAY, END, "NONE")])
    raw.land([page("<html>", MONDAY, END, "PROXY")])
    build()

    found = reasons(raw)

    assert minutes(raw) == {1}
    assert sorted(found.values()) == [
        "fewer than 11 elements",
        *["not a list"] * 3,
        *["not readable as JSON"] * 2,
    ]
    assert sum(key.endswith(" #0") for key in found) == 2


@pytest.mark.parametrize("number", ["1e200000", "1e-20000", "9" * 140_000])
def test_a_number_that_jsonb_has_no_room_for_costs_its_candle_alone(raw, build, number):
    text = json.dumps(good()).replace(f'"{good()[7][5]}"', number, 1)
    answer = Answer(200, text, {}, FETCHED, None)
    raw.land([page(text, MONDAY, END)])

    build()

    told = {"BTCUSDT 2024-03-04 00:07": "not a number where one belongs"}
    assert reasons(raw) == told
    assert minutes(raw) == set(range(60)) - {7}
    places = [place for place, (_, usable) in enumerate(candles_of(answer)) if usable]
    assert set(places) == minutes(raw)


@pytest.mark.parametrize(
    ("place", "text", "reason"),
    [
        (0, "1.70951042e12", "no open time"),
        (8, str(2**63), "number of trades out of range: below 1e12"),
        (8, '"1.5"', "not a number where one belongs"),
        (5, '"0x1F"', "not a number where one belongs"),
        (5, "9e131071", "volume out of range: at least 1e-30 and below 1e20"),
        (7, f'"0.{"1" * 500}"', "not a number where one belongs"),
        (5, '"1e200000"', "not a number where one belongs"),
    ],
)
def test_a_candle_is_usable_for_paging_where_it_is_for_staging_and_is_never_lost(
    raw, build, place, text, reason
):
    row = kline("BTCUSDT", MONDAY + 7 * MINUTE)
    cells = [text if at == place else json.dumps(cell) for at, cell in enumerate(row)]
    body = json.dumps(good()).replace(json.dumps(row), f"[{', '.join(cells)}]")
    raw.land([page(body, MONDAY, END)])

    build()

    assert list(reasons(raw).values()) == [reason]
    assert minutes(raw) == set(range(60)) - {7}
    usable = [usable for _, usable in candles_of(Answer(200, body, {}, FETCHED, None))]
    assert usable == [at != 7 for at in range(60)]


def test_a_bad_candle_that_its_answer_has_again_is_told_whichever_comes_first(
    raw, build
):
    bad = [spoilt(MONDAY + place * MINUTE, 5, "-1") for place in range(2)]
    rows = [bad[0], *good()[:2], bad[1]]
    raw.land([page(rows, MONDAY, END)])
    build()

    found = reasons(raw)
    raw.land([page(good(), MONDAY, END, fetched_at=FETCHED + DAY)])
    build()

    assert found == {
        "BTCUSDT 2024-03-04 00:00 #1": "other values further down in the answer",
        "BTCUSDT 2024-03-04 00:01": "a volume or count below zero",
    }
    assert reasons(raw) == {}


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800"])
def test_text_that_jsonb_refuses_costs_its_candle_if_that_is_read_there(
    raw, build, text
):
    unread = json.dumps(good()).replace('"0"]', f'"{text}"]', 1)
    raw.land([page(unread, MONDAY, END)])
    open_price = f'"{good()[0][1]}"'
    read = json.dumps(good()).replace(open_price, f'"{text}"', 1)
    raw.land([page(read, MONDAY, END, "OTHER")])

    build()

    found = raw.database.query(
        "select symbol, count(*) from staging.stg_binance__klines group by 1"
    )
    assert dict(found) == {"BTCUSDT": 60, "OTHER": 59}
    told = {"OTHER 2024-03-04 00:00": "not a number where one belongs"}
    assert reasons(raw) == told


def test_microseconds_are_read_as_milliseconds_are(raw, build):
    rows = [[row[0] * 1000, *row[1:6], row[6] * 1000 + 999, *row[7:]] for row in good()]
    raw.land([page(rows, MONDAY, END)])

    build()

    assert minutes(raw) == set(range(60))
    assert reasons(raw) == {}


def test_an_open_candle_waits_and_one_in_the_future_is_rejected(raw, build):
    known_at = MONDAY + 30 * MINUTE + MINUTE / 2
    raw.land([page(good()[:32], MONDAY, END, fetched_at=known_at)])
    build()

    assert minutes(raw) == set(range(30))
    assert sorted(reasons(raw).values()) == ["opens in the future"]


def test_a_candle_off_the_minute_is_the_one_of_the_minute_that_it_opens_in(raw, build):
    off = [[row[0] + 14_789, *row[1:]] for row in good()[10:20]]
    raw.land([page([*good()[:10], *off, *good()[20:]], MONDAY, END)])
    build()

    assert minutes(raw) == set(range(60))
    assert reasons(raw) == {}


def test_the_servers_clock_decides_what_is_still_open(raw, build):
    slow = page(good()[:31], MONDAY, END)
    answered_at = MONDAY + 30 * MINUTE
    raw.land([replace(slow, answered_at=answered_at)])

    build()

    assert minutes(raw) == set(range(30))
    assert reasons(raw) == {}


def test_of_two_candles_of_a_minute_in_one_answer_the_other_is_rejected(raw, build):
    other = spoilt(MONDAY, 5, "0.02000000")
    off = [other[0] + 14_789, *other[1:]]
    same = good()[1]
    raw.land([page([other, off, *good(), same, good()[0]], MONDAY, END)])
    build()

    assert reasons(raw) == {
        f"BTCUSDT 2024-03-04 00:00 #{place}": "other values further down in the answer"
        for place in (1, 2)
    }
    raw.land([page(good(), MONDAY, END, fetched_at=FETCHED + DAY)])
    build()
    assert reasons(raw) == {}
    assert minutes(raw) == set(range(60))


def test_rejects_that_read_a_load_before_the_winners_did_are_those_of_a_fresh_build(
    raw, dbt, build
):
    raw.land([page(good(), MONDAY, END)])
    build()
    other = spoilt(MONDAY, 5, "0.02000000")
    raw.land([page([other, *good()], MONDAY, END, fetched_at=FETCHED + DAY)])

    dbt("run", "-s", "stg_binance__klines__rejected")
    build()

    found = reasons(raw)
    assert found == {
        "BTCUSDT 2024-03-04 00:00 #1": "other values further down in the answer"
    }
    dbt("run", "--full-refresh", "-s", "staging")
    assert reasons(raw) == found
