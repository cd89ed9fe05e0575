"""Request weight: counted, refused with 429, banned with 418."""

import time


def limit(stand_in, **limits):
    # Windows of an hour, so that none ends within a test.
    stand_in.obey(limits={"seconds": 3600} | limits)


def test_each_call_adds_its_weight_to_both_headers(generated):
    limit(generated)

    answers = [generated.ask(), generated.get("/binance/api/v3/ping"), generated.ask()]

    assert [a.headers["X-MBX-USED-WEIGHT"] for a in answers] == ["2", "3", "5"]
    assert [a.headers["X-MBX-USED-WEIGHT-1M"] for a in answers] == ["2", "3", "5"]


def test_beyond_the_limit_it_is_429_until_the_window_ends(generated):
    limit(generated, weight=4)
    assert [generated.ask().status_code for _ in range(2)] == [200, 200]

    answer = generated.ask()

    assert answer.status_code == 429
    assert answer.json()["code"] == -1003
    left = 3600 - time.time() % 3600
    assert abs(int(answer.headers["Retry-After"]) - left) <= 2


def test_the_weight_is_there_again_after_the_time_it_names(generated):
    generated.obey(limits={"weight": 2, "seconds": 1})
    while (answer := generated.ask()).status_code != 429:
        pass

    time.sleep(int(answer.headers["Retry-After"]))

    assert generated.ask().status_code == 200


def test_asking_on_is_a_ban_that_grows(generated):
    limit(generated, weight=0, refusals=2)

    answers = [generated.ask() for _ in range(5)]

    assert [a.status_code for a in answers] == [429, 429, 418, 418, 418]
    assert [a.headers["Retry-After"] for a in answers[2:]] == ["120", "240", "480"]
    assert answers[2].json()["code"] == -1003
    banned_until = int(answers[2].json()["msg"].split("until ")[1].split(".")[0])
    assert abs(banned_until - (time.time() + 120) * 1000) < 5000


def test_exchange_info_publishes_the_limit_and_the_symbols(generated):
    info = generated.get("/binance/api/v3/exchangeInfo").json()

    assert info["rateLimits"][0] == {
        "rateLimitType": "REQUEST_WEIGHT",
        "interval": "MINUTE",
        "intervalNum": 1,
        "limit": 6000,
    }
    assert {entry["symbol"] for entry in info["symbols"]} == {
        "ADAUSDT",
        "BTCUSDT",
        "ETHUSDT",
        "XRPUSDT",
    }
