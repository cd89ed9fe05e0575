"""Whatever a source answers, reading it gives pages with its own text, or a sentence.

A server of our own says what hypothesis makes up; `TRUST_SEED` tries other examples.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingestion import http
from ingestion.sources import binance, coinmarketcap, cryptocompare, ecb, plant, xe
from ingestion.window import Window, parse_time
from tests.support.stand_in import QUICK
from tests.trust.hypotheses import tried

ASKED = Window.between("2024-03-05", "2024-03-06")
DAYS = Window.between("2024-03-01", "2024-03-09")
HUGE = "a number of 5,000 digits, which Python refuses to read"
TIMES = st.one_of(
    st.datetimes().map(lambda time: time.isoformat()),
    st.datetimes(timezones=st.timezones()).map(lambda time: time.isoformat()),
    st.sampled_from(
        (
            *("0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "9999-12-31"),
            *("2024-03-05", "2024-03-05T10:00:00Z", "2024-W10-2", "", "24:00"),
        )
    ),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    TIMES,
    st.sampled_from((1709596800000, 1709596800000000, HUGE, -1, "0", "Error")),
)
WORDS = (
    *("Data", "LIST", "Err", "type", "message", "http_status_code", "Response", "Type"),
    *("STATS", "TOTAL_ASSETS", "MetaData", "Count", "RateLimit", "calls_made"),
    *("max_calls", "day", "status", "error_code", "total_count", "data", "to", "code"),
    *("timestamp", "quotecurrency", "NGN", "GHS", "mid", "detail", "msg", "Message"),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(WORDS) | st.text(max_size=4), inner, max_size=5
        ),
    ),
    max_leaves=12,
)


def dumped(value: object) -> str:
    """Return JSON as Python writes it, with numbers of any length in it."""
    if isinstance(value, dict):
        texts = (f"{json.dumps(key)}: {dumped(one)}" for key, one in value.items())
        return f"{{{', '.join(texts)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(dumped, value))}]"
    return "9" * 5000 if value == HUGE else json.dumps(value)


BODIES = st.one_of(
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(max_size=40),
    VALUES.map(lambda value: dumped(value).encode()),
    st.lists(VALUES, max_size=6).map(lambda value: dumped(value).encode()),
)
HEADERS = st.sampled_from(
    (
        ("Date", "Mon, 01 Jan 0001 00:00:00 +0100"),
        ("Date", "Fri, 31 Dec 9999 23:59:59 -0100"),
        ("Date", "yesterday"),
        ("Date", "Mon, 99 Foo 2024 99:99:99 +9999"),
        ("Retry-After", "\u00b2"),
        ("Retry-After", "9" * 400),
        ("Retry-After", "Mon, 01 Jan 0001 00:00:00 -0000"),
        ("Retry-After", "Mon, 01 Jan 0001 00:00:00 +0100"),
        ("Retry-After", "-5"),
        ("X-MBX-USED-WEIGHT-1M", "\u00b2"),
        ("X-MBX-USED-WEIGHT-1M", "9" * 5000),
    )
)
STATUSES = st.sampled_from((200, 200, 200, 204, 400, 404, 422, 451))


class Source:
    """A server, and what it says to whatever it is asked."""

    status, body, header = 200, b"", ("X-Nothing", "")

    def __init__(self, url: str) -> None:
        self.url = url

    def says(self, status: int, body: bytes, header: tuple[str, str]) -> None:
        """Answer so from now on."""
        self.status, self.body, self.header = status, body, header


@pytest.fixture(scope="module")
def server() -> Iterator[Source]:
    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # in one piece, for which no acknowledgement is waited

        def do_GET(self):  # noqa: N802 - the library's name
            self.send_response_only(source.status)
            self.send_header(*source.header)
            self.send_header("Content-Length", str(len(source.body)))
            self.end_headers()
            if source.status != 204:
                self.wfile.write(source.body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    source = Source(f"http://127.0.0.1:{server.server_port}")
    yield source
    server.shutdown()
    server.server_close()


@pytest.fixture
def source(server, environment) -> Source:
    http.client.cache_clear()
    environment.update(QUICK)
    return server


def pages_of(source: Source, system: str) -> list:
    """Return the pages that a system's module reads of what the source says."""
    account = xe.Api(source.url, ("id", "key"), "USD", ("NGN", "GHS"))
    read = {
        "binance": lambda: binance.klines(source.url, "BTCUSDT", ASKED),
        "plant": lambda: plant.readings(source.url, "T01", ["power"], ASKED),
        "xe now": lambda: [account.now(ASKED)],
        "xe past": lambda: account.past(DAYS),
        "xe gap": lambda: account.gap(DAYS),
    }[system]
    with suppress(http.RefusedError, http.FailedError):
        return list(read())
    return []


@pytest.mark.parametrize("system", ["binance", "plant", "xe now", "xe past", "xe gap"])
@tried(60)
@given(STATUSES, BODIES, HEADERS)
def test_an_answer_is_kept_to_the_letter_or_costs_its_key_a_sentence(
    source, system, status, body, header
):
    source.says(status, body, header)
    for page in pages_of(source, system):
        assert page.row["payload"].encode() == body
        assert page.records >= 0


@tried(60)
@given(st.sampled_from((418, 429)), BODIES, HEADERS)
def test_a_limit_is_a_sentence_whatever_it_says_of_itself(source, status, body, header):
    source.says(status, body, header)

    with pytest.raises(http.FailedError, match="limited|no readable answer"):
        http.get(source.url, {}, give_up_on=coinmarketcap.exhausted_quota)


FULL = [[ASKED.start.timestamp() * 1000 + 60_000 * at, "1"] for at in range(1000)]


@tried(20)
@given(HEADERS)
def test_a_full_page_of_candles_is_read_whatever_its_headers_say(source, header):
    body = json.dumps([[int(at), price] for at, price in FULL]).encode()
    source.says(200, body, header)

    pages = binance.klines(source.url, "BTCUSDT", ASKED)

    assert next(pages).records == 1000
    with pytest.raises(http.FailedError, match="pagination did not advance"):
        list(pages)


@tried(100)
@given(
    st.lists(
        st.lists(st.one_of(TIMES, st.text(max_size=5), st.just("N/A")), max_size=4),
        max_size=6,
    ),
    st.sampled_from(("Date,USD,", "Date, USD", "<html>", "", "\ufeffDate,USD")),
)
@example([["9999-12-31", "1"]] * 2, "Date,USD")
def test_a_file_of_rates_is_kept_to_the_letter_or_costs_its_key_a_sentence(
    source, lines, heading
):
    text = "\n".join([heading, *(",".join(line) for line in lines)])
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("rates.csv", text.encode("utf-8", "surrogatepass"))
    source.says(200, packed.getvalue(), ("X-Nothing", ""))

    with suppress(http.FailedError):
        page = ecb.page_of(source.url, ecb.HISTORY, DAYS)
        assert page.row["payload"] == text.removeprefix("\ufeff")


@tried(40)
@given(st.binary(max_size=200))
def test_what_is_no_zip_is_a_sentence(source, body):
    source.says(200, body, ("X-Nothing", ""))

    with pytest.raises(http.FailedError):
        ecb.page_of(source.url, ecb.HISTORY, DAYS)


@pytest.mark.parametrize("listed", [coinmarketcap.listed, cryptocompare.listed])
@tried(300)
@given(STATUSES, st.one_of(VALUES.map(dumped), st.text(max_size=40)))
def test_a_ranking_is_counted_or_costs_its_key_a_sentence(listed, status, body):
    now = ASKED.start
    with suppress(http.RefusedError, http.FailedError):
        found = listed(http.Answer(status, body, {}, now, None))
        assert found.coins >= 0
        assert found.total is None or found.total >= 0


@tried(300)
@given(st.one_of(TIMES, st.text(max_size=30)))
def test_a_time_is_read_as_utc_or_is_none(text):
    with suppress(ValueError):
        assert parse_time(text).utcoffset() == timedelta()
