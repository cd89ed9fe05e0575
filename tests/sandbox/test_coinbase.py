"""Coinbase's stand-in: which candles come, newest first, and what it refuses."""

import pytest

PATH = "/coinbase/products/BTC-USD/candles"
OPEN_MINUTE = 1709296440  # 2024-03-01T12:34:00Z, of the stand-in's time
QUIET = {
    "symbol": "BTC-USD",
    "from_ms": "2024-03-01T10:01Z",
    "to_ms": "2024-03-01T10:02Z",
}


@pytest.fixture
def coinbase(generated):
    """Return what asks for candles of a minute, however often a second."""
    generated.obey(system="coinbase", limit=10_000)
    return lambda path=PATH, **asked: generated.get(path, **asked)


def opened(answer):
    assert answer.status_code == 200, answer.text
    return [row[0] for row in answer.json()]


def test_both_ends_count_and_the_newest_comes_first(coinbase, generated):
    asked = {"start": "2024-03-01T10:00:00Z", "end": "2024-03-01T10:02:00Z"}

    rows = coinbase(granularity=60, **asked).json()

    assert [row[0] for row in rows] == [1709287320, 1709287260, 1709287200]
    klines = generated.klines(startTime=1709287200000, limit=1)
    _, opened_at, high, low, closed, volume = map(float, klines[0][:6])
    assert rows[-1][1:] == [low, high, opened_at, closed, volume]


@pytest.mark.parametrize("asked", [{}, {"start": "2024-03-01T10:00Z"}])
def test_without_both_ends_the_newest_come_with_the_open_one(coinbase, asked):
    minutes = opened(coinbase(**asked))

    assert minutes[0] == OPEN_MINUTE
    assert minutes[-1] >= OPEN_MINUTE - 299 * 60
    assert minutes == sorted(minutes, reverse=True)


def test_300_minutes_come_and_no_more(coinbase):
    start = {"start": "2024-03-01T05:00:00Z"}

    assert opened(coinbase(end="2024-03-01T09:59:00Z", **start))
    refused = coinbase(end="2024-03-01T10:00:00Z", **start)
    assert (refused.status_code, refused.json()["message"][:21]) == (
        400,
        "granularity too small",
    )


def test_a_minute_without_trades_has_no_candle(coinbase, generated):
    asked = {"start": "2024-03-01T10:00:00Z", "end": "2024-03-01T10:03:00Z"}
    generated.obey(system="coinbase", gap=QUIET)

    assert opened(coinbase(**asked)) == [1709287380, 1709287200]


@pytest.mark.parametrize(
    ("path", "asked", "status", "message"),
    [
        ("/coinbase/products/NO-USD/candles", {}, 404, "NotFound"),
        (PATH, {"granularity": 61}, 400, "Unsupported granularity"),
        (PATH, {"start": "soon", "end": "later"}, 400, "ISO 8601"),
    ],
)
def test_a_refusal_is_a_message(coinbase, path, asked, status, message):
    refused = coinbase(path, **asked)

    assert refused.status_code == status
    assert message in refused.json()["message"]


def test_more_than_its_limit_a_second_is_refused(coinbase, generated):
    generated.obey(system="coinbase", limit=2)

    statuses = [coinbase().status_code for _ in range(9)]

    assert statuses.count(429) >= 4
