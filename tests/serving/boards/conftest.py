"""A browser that looks at the boards of the house, and sees what they ask for."""

import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SHOWN = "main:not(:has([aria-busy]))"


@dataclass
class Look:
    """A page that has shown all its panels."""

    page: Page
    failed: list[str]
    """What of its requests came to nothing, or to an error."""

    def figure(self, panel: str) -> dict:
        """Return what a panel's figure draws: data and layout, as Plotly has them."""
        return self.page.evaluate(
            "name => { const place = document.getElementById(name)"
            ".closest('section').querySelector('.shown');"
            "return { data: place.data, layout: place.layout } }",
            panel,
        )

    def said(self, panel: str) -> str:
        """Return what a panel says, such as that it is empty."""
        return self._section(panel).locator(".said").inner_text()

    def table(self, panel: str) -> list[list[str]]:
        """Return the cells of a panel's table, its headings first."""
        return (
            self._section(panel)
            .locator("table")
            .evaluate(
                "table => [...table.rows].map(row => "
                "[...row.cells].map(cell => cell.innerText))"
            )
        )

    def _section(self, panel: str):
        return self.page.locator(f"section:has(#{panel})")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Debian's chromium; without it these tests skip, but where CI runs."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        missing = "The boards' tests want a browser: apt-get install chromium"
        (pytest.fail if os.environ.get("CI_RUN") else pytest.skip)(missing)
    with sync_playwright() as driver:
        started = driver.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def idle(browser) -> dict[tuple[int, bool], list[Page]]:
    """Return the pages that nobody looks at, by width and darkness.

    Each has a context of its own. A new one reads all scripts anew, which takes longer
    than a board.
    """
    return defaultdict(list)


@pytest.fixture
def look(browser, idle, house) -> Iterator[Callable[..., Look]]:
    """Return what opens an address and waits until all is shown.

    Whatever a page asks for must be of its own origin, and no script may fail.
    """
    asked, failed, looks, origins = [], [], [], set()

    def look(
        path: str,
        *,
        width: int = 1100,
        is_dark: bool = False,
        url: str = "",
        **options: object,
    ) -> Look:
        kind = (width, is_dark)
        if options or not idle[kind]:
            context = browser.new_context(
                viewport={"width": width, "height": 900},
                color_scheme="dark" if is_dark else "light",
                **options,
            )
            page = context.new_page()
        else:
            page = idle[kind].pop()
        shown = Look(page, [])
        told = {
            "request": lambda request: asked.append(request.url),
            "pageerror": lambda error: failed.append(str(error)),
            "requestfailed": lambda request: shown.failed.append(request.url),
            "response": lambda told: told.status < 400 or shown.failed.append(told.url),
        }
        for event, note in told.items():
            page.on(event, note)
        looks.append((page, told, None if options else kind))
        origins.add(urlsplit(url or house.url)[:2])
        page.goto((url or house.url) + path)
        page.wait_for_selector(SHOWN)
        return shown

    yield look
    for page, told, kind in looks:
        for event, note in told.items():
            page.remove_listener(event, note)
        if kind:
            _leave(page)
            idle[kind].append(page)
        else:
            page.context.close()
    # what a page holds itself, such as a picture, is asked of nobody
    outside = [urlsplit(url) for url in asked if not url.startswith(("data:", "blob:"))]
    assert {url[:2] for url in outside} <= origins, asked
    assert failed == []


def _leave(page: Page) -> None:
    """Leave nothing of what a page showed, its answers and the mouse neither."""
    page.mouse.move(0, 0)
    page.goto("about:blank")
    session = page.context.new_cdp_session(page)
    session.send("Network.clearBrowserCache")
    session.detach()
