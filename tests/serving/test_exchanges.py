"""Another exchange is offered wherever one can be named, and nothing else changes."""

import pytest

from ingestion.sources import EXCHANGES

COPY = """
insert into marts.fct_candles_{grain}
select made.*
from marts.fct_candles_{grain} as model
cross join lateral (
    select (
        jsonb_populate_record(
            model, '{{"exchange": "elsewhere", "close_price": 7, "is_final": true}}'
        )
    ).*
) as made
where model.symbol = 'BTCUSDT' and model.exchange = 'binance'
"""
KNOWN = sorted([*EXCHANGES, "elsewhere"])
BEFORE = (
    "/v1/candles/binance/BTCUSDT?grain=1h&limit=5000",
    "/v1/candles/binance/BTCUSDT?format=csv",
    "/binance/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=1000",
    "/binance/api/v3/exchangeInfo",
    "/udf/history?symbol=BTCUSDT&resolution=60&from=0&to=4000000000&countback=9",
    "/udf/symbols?symbol=BTCUSDT",
    "/btc",
    "/boards/market/candles.json?symbol=BTCUSDT",
    "/boards/market/candles.json",
)


def said(house, path):
    """Return an answer, but for its time."""
    answer = house.ask(path)
    assert answer.status_code == 200, (path, answer.text)
    if "exchangeInfo" in path:
        return answer.json()["symbols"]
    return answer.text


@pytest.fixture(scope="module")
def before(house):
    return {path: said(house, path) for path in BEFORE}


@pytest.fixture(scope="module")
def elsewhere(house, before):
    """Have another exchange with the same symbol, all of whose candles close at 7."""
    for grain in ("1h", "1w"):
        house.build(f"fct_candles_{grain}", COPY.format(grain=grain))
    yield
    for grain in ("1h", "1w"):
        gone = f"delete from marts.fct_candles_{grain} where exchange = 'elsewhere'"  # noqa: S608 - ours
        house.build(f"fct_candles_{grain}", gone)


@pytest.mark.parametrize("path", BEFORE)
def test_what_was_asked_without_an_exchange_means_what_it_meant(
    house, before, elsewhere, path
):
    assert said(house, path) == before[path]


def test_an_exchange_has_candles_under_its_name(house, before, elsewhere):
    rows = house.ask("/v1/candles/Elsewhere/btcusdt?limit=5000").json()
    known = house.ask("/v1/candles/binance/BTCUSDT?limit=5000").json()

    assert {row["close_price"] for row in rows} == {"7"}
    assert [row["opened_at"] for row in rows] == [row["opened_at"] for row in known]
    nowhere = house.ask("/v1/candles/nowhere/BTCUSDT")
    assert (nowhere.status_code, nowhere.json()["known"]) == (
        404,
        KNOWN,
    )


def test_charts_find_it_beside_the_usual_one(house, before, elsewhere):
    told = house.ask("/udf/config").json()["exchanges"]
    assert [each["value"].lower() for each in told] == KNOWN
    found = house.ask("/udf/search?query=BTCUSDT").json()
    assert [each["full_name"] for each in found] == [
        "BINANCE:BTCUSDT",
        "ELSEWHERE:BTCUSDT",
    ]
    ticker = found[1]["ticker"]
    assert house.ask(f"/udf/symbols?symbol={ticker}").json()["exchange"] == "ELSEWHERE"
    history = f"/udf/history?symbol={ticker}&resolution=60&from=0&to=4000000000"
    assert set(house.ask(f"{history}&countback=9").json()["c"]) == {7}
    only = house.ask("/udf/search?query=BTC&exchange=elsewhere").json()
    assert {each["exchange"] for each in only} == {"ELSEWHERE"}


def test_a_board_shows_it_by_its_name(house, before, elsewhere):
    assert "elsewhere:BTCUSDT" in house.ask("/boards/market").text
    shown = house.ask("/boards/market/candles.json?symbol=elsewhere:BTCUSDT").json()
    prices = next(each for each in shown["figure"]["data"] if each["name"] == "Price")
    assert set(prices["close"]) == {"7"}
