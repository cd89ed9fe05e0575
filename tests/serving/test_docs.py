"""What docs/serving.md tells people to type."""

import json
import re
import shlex
import subprocess
import sys
from types import ModuleType

import pytest

from tests.serving.inside import ask, served_inside
from warehouse import ROOT

DOCS = (ROOT / "docs" / "serving.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL)
CALLS = [
    line
    for language, block in BLOCKS
    if not language
    for line in block.splitlines()
    if line.startswith("curl ")
]
HOST = "127.0.0.1:8000"


@pytest.mark.parametrize("call", CALLS)
def test_each_call_of_the_docs_gets_an_answer(house, tmp_path, call):
    words = shlex.split(call.replace(HOST, house.url.removeprefix("http://")))

    done = subprocess.run(  # noqa: S603 - our own docs
        [words[0], "--fail-with-body", "--silent", "--show-error", *words[1:]],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    written = [path.read_bytes() for path in tmp_path.iterdir()]
    assert done.returncode == 0, done.stdout + done.stderr
    (said,) = written or [done.stdout]
    assert len(said.strip()) > len("[]") or "/gaps" in call


def test_each_address_that_the_docs_name_is_one(house):
    addresses = house.ask("/openapi.json").json()["paths"]
    first = {address.split("/")[1] for address in addresses}

    named = set(re.findall(rf"{re.escape(HOST)}/([a-z0-9]+)", DOCS))
    assert {"binance", "frankfurter", "udf", "coinmarketcap", "plant"} <= named
    assert named - {"boards", "btc", "eth"} <= first


def test_the_board_of_the_docs_is_one(house, monkeypatch):
    ((_, block),) = [each for each in BLOCKS if "board = Board(" in each[1]]
    example = ModuleType("serving.boards.example")
    exec(block, example.__dict__)  # noqa: S102 - our own docs
    monkeypatch.setitem(sys.modules, example.__name__, example)
    monkeypatch.setattr("serving.boards.routes.NAMES", ("example",))
    database = house.reader

    with served_inside(database) as url:
        page = ask(f"{url}/boards/example")
        figure = ask(f"{url}/boards/example/loads.json").json()["figure"]

    assert "All loads that a build has read, by system." in page.text
    (bars,) = figure["data"]
    assert list(zip(bars["x"], bars["y"], strict=True)) == house.query(
        "select system, count(*) from marts.fct_loads group by 1 order by 1"
    )


def test_the_configuration_of_freqtrade_is_json_with_the_same_twice():
    ((_, block),) = [each for each in BLOCKS if each[0] == "json"]

    exchange = json.loads(block)["exchange"]
    assert exchange["ccxt_config"] == exchange["ccxt_async_config"]
    assert exchange["only_from_ccxt"] is True
