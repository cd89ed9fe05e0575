"""Who is let in: this machine by its own names, others with a key, no other page."""

import base64
import hashlib
import time

import pytest
import requests

KEY = "the key of a program"
OTHER = "the key of another"
KEYS = ",".join(hashlib.sha256(key.encode()).hexdigest() for key in (KEY, OTHER))
ANYWHERE = ("--host", "0.0.0.0")  # noqa: S104 - what is tried
PATH = "/v1/candles/binance/BTCUSDT?limit=1"
BASIC = base64.b64encode(f"anybody:{KEY}".encode()).decode()


@pytest.fixture(scope="module")
def keyed(house):
    """Return the address of a service that asks for keys."""
    from tests.serving.conftest import service

    with service(house, *ANYWHERE, SERVING_KEYS=KEYS) as url:
        yield url


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"Basic {BASIC}"},
        {"X-MBX-APIKEY": KEY},
        {"X-CMC_PRO_API_KEY": OTHER},
    ],
)
def test_a_key_is_taken_from_whichever_place_a_program_puts_it(keyed, headers):
    assert requests.get(keyed + PATH, headers=headers, timeout=60).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic !!!"},
        {"Authorization": f"Bearer {hashlib.sha256(KEY.encode()).hexdigest()}"},
        {"X-MBX-APIKEY": ""},
    ],
)
@pytest.mark.parametrize("path", [PATH, "/docs", "/metrics", "/", "/nothing/here"])
def test_without_a_known_key_nothing_is_told_but_how_to_give_one(keyed, path, headers):
    answer = requests.get(keyed + path, headers=headers, timeout=60)

    assert answer.status_code == 401
    assert "X-MBX-APIKEY" in answer.json()["detail"]
    assert answer.headers["www-authenticate"].startswith("Basic")


def test_health_is_open_without_a_key(keyed):
    assert requests.get(f"{keyed}/v1/health", timeout=60).status_code == 200


def test_a_key_has_twenty_requests_a_second_and_another_its_own(keyed):
    asked = [
        requests.get(keyed + "/v1/nothing", headers={"X-MBX-APIKEY": KEY}, timeout=60)
        for _ in range(80)
    ]
    refused = [answer for answer in asked if answer.status_code == 429]
    other = requests.get(keyed + PATH, headers={"X-MBX-APIKEY": OTHER}, timeout=60)

    assert refused
    assert refused[0].headers["retry-after"] == "1"
    assert other.status_code == 200


@pytest.mark.parametrize("keys", ["", "not a digest", f"{KEYS},{KEY}"])
def test_beyond_this_machine_it_does_not_start_without_good_keys(house, keys):
    done = house.run("serving", *ANYWHERE, "--port", "0", SERVING_KEYS=keys)

    assert done.returncode == 1
    assert "sha256sum" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.a.b"])
def test_another_name_that_leads_here_is_refused(house, host):
    answer = house.ask(PATH, headers={"Host": host})

    assert answer.status_code == 421
    assert "localhost" in answer.json()["detail"]


def test_no_other_site_s_page_reads_answers_unless_it_is_named(house, serve):
    origin = {"Origin": "https://board.example"}
    closed = house.ask(PATH, headers=origin)
    url = serve(SERVING_ORIGINS="https://board.example")

    named = requests.get(url + PATH, headers=origin, timeout=60)
    other = requests.get(url + PATH, headers={"Origin": "https://a.b"}, timeout=60)

    allowed = "access-control-allow-origin"
    assert named.headers[allowed] == "https://board.example"
    assert allowed not in closed.headers
    assert allowed not in other.headers


def test_a_taken_port_is_told_in_a_sentence(house):
    port = house.url.rpartition(":")[2]

    done = house.run("serving", "--port", port)

    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def wait_for(log, line):
    """Return a log once it has a line, which is written after the answer is sent."""
    deadline = time.monotonic() + 30
    while line not in (text := log.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return text


def test_the_log_and_the_metrics_have_the_route_and_no_query(house):
    house.ask("/v1/candles/binance/ETHUSDT?limit=1&api_key=SECRET-IN-A-QUERY")

    metrics = house.ask("/metrics").text
    log = wait_for(house.folder / "serving.log", '"path": "/metrics"')
    assert '"path": "/v1/candles/binance/ETHUSDT"' in log
    assert 'route="/v1/candles/{exchange}/{symbol}",status="200"' in metrics
    assert "SECRET-IN-A-QUERY" not in log + metrics
