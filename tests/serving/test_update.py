"""The manual update of rates: a real job, on a service of each test's own."""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

ADDRESS = "/v1/rates/update"
NEWEST = "select max(pulled_at) from marts.rpt_usd_rates_1d where provider = 'xe'"
PATIENCE = 300


@pytest.fixture
def stand_ins(house) -> Iterator[str]:
    """Return the address under which the stand-ins take orders; undo them after."""
    url = json.loads((house.folder / "sandbox.json").read_text())["url"] + "/_control"
    yield url
    requests.delete(url, timeout=60).raise_for_status()


def log_of(house) -> str:
    path = house.folder / "rates.log"
    return path.read_text() if path.exists() else ""


def test_an_update_lands_and_builds_and_another_waits_for_its_turn(house, serve):
    url = serve()
    ((before,),) = house.query(NEWEST)

    def post(_: int) -> requests.Response:
        return requests.post(url + ADDRESS, timeout=PATIENCE)

    with ThreadPoolExecutor() as beside:
        done = sorted(beside.map(post, range(2)), key=lambda each: each.status_code)
    answer, second = done
    third = requests.get(url + ADDRESS, timeout=60)

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    ((after,),) = house.query(NEWEST)
    assert after > before
    for refused in (second, third):
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 60
        assert refused.json()["success"] is False
        assert refused.json()["error"].endswith("seconds.")


def test_a_key_that_fails_fails_the_update_in_one_sentence(house, serve, stand_ins):
    fault = {"system": "xe", "status": 401, "times": None}
    requests.post(stand_ins, json=fault, timeout=60).raise_for_status()

    answer = requests.get(serve() + ADDRESS, timeout=PATIENCE)

    assert answer.status_code == 400
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told == {"success": False, "error": told["error"]}
    assert told["error"].startswith("xe: USD refused: HTTP 401")
    assert "\n" not in told["error"]
    assert "Traceback" not in told["error"]


def test_a_service_that_knows_the_reader_alone_has_no_rights_to_update(
    house, serve, tmp_path
):
    reader = house.reader
    login, _, place = reader.partition("://")[2].partition("@")
    host, _, port = place.partition("/")[0].partition(":")
    url = serve(
        WAREHOUSE="server",
        WAREHOUSE_DIR=str(tmp_path),
        PGHOST=host,
        PGPORT=port,
        READER_URL=reader,
    )
    assert requests.get(f"{url}/?limit=1", timeout=60).status_code == 200

    answer = requests.post(url + ADDRESS, timeout=PATIENCE)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("No connection as loader to ")
    assert login.partition(":")[2] not in answer.text


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"referer": "http://elsewhere.example/page"},
    ],
)
def test_no_other_site_s_page_starts_an_update(house, method, headers):
    before = log_of(house)

    answer = house.ask(ADDRESS, method, headers=headers)

    assert answer.status_code == 403
    assert answer.json()["success"] is False
    assert log_of(house) == before


def test_beyond_this_machine_an_update_is_asked_by_post_alone(serve):
    keys = hashlib.sha256(b"hush").hexdigest()
    url = serve("--host=0.0.0.0", SERVING_KEYS=keys)
    # a proxy on this machine says whom it asks for
    headers = {"authorization": "Bearer hush", "x-forwarded-for": "192.0.2.7"}

    by_get = requests.get(url + ADDRESS, headers=headers, timeout=60)
    keyless = requests.post(url + ADDRESS, timeout=60)

    assert by_get.status_code == 403
    assert "POST" in by_get.json()["error"]
    assert keyless.status_code == 401
