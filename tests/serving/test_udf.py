"""Candles as TradingView's charting library asks for them, held against the marts."""

import json

import pytest

HISTORY = "/udf/history?symbol=BINANCE:BTCUSDT&resolution"


@pytest.fixture(scope="module")
def closed(house) -> list[tuple[str, ...]]:
    """Return the closed hours of BTCUSDT: the time in seconds and the exact numbers."""
    return house.query(
        "select extract(epoch from opened_at)::bigint::text, open_price::text, "
        "high_price::text, low_price::text, close_price::text, base_volume::text "
        "from marts.fct_candles_1h where symbol = 'BTCUSDT' "
        "and opened_at + interval '1 hour' <= (select max(opened_at) "
        "+ interval '1 minute' from marts.fct_candles_1m where symbol = 'BTCUSDT') "
        "order by opened_at"
    )


def columns(answer) -> list[tuple[str, ...]]:
    """Return the candles of an answer as rows, each number as it was written."""
    told = json.loads(answer.text, parse_float=str, parse_int=str)
    assert told.pop("s") == "ok"
    return list(zip(*(told[name] for name in "tohlcv"), strict=True))


def test_a_range_has_its_start_and_not_its_end_to_the_last_digit(house, closed):
    start, end = closed[3][0], closed[9][0]

    answer = house.ask(f"{HISTORY}=60&from={start}&to={end}")

    assert columns(answer) == closed[3:9]


def test_countback_goes_before_from_and_the_open_hour_is_not_told(house, closed):
    answer = house.ask(f"{HISTORY}=60&from=0&to=99999999999&countback=5")

    assert columns(answer) == closed[-5:]


@pytest.mark.parametrize(
    ("span", "told"),
    [
        ("from=99999999990&to=99999999999", "nextTime"),
        ("from=-100&to=100", None),
        ("from=5&to=100&countback=10", None),
    ],
)
def test_where_no_candles_are_it_is_told_since_when(house, closed, span, told):
    answer = house.ask(f"{HISTORY}=60&{span}").json()

    assert answer.pop("s") == "no_data"
    assert answer == ({told: int(closed[-1][0])} if told else {})


def test_each_resolution_of_the_configuration_has_candles(house):
    config = house.ask("/udf/config").json()

    for resolution in config["supported_resolutions"]:
        answer = house.ask(f"{HISTORY}={resolution}&to=99999999999&countback=1")
        assert len(columns(answer)) == 1, resolution


def test_a_symbol_is_found_and_shown_with_the_decimals_of_its_prices(house):
    found, other = house.ask("/udf/search?query=btc&type=crypto&limit=30").json()
    shown = house.ask(f"/udf/symbols?symbol={found['full_name']}").json()

    assert other["full_name"] == "COINBASE:BTC-USD"
    assert (shown["ticker"], shown["description"]) == ("BTCUSDT", "BTC/USDT")
    assert (shown["timezone"], shown["session"]) == ("Etc/UTC", "24x7")
    assert shown["pricescale"] == 100
    assert house.ask("/udf/time").text.isdigit()


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("symbols?symbol=NOPE", 404, "BTCUSDT"),
        ("history?symbol=NOPE&resolution=60", 404, "BTCUSDT"),
        ("history?symbol=BTCUSDT&resolution=3", 422, "1, 5, 15, 60, 240, 1D, 1W"),
        ("history?symbol=BTCUSDT&resolution=1", 422, "countback"),
        ("history?symbol=BTCUSDT&resolution=1&countback=0", 422, "countback"),
        ("history?symbol=BTCUSDT&resolution=1&from=x", 422, "whole number"),
    ],
)
def test_what_can_t_be_told_is_an_error_in_the_feed_s_form(house, query, status, said):
    answer = house.ask(f"/udf/{query}")

    assert answer.status_code == status
    assert answer.json()["s"] == "error"
    assert said in answer.json()["errmsg"]
