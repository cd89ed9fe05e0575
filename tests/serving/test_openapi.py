"""What the service says of itself is true, and is read without the internet."""

import re
from itertools import chain
from urllib.parse import urlencode

import pytest
from starlette.responses import Response

from serving import metrics
from serving.api import routers
from serving.app import make_app
from serving.database import Database
from serving.settings import Settings
from tests.serving.inside import ask, served_inside

PATHS = make_app(Settings(), Database("postgresql://")).openapi()["paths"]
# what may be posted changes something; of several turbines one must be set for /data
ASKED = {
    path: operations["get"]
    for path, operations in PATHS.items()
    if "get" in operations and "post" not in operations and path != "/data"
}


def examples(parameter):
    """Return what a parameter's documentation gives as examples."""
    schema = parameter.get("schema", {})
    named = [each["value"] for each in parameter.get("examples", {}).values()]
    single = [given["example"] for given in (parameter, schema) if "example" in given]
    return [*named, *single, *schema.get("examples", [])]


def documented(path, operation):
    """Yield addresses: of what must be given, with each example, and with all.

    None where what must be given is another in each warehouse.
    """
    given = [(each, examples(each)) for each in operation.get("parameters", [])]
    inner = {each["name"]: shown for each, shown in given if each["in"] == "path"}
    needed = {
        each["name"]: shown[0]
        for each, shown in given
        if each["in"] == "query" and each.get("required")
    }
    others = {
        each["name"]: shown
        for each, shown in given
        if each["in"] == "query" and not each.get("required") and shown
    }
    if {name for name, shown in inner.items() if not shown} == {"reading_id"}:
        return
    place = path.format(**{name: shown[0] for name, shown in inner.items()})
    yield place, needed
    for name, shown in others.items():
        for value in shown:
            yield place, {**needed, name: value}
    yield place, {**needed, **{name: shown[0] for name, shown in others.items()}}


@pytest.mark.parametrize("path", ASKED)
def test_each_documented_example_is_answered(house, path):
    for place, query in documented(path, ASKED[path]):
        answer = house.ask(f"{place}?{urlencode(query, doseq=True)}")

        assert answer.status_code == 200, f"{answer.url}: {answer.text}"


def test_no_answer_is_written_by_fastapi(house, monkeypatch):
    async def refuse(**_: object) -> None:
        raise AssertionError("FastAPI was left to serialise an answer")

    monkeypatch.setattr("fastapi.routing.serialize_response", refuse)
    address = house.run("warehouse", "url", "--role", "reader").stdout.strip()
    with served_inside(address) as url:
        answers = [
            ask(f"{url}{place}?{urlencode(query, doseq=True)}")
            for path, operation in ASKED.items()
            for place, query in documented(path, operation)
        ]

    assert {answer.status_code for answer in answers} == {200}


def test_every_route_returns_a_response_of_its_own():
    routes = list(chain(metrics.router.routes, *(each.routes for each in routers())))

    assert len({route.path for route in routes}) > len(PATHS) // 2
    for route in routes:
        returned = route.endpoint.__annotations__["return"]
        assert issubclass(returned, Response), route.path
        assert route.response_model is None, route.path


def test_what_every_address_refuses_is_documented():
    for path, operation in ASKED.items():
        if path.startswith("/v1/"):
            assert {"200", "304", "404", "422", "503"} <= set(operation["responses"]), (
                path
            )


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_a_page_of_documentation_needs_no_other_host(house, page):
    answer = house.ask(page)

    assert not re.findall(r"""(?:https?:)?//[\w.-]+\.\w+""", answer.text)
    assert answer.headers["content-security-policy"].startswith("default-src 'self' ")
    assert "http" not in answer.headers["content-security-policy"]
    loaded = re.findall(
        r"""(?:src|href|url|spec-url)\s*[=:]\s*["'](/[^"']+)""", answer.text
    )
    assert len(loaded) >= 3
    assert {house.ask(each).status_code for each in loaded} == {200}


def test_swagger_sends_nothing_to_a_validator(house):
    assert '"validatorUrl": null' in house.ask("/docs").text
