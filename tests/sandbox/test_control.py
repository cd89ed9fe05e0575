"""What tests can do to the stand-ins."""

import time

import pytest
import requests

from tests.sandbox.conftest import served

MINUTE = 60_000
START = 1700000040000
LISTED = 1502928000000


def truth(stand_in, **query):
    answer = stand_in.get("/_control/truth/binance", **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_status_comes_so_many_times_and_then_normal_service(generated):
    generated.obey(status=429, retry_after=7, times=2)

    answers = [generated.ask() for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert answers[0].json()["code"] == -1003


@pytest.mark.parametrize(
    ("status", "code"), [(418, -1003), (451, 0), (503, -1008), (500, -1000)]
)
def test_a_refusal_has_the_body_of_its_upstream(generated, status, code):
    generated.obey(status=status)

    answer = generated.ask()

    assert answer.status_code == status
    assert answer.json()["code"] == code


def test_a_body_and_headers_can_be_given(generated):
    generated.obey(body={"odd": 1}, headers={"X-Odd": "2"})
    generated.obey(body="<html>", status=403)

    odd, html = generated.ask(), generated.ask()

    assert (odd.status_code, odd.json(), odd.headers["X-Odd"]) == (200, {"odd": 1}, "2")
    assert (html.status_code, html.text) == (403, "<html>")
    assert html.headers["Content-Type"] == "text/html"


def test_a_fault_may_be_for_one_symbol_or_a_part_of_the_query(generated):
    generated.obey(status=500, symbol="ETHUSDT")
    generated.obey(status=502, match="limit=7")

    assert generated.ask("BTCUSDT").status_code == 200
    assert generated.ask("ETHUSDT").status_code == 500
    assert generated.ask("BTCUSDT", limit=7).status_code == 502


def test_a_fault_may_wait_for_a_later_request(generated):
    generated.obey(status=500, skip=2)

    assert [generated.ask().status_code for _ in range(4)] == [200, 200, 500, 200]


def test_a_dropped_connection_has_no_answer(generated):
    generated.obey(drop=True)

    with pytest.raises(requests.ConnectionError):
        generated.ask()

    assert generated.ask().status_code == 200


def test_a_truncated_body_is_half_of_it(generated):
    whole = generated.ask(startTime=START).content
    generated.obey(truncate=True)

    answer = generated.ask(startTime=START)

    assert answer.status_code == 200
    assert answer.content == whole[: len(whole) // 2]


def test_truncated_and_dropped_is_a_connection_that_breaks_midway(generated):
    generated.obey(truncate=True, drop=True)

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        generated.ask(startTime=START)


def test_a_delay_is_waited_before_the_normal_answer(generated):
    generated.obey(delay=0.3)

    before = time.monotonic()
    answer = generated.ask()

    assert time.monotonic() - before >= 0.3
    assert answer.status_code == 200


def test_a_silent_stand_in_never_answers(generated):
    generated.obey(silent=True)

    with pytest.raises(requests.ReadTimeout):
        generated.session.get(f"{generated.url}/binance/api/v3/time", timeout=0.3)

    assert generated.ask().status_code == 200


def test_a_body_may_drip_byte_by_byte(generated):
    generated.obey(drip=0.01, body=["x" * 40])

    before = time.monotonic()
    answer = generated.ask()

    assert time.monotonic() - before >= 40 * 0.01
    assert answer.json() == ["x" * 40]


def test_a_body_may_be_compressed_and_then_cut(generated):
    whole = generated.ask(startTime=START).content
    generated.obey(gzip=True)
    generated.obey(gzip=True, truncate=True)

    answer, cut = generated.ask(startTime=START), generated.ask(startTime=START)

    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) < len(whole) / 2
    assert answer.content == whole
    assert whole.startswith(cut.content)
    assert cut.content != whole


def test_what_was_asked_is_listed(generated):
    generated.obey(status=500)
    generated.ask(limit=5)
    generated.ask("NOSUCH")

    asked = generated.get("/_control/requests").json()

    assert asked[0] == {
        "system": "binance",
        "method": "GET",
        "path": "/binance/api/v3/klines",
        "query": {"symbol": "BTCUSDT", "interval": "1m", "limit": "5"},
        "status": 500,
        "at": "2024-03-01T12:34:30.000Z",
    }
    assert [entry["status"] for entry in asked] == [500, 400]
    assert generated.get("/_control/requests", system="plant").json() == []


def test_a_gap_is_absent_until_it_is_filled(generated):
    span = {"from_ms": START + MINUTE, "to_ms": START + 3 * MINUTE}
    whole = generated.klines(startTime=START, limit=6)

    generated.obey(gap={"symbol": "BTCUSDT"} | span)
    cut = generated.klines(startTime=START, limit=3)
    generated.obey(fill={"symbol": "BTCUSDT"} | span)

    assert cut == [whole[0], *whole[4:6]]
    assert generated.klines(startTime=START, limit=6) == whole


def test_a_revised_minute_is_the_given_row_and_counts_in_coarser_candles(generated):
    quarter = START - START % (15 * MINUTE)
    (before,) = generated.klines("BTCUSDT", "15m", startTime=quarter, limit=1)
    (row,) = generated.klines(startTime=START, limit=1)
    revised = [*row[:5], "9.50000000", *row[6:8], row[8] + 100, *row[9:]]

    order = {"symbol": "BTCUSDT", "opened_at_ms": START, "row": revised}
    generated.obey(revise=order)

    assert generated.klines(startTime=START, limit=1) == [revised]
    (after,) = generated.klines("BTCUSDT", "15m", startTime=quarter, limit=1)
    assert after[8] == before[8] + 100


def test_a_minute_revised_by_a_factor_keeps_its_prices(generated):
    (row,) = generated.klines(startTime=START, limit=1)

    order = {"symbol": "BTCUSDT", "opened_at_ms": START, "factor": 2}
    generated.obey(revise=order)

    (revised,) = generated.klines(startTime=START, limit=1)
    assert revised[:5] == row[:5]
    assert float(revised[5]) == 2 * float(row[5])
    assert revised[8] == 2 * row[8]


def test_truth_is_every_row_that_would_be_answered(generated):
    generated.obey(gap={"symbol": "BTCUSDT", "from_ms": START, "to_ms": START})
    generated.obey(status=500, times=None)

    rows = truth(
        generated,
        symbol="BTCUSDT",
        from_ms=START - 1500 * MINUTE,
        to_ms=START + 1500 * MINUTE,
    )

    assert len(rows) == 3000
    assert START not in {row[0] for row in rows}


def test_a_symbol_can_be_added_and_listed_later(generated):
    assert generated.ask("SOLUSDT").json()["code"] == -1121

    generated.obey(symbols=["SOLUSDT"])
    generated.obey(listed_at={"symbol": "BTCUSDT", "at": START})

    assert generated.klines("SOLUSDT", startTime=0, limit=1)[0][0] == LISTED
    assert generated.klines("BTCUSDT", startTime=0, limit=1)[0][0] == START


def test_each_series_says_whether_it_is_recorded_or_generated(generated):
    listed = {
        (entry["system"], entry["key"]): entry
        for entry in generated.get("/_control/series").json()
    }

    assert listed["binance", "ADAUSDT"] == {
        "system": "binance",
        "key": "ADAUSDT",
        "interval": "1m",
        "origin": "recorded",
        "first": "2022-12-13T00:00:00.000Z",
        "last": "2022-12-13T23:59:00.000Z",
    }
    assert listed["binance", "BTCUSDT"]["origin"] == "generated"
    assert listed["binance", "BTCUSDT"]["last"] == "2024-03-01T12:34:00.000Z"


def test_the_clock_moves_for_all_systems_or_runs(generated):
    generated.order(now="2020-01-01T00:00:00Z")
    moved = generated.get("/binance/api/v3/time").json()["serverTime"]
    generated.order(now=None)
    running = generated.get("/binance/api/v3/time").json()["serverTime"]

    assert moved == 1577836800000
    assert abs(running - time.time() * 1000) < 10_000


def test_a_reset_forgets_everything(generated):
    whole = generated.klines(startTime=START, limit=2)
    generated.obey(status=500, now=0, symbols=["SOLUSDT"], limits={"weight": 0})
    generated.obey(gap={"symbol": "BTCUSDT", "from_ms": START, "to_ms": START})

    generated.reset()

    assert generated.get("/_control/requests").json() == []
    assert generated.klines(startTime=START, limit=2) == whole
    assert generated.ask("SOLUSDT").status_code == 400


@pytest.mark.parametrize(
    "order",
    [
        {"system": "nosuch", "status": 500},
        {"system": "binance", "times": 3},
        {"system": "binance", "colour": "red"},
        {"system": "binance", "now": "soon"},
        {"system": "binance", "limits": {"speed": 1}},
        {
            "system": "binance",
            "gap": {"symbol": "ADAUSDT", "from_ms": 0, "to_ms": 1},
        },
        {
            "system": "binance",
            "revise": {"symbol": "BTCUSDT", "opened_at_ms": START + 1, "factor": 2},
        },
    ],
)
def test_an_order_that_cannot_be_obeyed_is_400(generated, order):
    answer = generated.order(**order)

    assert answer.status_code == 400
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "https://elsewhere.example", "Content-Type": "text/plain"},
        {"Origin": "null"},
        {"Referer": "https://elsewhere.example/page"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "rebound.example"},
        {"Host": "rebound.example", "Origin": "http://rebound.example"},
        {"Host": "192.168.7.7"},
        {"Host": ""},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_another_sites_page_tells_it_nothing(generated, method, headers):
    path = "/_control/requests" if method == "GET" else "/_control"
    answer = generated.session.request(
        method, generated.url + path, data='{"now": 1}', headers=headers, timeout=60
    )

    assert answer.status_code == 403
    assert answer.text.count(".") == 1
    assert generated.klines(), "its clock was set"


def test_its_own_names_are_answered(generated):
    port = generated.url.rsplit(":", 1)[1]

    for host in (f"localhost:{port}", f"127.0.0.1:{port}", "[::1]"):
        origin = {"Host": host, "Origin": f"http://{host}"}
        assert generated.get("/_control/requests", origin).status_code == 200


def test_a_containers_name_is_answered_where_it_is_given():
    with served("--name", "sandbox") as stand_in:
        for name, status in (("sandbox:8000", 200), ("another:8000", 403)):
            answer = stand_in.get("/_control/requests", {"Host": name})
            assert answer.status_code == status
