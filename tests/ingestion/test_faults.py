"""What breaks for a moment heals by asking again; what stays broken is a failure."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ingestion.ingest import ingest
from ingestion.window import Window

HOUR = Window.between("2024-03-05T10:00", "2024-03-05T11:00")
MINUTES = ("2024-03-05T10:00", "2024-03-05T11:00")
PASSING = {
    "E500": {"status": 500},
    "E502": {"status": 502, "body": "<html>bad gateway</html>"},
    "E503": {"status": 503, "retry_after": 1},
    "DROPPED": {"drop": True},
    "CUT": {"drop": True, "truncate": True},
}
LASTING = {
    **PASSING,
    "HALF": {"truncate": True},
    "HTML": {"body": "<html>all is well</html>"},
    "EMPTY": {"body": ""},
    "ERROR": {"body": {"code": -1000, "msg": "An unknown error occurred."}},
    "NULL": {"body": "null"},
    "NESTED": {"body": "[" * 100_000},
    "BYTES": {"headers": {"Content-Encoding": "gzip"}},
    "AWAY": {"status": 302, "headers": {"Location": "http://127.0.0.2:9/klines"}},
}
SENTENCES = {
    "E500": "answered HTTP 500",
    "E502": "answered HTTP 502",
    "E503": "answered HTTP 503",
    "DROPPED": "no readable answer (ConnectionError)",
    "CUT": "no readable answer (ChunkedEncodingError)",
    "HALF": "no list of candles (HTTP 200, code None: None)",
    "HTML": "no list of candles (HTTP 200, code None: None)",
    "EMPTY": "no list of candles (HTTP 200, code None: None)",
    "ERROR": "no list of candles (HTTP 200, code -1000: An unknown error occurred.)",
    "NULL": "no list of candles (HTTP 200, code None: None)",
    "NESTED": "an answer nested deeper than 64 (SOURCES__ANSWER_DEPTH)",
    "BYTES": "no readable answer (ContentDecodingError)",
    "AWAY": "answered HTTP 302",
}


def test_a_passing_fault_heals_by_asking_again(sandbox, landed):
    sandbox.lists(*PASSING)
    for symbol, fault in PASSING.items():
        sandbox.refuse(symbol=symbol, times=2, **fault)

    report = ingest("binance", HOUR)

    assert not report.bad
    assert {symbol: landed.rows(symbol) for symbol in PASSING} == {
        symbol: sandbox.truth(symbol, *MINUTES) for symbol in PASSING
    }
    assert len(sandbox.requests()) == 3 * len(PASSING)


def test_a_lasting_fault_is_a_failure_with_one_sentence_and_the_others_land(
    sandbox, landed
):
    sandbox.lists(*LASTING, "BTCUSDT")
    for symbol, fault in LASTING.items():
        sandbox.refuse(symbol=symbol, times=None, **fault)

    report = ingest("binance", HOUR)

    assert {key: said for key, _, said in landed.fetches("failed")} == SENTENCES
    assert landed.fetches("ok") == [("BTCUSDT", "ok", None)]
    assert landed.rows() == sandbox.truth("BTCUSDT", *MINUTES)
    assert {key.name for key in report.bad} == set(LASTING)
    assert all(landed.payloads(symbol) == [] for symbol in LASTING)


@pytest.fixture
def elsewhere():
    """Serve klines on another host, and return its address and what it was asked."""
    asked = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802 - the library's name
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps([[1709632800000, "6.66"]]).encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("status", [302, 307])
def test_nobody_is_followed_to_another_host(sandbox, landed, elsewhere, status):
    address, asked = elsewhere
    sandbox.refuse(status=status, headers={"Location": f"{address}/klines"})

    ingest("binance", HOUR)

    assert landed.fetches() == [("BTCUSDT", "failed", f"answered HTTP {status}")]
    assert asked == []


def test_a_body_that_drips_is_given_up_and_asked_again(sandbox, landed, environment):
    environment["RUNTIME__REQUEST_TIMEOUT"] = "0.2"
    sandbox.refuse(drip=0.1)

    report = ingest("binance", HOUR)

    assert not report.bad
    assert landed.rows() == sandbox.truth("BTCUSDT", *MINUTES)
    assert len(sandbox.requests()) == 2
