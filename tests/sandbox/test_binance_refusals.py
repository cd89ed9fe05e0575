"""What Binance refuses, and with which code."""

import pytest

MALFORMED = "Mandatory parameter '{}' was not sent, was empty/null, or malformed."


@pytest.mark.parametrize(
    ("query", "code", "msg"),
    [
        ("symbol=NOSUCH&interval=1m", -1121, "Invalid symbol."),
        ("symbol=%E5%B8%81USDT&interval=1m", -1121, "Invalid symbol."),
        ("symbol=BTCUSDT&interval=7m", -1120, "Invalid interval."),
        ("symbol=BTCUSDT&interval=1H", -1120, "Invalid interval."),
        ("symbol=BTCUSDT&interval=1s", -1120, "Invalid interval."),
        ("interval=1m", -1102, MALFORMED.format("symbol")),
        ("symbol=BTCUSDT", -1102, MALFORMED.format("interval")),
        ("symbol=BTCUSDT&interval=1m&limit=0", -1102, MALFORMED.format("limit")),
        (
            "symbol=BTCUSDT&interval=1d&timeZone=15",
            -1102,
            MALFORMED.format("timeZone"),
        ),
        (
            "symbol=BTCUSDT&interval=1m&startTime=1&startTime=2",
            -1101,
            "Duplicate values for a parameter detected.",
        ),
        (
            "symbol=BTCUSDT&interval=1m&since=5",
            -1104,
            "Not all sent parameters were read; "
            "read '2' parameter(s) but was sent '3'.",
        ),
        (
            "symbol=BTCUSDT&interval=1m&endTime=",
            -1105,
            "Parameter 'endTime' was empty.",
        ),
    ],
)
def test_a_bad_request_is_400_with_its_code(generated, query, code, msg):
    answer = generated.get(f"/binance/api/v3/klines?{query}")

    assert answer.status_code == 400
    assert answer.json() == {"code": code, "msg": msg}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("symbol", "btcusdt"),
        ("symbol", "BTC/USDT"),
        ("startTime", "yesterday"),
        ("endTime", "-1"),
        ("limit", "1e3"),
        ("timeZone", "UTC"),
    ],
)
def test_illegal_characters_are_named(generated, name, value):
    answer = generated.ask(**{name: value})

    assert answer.status_code == 400
    assert answer.json()["code"] == -1100
    assert f"in parameter '{name}'" in answer.json()["msg"]


def test_a_refused_request_costs_weight(generated):
    first = generated.ask(symbol="NOSUCH").headers["X-MBX-USED-WEIGHT-1M"]
    second = generated.ask(symbol="NOSUCH").headers["X-MBX-USED-WEIGHT-1M"]

    assert int(second) - int(first) == 2
