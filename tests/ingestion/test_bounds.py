"""An answer beyond a bound fails its key in one sentence, and the others land."""

import gzip
import json
import socket
import threading
import time
import tracemalloc
import zlib
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ingestion import bounds, http
from ingestion.ingest import ingest
from ingestion.window import Window

HOUR = Window.between("2024-03-05T10:00", "2024-03-05T11:00")
MINUTES = ("2024-03-05T10:00", "2024-03-05T11:00")
MEBIBYTE = 2**20
OVER_HTTP = ("binance", "xe", "ecb", "coinmarketcap", "cryptocompare", "ethereum")
BEYOND = {
    "LARGE": ({"bomb": 2**27}, "an answer of more than 67,108,864 bytes"),
    "DEEP": ({"depth": 3_000}, "an answer nested deeper than 64"),
    "REFUSED": ({"depth": 3_000, "status": 400}, "an answer nested deeper than 64"),
    "OPEN": ({"body": "[" * 3_000}, "an answer nested deeper than 64"),
    "HEAD": ({"drip_head": 0.5}, "no whole answer within 4 s"),
    "BODY": ({"drip": 0.5}, "no whole answer within 4 s"),
}


@pytest.fixture
def set_bounds(environment):
    """Return what sets bounds, and forgets the client that has others."""

    def set_bounds(**settings):
        for name, value in settings.items():
            environment[f"SOURCES__ANSWER_{name.upper()}"] = str(value)
        http.client.cache_clear()

    yield set_bounds
    http.client.cache_clear()


def test_what_is_beyond_a_bound_fails_its_key_and_the_others_land(
    sandbox, landed, set_bounds
):
    set_bounds(seconds=4)
    sandbox.lists(*BEYOND, "BTCUSDT")
    for symbol, (fault, _) in BEYOND.items():
        sandbox.refuse(symbol=symbol, times=None, **fault)

    report = ingest("binance", HOUR)

    told = {key: said.split(" (")[0] for key, _, said in landed.fetches("failed")}
    assert told == {symbol: said for symbol, (_, said) in BEYOND.items()}
    assert landed.rows() == sandbox.truth("BTCUSDT", *MINUTES)
    assert {key.name for key in report.bad} == set(BEYOND)
    asked = [entry["query"]["symbol"] for entry in sandbox.requests()]
    assert len(asked) == len(set(asked)), "asked again in vain"


@pytest.mark.parametrize("system", OVER_HTTP)
@pytest.mark.parametrize("name", ["LARGE", "DEEP", "HEAD"])
def test_each_system_keeps_the_bounds(
    sandbox, database, set_bounds, environment, system, name
):
    environment["SOURCES__XE__CURRENCIES"] = '["NGN"]'
    fault, sentence = BEYOND[name]
    set_bounds(seconds=4)
    sandbox.refuse(system, times=None, **fault)

    report = ingest(system)

    assert report.bad
    for key in report.bad:
        assert key.outcome == "failed"
        assert key.sentence.startswith(sentence)
    assert not report.pages


class Server:
    """Answers each connection with what is given, piece by piece."""

    def __init__(self, pieces, seconds=0.0):
        self.pieces, self.seconds = pieces, seconds
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with suppress(OSError):
            while True:
                taken, _ = self.listener.accept()
                threading.Thread(
                    target=self._answer, args=(taken,), daemon=True
                ).start()

    def _answer(self, taken):
        with taken, suppress(OSError):
            taken.recv(65536)
            for piece in self.pieces():
                taken.sendall(piece)
                time.sleep(self.seconds)

    def close(self):
        """Take no more connections."""
        self.listener.close()


@pytest.fixture
def serve():
    """Return what begins a server; all end."""
    begun = []

    def serve(*args):
        begun.append(Server(*args))
        return begun[-1].url

    yield serve
    for server in begun:
        server.close()


def answer(body, *headers):
    head = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def chunked(piece):
    """Yield an answer without an end."""
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"%x\r\n%s\r\n" % (len(piece), piece)


def lines(start, line):
    """Yield lines without an end."""
    yield start
    while True:
        yield line


SLOW = {
    "status line": lambda: lines(b"", b"H"),
    "headers": lambda: lines(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    "interim answers": lambda: lines(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": lambda: lines(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n", b"["),
    "chunks": lambda: chunked(b"["),
    "trailers": lambda: lines(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-A: b\r\n"
    ),
}


@pytest.mark.parametrize("part", SLOW)
def test_no_part_of_an_answer_may_drip_beyond_the_deadline(
    sandbox, serve, set_bounds, part
):
    set_bounds(seconds=1)
    url = serve(SLOW[part], 0.2)
    began = time.monotonic()

    with pytest.raises(http.FailedError, match="no whole answer within 1 s"):
        http.get(url, {})

    assert time.monotonic() - began < 3


PACKED = {
    "plain": (b" " * 65 * MEBIBYTE, None),
    "gzip": (gzip.compress(b" " * 100 * MEBIBYTE), "gzip"),
    "members": (gzip.compress(b" " * MEBIBYTE) * 100, "gzip"),
    "deflate": (zlib.compress(b" " * 100 * MEBIBYTE), "deflate"),
    "twice": (gzip.compress(gzip.compress(b" " * 100 * MEBIBYTE)), "gzip, gzip"),
}


@pytest.mark.parametrize("packing", PACKED)
def test_what_is_too_large_is_not_held(sandbox, serve, set_bounds, packing):
    set_bounds(bytes=4 * MEBIBYTE)
    body, coding = PACKED[packing]
    sent = answer(body, *([f"Content-Encoding: {coding}"] if coding else []))
    url = serve(lambda: [sent])
    tracemalloc.start()
    try:
        with pytest.raises(http.FailedError, match="more than 4,194,304 bytes"):
            http.get(url, {})
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 12 * MEBIBYTE


def test_an_answer_without_an_end_is_left_at_the_bound(sandbox, serve, set_bounds):
    set_bounds(bytes=MEBIBYTE)
    url = serve(lambda: chunked(b" " * 65536))

    with pytest.raises(http.FailedError, match="more than 1,048,576 bytes"):
        http.get(url, {})


@pytest.mark.parametrize("coding", [None, "gzip"])
def test_an_answer_at_the_bounds_is_taken(sandbox, serve, set_bounds, coding):
    body = b"[" * 64 + b" " * (MEBIBYTE - 128) + b"]" * 64
    set_bounds(bytes=MEBIBYTE)
    packed = gzip.compress(body) if coding else body
    sent = answer(packed, *([f"Content-Encoding: {coding}"] if coding else []))
    url = serve(lambda: [sent])

    assert http.get(url, {}).body == body.decode()


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("[]", 1),
        ('{"a": [1, {"b": 2}], "c": []}', 3),
        ('["[[[[", "]]]]"]', 1),
        (r'["\"[[[[", "\\", [[]]]', 3),
        (r'["\\\"[[[["]', 1),
        ("[[], [], [[]]]", 3),
        ("[[[", 3),
    ],
)
def test_depth_is_what_a_parser_goes_down(text, depth):
    assert bounds.is_deeper(text.encode(), depth - 1)
    assert not bounds.is_deeper(text.encode(), depth)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_depth_is_seen_in_any_encoding_that_is_guessed(encoding):
    deep = '["\u5b22", ' + "[" * 3_000 + "]" * 3_001

    with pytest.raises(http.FailedError, match="nested deeper"):
        bounds.Bounds().check_depth(deep.encode(encoding))


def test_a_token_of_googles_is_asked_for_in_the_same_time(
    sandbox, database, serve, set_bounds, environment, tmp_path
):
    set_bounds(seconds=1)
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {
        "type": "service_account",
        "client_email": "somebody@example.com",
        "private_key": key.decode(),
        "token_uri": serve(SLOW["status line"], 0.2),
    }
    file = tmp_path / "account.json"
    file.write_text(json.dumps(account))
    environment["GOOGLE_APPLICATION_CREDENTIALS"] = str(file)
    environment["SOURCES__ETHEREUM__PROJECT"] = "stand-in"
    del environment["SOURCES__ETHEREUM__BASE_URL"]
    began = time.monotonic()

    report = ingest("ethereum", only=["tokens"])

    (failed,) = report.bad
    assert failed.sentence.startswith("no whole answer within 1 s")
    assert time.monotonic() - began < 20


def test_a_connection_is_kept_for_the_next_request(sandbox):
    ports = []

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):  # noqa: N802 - the library's name
            ports.append(self.client_address)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"[]")

        def log_message(self, *_):
            pass

    http.client.cache_clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for _ in range(3):
            http.get(f"http://127.0.0.1:{server.server_port}", {})
        server.shutdown()

    assert len(ports) == 3
    assert len(set(ports)) == 1
