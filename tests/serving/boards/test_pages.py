"""What all boards have in common, whatever they are of."""

import os
import re
import signal
import time
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from serving.boards import NAMES, board_of

FILTERED = [name for name in NAMES if board_of(name).filters]
FALSE = {"time": "yesterday", "day": "yesterday", "number": "many", "text": "nope"}
AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"
FIGURE = "document.querySelector('.figure')"
XAXIS, CLOSES = f"{FIGURE}.layout.xaxis", f"{FIGURE}.data[0].close"
SAID = "document.querySelector('.said')"
CELLS = "tr :is(td, th):first-child"
AS_PAGE = {"accept": "text/html"}
SOURCES = "all => all.map(each => each.dataset.source)"


def wait(page, expression: str, every: int = 100) -> None:
    """Wait until a page says so; its policy lets nothing within it evaluate text."""
    deadline = time.monotonic() + 60
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(every)


@pytest.fixture(scope="module", autouse=True)
def _granted(house):
    """Let the reader see what boards need, as an administrator may."""
    needs = [f"marts.{need}" for name in NAMES for need in board_of(name).needs]
    for need in needs:
        house.query(f"grant select on {need} to reader", role="admin")
    yield
    for need in needs:
        house.query(
            f"revoke select on {need} from reader",  # noqa: S608 - a name of ours
            role="admin",
        )


@pytest.mark.parametrize("name", NAMES)
def test_a_board_is_accessible_by_day_and_night_wide_and_narrow(look, name):
    for width in (1100, 390):
        for is_dark in (False, True):
            shown = look(f"/boards/{name}", width=width, is_dark=is_dark)
            found = Axe().run(shown.page)
            assert found.violations_count == 0, found.generate_report()
            page_width = "document.documentElement.scrollWidth"
            assert shown.page.evaluate(page_width) <= width
            assert shown.failed == []


@pytest.mark.parametrize("path", ["/boards", "/boards/nope", "/boards/market/candles"])
def test_the_other_pages_are_accessible_too(look, path):
    for is_dark in (False, True):
        shown = look(path, width=390, is_dark=is_dark)
        found = Axe().run(shown.page)
        assert found.violations_count == 0, found.generate_report()
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", NAMES)
def test_tab_leads_over_the_board_s_parts_and_enter_takes_them(look, name):
    page = look(f"/boards/{name}").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    page.wait_for_url("**#main")

    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        element = page.evaluate(
            "[document.activeElement.name, document.activeElement.innerText]"
        )
        reached.add(element[0])
        if element[1].startswith(("Show", "As a table")):
            break
    assert reached >= {each.name for each in board_of(name).filters}
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"\?" if board_of(name).filters else f"{name}/"))
    assert set(parse_qs(urlsplit(page.url).query, keep_blank_values=True)) >= {
        each.name for each in board_of(name).filters
    }


@pytest.mark.parametrize("name", FILTERED)
def test_a_filter_that_is_set_keeps_in_the_address(look, name):
    shown = look(f"/boards/{name}")
    fields = shown.page.locator(".filters select, .filters input[type=number]")
    field = next(each for each in fields.all() if _other(each))
    wanted = _other(field)
    set_by = field.evaluate("field => field.name")
    before = shown.page.locator("[data-source]").evaluate_all(SOURCES)
    if field.evaluate("field => field.tagName") == "SELECT":
        field.select_option(wanted)
    else:
        field.fill(wanted)
    shown.page.get_by_role("button", name="Show").click()
    shown.page.wait_for_selector("main:not(:has([aria-busy]))")

    address = urlsplit(shown.page.url)
    assert parse_qs(address.query)[set_by] == [wanted]
    again = look(f"{address.path}?{address.query}")
    assert again.page.locator(f".filters [name={set_by}]").input_value() == wanted
    asked = again.page.locator("[data-source]").evaluate_all(SOURCES)
    assert asked == shown.page.locator("[data-source]").evaluate_all(SOURCES) != before
    for panel in board_of(name).panels:
        assert again.said(panel) == shown.said(panel)
        assert again.figure(panel)["data"] == shown.figure(panel)["data"]


def _other(field) -> str | None:
    """Return a value that a field may have and has not."""
    return field.evaluate(
        "field => field.type == 'number'"
        " ? String(Number(field.value) - 1 || 2)"
        " : [...field.options].map(each => each.value)"
        ".find(each => each && each != field.value)"
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_panel_s_table_has_the_rows_of_its_figure(look, house, name):
    shown = look(f"/boards/{name}")
    for panel in board_of(name).panels:
        section = shown.page.locator(f"section:has(#{panel})")
        path = section.locator(".more a").get_attribute("href")
        table = look(path)
        rows = table.page.locator("tbody tr").count()
        figure = section.locator(".figure[aria-label]")
        if figure.count():
            label = figure.get_attribute("aria-label")
            count = int(re.search(r"([\d,]+) rows", label)[1].replace(",", ""))
            assert rows == min(count, 1000)
            of_all = table.page.get_by_text(f"The first 1000 of {count} rows.")
            assert of_all.count() == (count > 1000)
        elif section.locator("table").count():
            # by the first cell of each, since others tell how long ago something was
            assert table.page.locator(CELLS).all_inner_texts() == (
                section.locator(CELLS).all_inner_texts()
            )
        else:
            assert rows == 0
        said = " ".join(table.page.locator(".said").all_inner_texts())
        assert said == " ".join(shown.said(panel).split("\n"))


def test_the_list_names_every_board(look):
    page = look("/boards").page

    links = page.locator(".list a").evaluate_all(
        "all => all.map(each => each.getAttribute('href'))"
    )
    assert links == [f"/boards/{name}" for name in NAMES]


def test_an_unknown_board_is_a_page_that_names_those_there_are(look, house):
    shown = look("/boards/nope")

    assert house.ask("/boards/nope", headers=AS_PAGE).status_code == 404
    said = shown.page.locator(".said").inner_text()
    assert said.startswith("There is no board 'nope'. There are: ")
    assert all(name in said for name in NAMES)


@pytest.mark.parametrize("name", FILTERED)
def test_an_unreadable_filter_is_a_page_with_a_sentence(look, house, name):
    for each in board_of(name).filters:
        if each.kind == "text" and not each.options:
            continue
        path = f"/boards/{name}?{urlencode({each.name: FALSE[each.kind]})}"
        assert house.ask(path, headers=AS_PAGE).status_code == 422
        said = look(path).page.locator(".said").inner_text()
        assert said.startswith(f"{each.name} '{FALSE[each.kind]}' is ")


def test_what_a_build_changed_is_drawn_where_one_had_zoomed_to(look, building):
    shown = look("/boards/market?symbol=ETHUSDT&grain=1h&count=48")
    page = shown.page
    plot = page.locator("section:has(#candles) .nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.6, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, middle, steps=5)
    page.mouse.up()
    first = shown.figure("candles")["data"][0]["x"][0]
    wait(page, f"new Date({XAXIS}.range?.[0] + 'Z') > new Date('{first}')")
    page.wait_for_timeout(1000)
    zoomed = shown.figure("candles")["layout"]["xaxis"]["range"]

    building("98765.4321")
    page.evaluate(AGAIN)
    wait(page, f"{CLOSES}.at(-1) == '98765.4321'")

    assert shown.figure("candles")["layout"]["xaxis"]["range"] == zoomed


@pytest.fixture
def without_rows(house):
    """Have marts without rows in place of those that there are."""
    house.query(
        """
        alter schema marts rename to full_marts;
        create schema marts;
        grant usage on schema marts to reader;
        do $$
        declare
            mart record;
        begin
            for mart in
                select relname from pg_class
                where relnamespace = 'full_marts'::regnamespace
                    and relkind in ('r', 'v')
            loop
                execute format(
                    'create table marts.%I (like full_marts.%I)',
                    mart.relname, mart.relname
                );
            end loop;
        end
        $$;
        grant select on all tables in schema marts to reader;
        """,
        role="admin",
    )
    yield
    house.query(
        "drop schema marts cascade; alter schema full_marts rename to marts",
        role="admin",
    )


@pytest.mark.parametrize("name", NAMES)
def test_without_rows_each_panel_says_so_and_what_to_do(
    look, serve, without_rows, name
):
    shown = look(f"/boards/{name}", url=serve())

    for panel in board_of(name).panels:
        assert re.search(
            r"make run|python -m|dbt build|There is no jump", shown.said(panel)
        ), f"{panel}: {shown.said(panel)}"
    assert shown.page.locator(".said code").count()


def test_a_mart_that_is_not_there_is_told_where_it_is_missing_and_the_rest_is_drawn(
    look, house
):
    rename = "alter table marts.{} rename to {}"
    house.query(rename.format("rpt_price_check", "gone"), role="transformer")
    try:
        shown = look("/boards/market?symbol=ETHUSDT&count=33")
        said = shown.said("price_check"), shown.said("largest_differences")
        drawn = shown.figure("candles")["data"][0]["close"]
    finally:
        house.query(rename.format("gone", "rpt_price_check"), role="transformer")

    assert len(drawn) == 33
    assert set(said) == {
        "A mart is not there: build it with dbt build, then ask again."
    }


def test_a_page_says_that_the_database_is_gone_and_shows_again_when_it_is_back(
    look, house
):
    shown = look("/boards/market?symbol=ETHUSDT&grain=4h")
    held = shown.figure("candles")["data"]
    [(data,)] = house.query("show data_directory", role="admin")
    pid = int(Path(data, "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    try:
        shown.page.evaluate(AGAIN)
        wait(shown.page, f"/database/.test({SAID}.innerText)")
        opened = look("/boards/market").page
        said = opened.locator("main .said").inner_text()
        gone = house.ask("/boards/market", headers=AS_PAGE)
    finally:
        assert house.run("warehouse", "start").returncode == 0
    assert (gone.status_code, gone.headers["content-type"][:9]) == (503, "text/html")
    assert "database" in said
    assert "Traceback" not in gone.text

    wait(shown.page, f"{AGAIN}, {SAID}.innerText.indexOf('database') < 0", 1000)
    assert shown.figure("candles")["data"] == held
    assert look("/boards/market").failed == []
