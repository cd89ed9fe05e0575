"""Each exposure names what reads the marts, and all that it reads."""

import re
from itertools import product
from urllib.parse import urlencode, urlsplit

import pytest
import yaml

from serving.api.candles import GRAINS
from serving.boards import NAMES, board_of
from serving.database import VERSIONS, Database
from serving.dialects.binance_parameters import WIDTHS
from serving.dialects.udf import GRAINS as RESOLUTIONS
from serving.settings import Settings
from tests.serving.inside import ask, served_inside
from tests.serving.test_openapi import PATHS, documented
from warehouse import ROOT

PROJECT = ROOT / "dbt_project"
EXPOSURES = [
    exposure
    for path in sorted((PROJECT / "models" / "exposures").glob("*.yml"))
    for exposure in yaml.safe_load(path.read_text())["exposures"]
]
ADDRESSES = {
    exposure["label"]: exposure
    for exposure in EXPOSURES
    if exposure["label"].startswith("/")
}
BOARDS = {
    urlsplit(exposure["url"]).path.removeprefix("/boards/"): exposure
    for exposure in EXPOSURES
    if "/boards/" in exposure.get("url", "")
}
LOCAL = "http://127.0.0.1:8000"
READ = re.compile(r"\bmarts\.(\w+)")
REF = re.compile(r"""ref\(['"](\w+)['"]\)""")
CHOICES = {"grain": GRAINS, "interval": WIDTHS, "resolution": RESOLUTIONS}
"""What a parameter can be that says of which mart an answer is."""
UNKNOWN = "nope"
ASKED = {
    path: operations["get"]
    for path, operations in PATHS.items()
    if "get" in operations and "post" not in operations
}


@pytest.fixture(scope="module")
def inside(house):
    """Serve the house in this process; return the address."""
    database = house.reader
    with served_inside(database, Settings(turbine="T01")) as url:
        yield url


@pytest.fixture(scope="module")
def read(inside):
    """Return the marts that each address reads, over all that it can be asked."""
    noted, found = set(), {}
    fetch = Database.fetch

    async def noting(self, query, parameters=()):
        if query != VERSIONS:
            noted.update(marts(query))
        return await fetch(self, query, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "fetch", noting)
        for path, operation in ASKED.items():
            noted.clear()
            for place, query in asked(path, operation):
                ask(f"{inside}{place}?{urlencode(query, doseq=True)}")
            found[path] = set(noted)
    return found


def asked(path, operation):
    """Yield what is documented, all that can be chosen, and names that are unknown."""
    parameters = operation.get("parameters", [])
    inner = [each["name"] for each in parameters if each["in"] == "path"]
    yield path.format(**dict.fromkeys(inner, UNKNOWN)), {}
    yield path.format(**{**dict.fromkeys(inner, "T01"), "reading_id": 0}), {}
    first = None
    for place, query in documented(path, operation):
        first = first or (place, query)
        yield place, query
    for each in parameters if first else []:
        if each["in"] == "query":
            for value in (*CHOICES.get(each["name"], ()), UNKNOWN):
                yield first[0], {**first[1], each["name"]: value}


def read_by(board):
    """Return the marts that a board reads, whatever is chosen."""
    options = {each.name: each.options or ("",) for each in board.filters}
    chosen = [
        dict(zip(options, each, strict=True)) for each in product(*options.values())
    ]
    queries = {
        panel.query.format_map(each)
        for panel in board.panels.values()
        for each in chosen
    }
    return marts(" ".join([*queries, *(each.known for each in board.filters)]))


def marts(query):
    """Return the models that a query reads; a function's are its own."""
    return {
        model
        for name in READ.findall(query)
        for path in [PROJECT / "functions" / f"{name}.sql"]
        for model in (REF.findall(path.read_text()) if path.exists() else [name])
    }


def depends_on(exposure):
    return {REF.fullmatch(each)[1] for each in exposure["depends_on"]}


def test_each_address_that_reads_a_mart_is_an_exposure_of_all_that_it_reads(read):
    named = {path: depends_on(exposure) for path, exposure in ADDRESSES.items()}

    assert named == {path: names for path, names in read.items() if names}


def test_each_board_is_an_exposure_of_all_that_it_reads():
    named = {name: depends_on(exposure) for name, exposure in BOARDS.items()}

    assert named == {name: read_by(board_of(name)) for name in NAMES}


@pytest.mark.parametrize("path", ADDRESSES)
def test_the_url_of_an_exposed_address_is_one_of_its_addresses(inside, path):
    url = ADDRESSES[path]["url"]

    place = urlsplit(url.removeprefix(LOCAL)).path
    listed = path.removesuffix("/{reading_id}")
    assert re.fullmatch(re.sub(r"{\w+}", "[^/]+", listed), place)
    assert ask(url.replace(LOCAL, inside)).status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_the_url_of_an_exposed_board_is_its_page(inside, name):
    answer = ask(BOARDS[name]["url"].replace(LOCAL, inside), accept="text/html")

    assert BOARDS[name]["url"] == f"{LOCAL}/boards/{name}"
    # one that the reader was not granted is not there
    assert answer.status_code in ({200, 404} if board_of(name).needs else {200})
