"""Dagster's web server obeys its own pages and programs, and no other site's pages."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest
import requests

import warehouse
from warehouse.postgres.server import write_dagster_settings

MUTATION = "mutation { setNuxSeen }"
ELSEWHERE = "https://elsewhere.example"
JSON = {"Content-Type": "application/json"}
VISIT = {
    **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    **{"Sec-Fetch-Dest": "document", "Accept": "text/html"},
}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """Return the address of Dagster's web server, without anything to run."""
    home = tmp_path_factory.mktemp("dagster")
    write_dagster_settings(home)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "dagster_webserver", "--empty-workspace"]
    with subprocess.Popen(  # noqa: S603 - our own words
        [*command, "--port", port],
        cwd=home,
        env={
            **os.environ,
            "DAGSTER_HOME": str(home),
            "PYTHONPATH": str(warehouse.ROOT),
            "DAGSTER_NAMES": "dagster.example",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    ) as process:
        address = f"http://127.0.0.1:{port}"
        for _ in range(1200):
            with suppress(requests.ConnectionError):
                requests.get(f"{address}/server_info", timeout=60)
                break
            time.sleep(0.1)
        yield address
        process.kill()


def post(url, headers, body=None):
    """Post a mutation that launches nothing; return the answer."""
    query = json.dumps({"query": MUTATION}) if body is None else body
    return requests.post(
        f"{url}/graphql",
        params={"query": MUTATION},
        data=query,
        headers=headers,
        timeout=60,
    )


def has_obeyed(answer):
    return answer.status_code == 200 and answer.json().get("data") is not None


def test_a_program_and_its_own_page_are_obeyed(url):
    own = {"Origin": url, "Sec-Fetch-Site": "same-origin", "Referer": f"{url}/runs"}

    assert has_obeyed(post(url, JSON))
    assert has_obeyed(post(url, {**JSON, **own}))
    assert has_obeyed(post(url, {**JSON, "Host": "localhost:3000"}))
    assert has_obeyed(post(url, {**JSON, "Host": "dagster.example"}))


@pytest.mark.parametrize(
    "headers",
    [
        {**JSON, "Origin": ELSEWHERE},
        {**JSON, "Origin": "null"},
        {**JSON, "Origin": "http://127.0.0.1:1"},
        {**JSON, "Referer": f"{ELSEWHERE}/page"},
        {**JSON, "Sec-Fetch-Site": "cross-site"},
        {**JSON, "Sec-Fetch-Site": "same-site"},
        {**JSON, "Host": "rebound.example"},
        {**JSON, "Host": "rebound.example", "Origin": "http://rebound.example"},
        {**JSON, "Host": "10.1.2.3:3000"},
        {**JSON, "Host": "127.0.0.1.rebound.example"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "text/plain", "Origin": ELSEWHERE},
        {**VISIT, "Content-Type": "text/plain", "Origin": ELSEWHERE},
    ],
)
def test_another_sites_page_launches_nothing(url, headers):
    answer = post(url, headers)

    assert answer.status_code == 403
    assert answer.text.count(".") == 1
    assert "\n" not in answer.text


@pytest.mark.parametrize("headers", [{}, {"Accept": "image/*"}])
def test_nothing_is_obeyed_that_is_only_got(url, headers):
    answer = requests.get(
        f"{url}/graphql", params={"query": MUTATION}, headers=headers, timeout=60
    )

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "path", ["/report_asset_materialization/one", "/report_asset_check/one"]
)
def test_nothing_else_is_obeyed_either(url, path):
    answer = requests.post(url + path, headers={"Origin": ELSEWHERE}, timeout=60)

    assert answer.status_code == 403


def test_no_other_sites_page_opens_a_socket(url):
    upgrade = {
        **{"Connection": "Upgrade", "Upgrade": "websocket"},
        **{
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        },
        "Sec-WebSocket-Protocol": "graphql-ws",
    }
    asked = f"{url}/graphql"

    own = requests.get(
        asked, headers={**upgrade, "Origin": url}, timeout=60, stream=True
    )
    other = requests.get(asked, headers={**upgrade, "Origin": ELSEWHERE}, timeout=60)

    assert (own.status_code, other.status_code) == (101, 403)
    own.close()


def test_a_link_of_another_site_leads_to_the_pages(url):
    assert requests.get(f"{url}/runs", headers=VISIT, timeout=60).status_code == 200
    assert requests.get(f"{url}/graphql", headers=VISIT, timeout=60).status_code == 200
    shown = {**VISIT, "Sec-Fetch-Dest": "iframe"}
    assert requests.get(f"{url}/runs", headers=shown, timeout=60).status_code == 403
