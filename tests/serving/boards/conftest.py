"""A browser that looks at the boards of the house, and sees what they ask for."""

import os
import shutil
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
        """Give what a panel's figure draws: data and layout, as Plotly has them."""
        return self.page.evaluate(
            "name => { const place = document.getElementById(name)"
            ".closest('section').querySelector('.shown');"
            "return { data: place.data, layout: place.layout } }",
            panel,
        )

    def said(self, panel: str) -> str:
        """Give what a panel says, such as that it is empty."""
        return self._section(panel).locator(".said").inner_text()

    def table(self, panel: str) -> list[list[str]]:
        """Give the cells of a panel's table, its headings first."""
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


@pytest.fixture
def look(browser, house) -> Iterator[Callable[..., Look]]:
    """Return what opens an address and waits until all is shown.

    Whatever a page asks for must be of its own origin, and no script may fail.
    """
    asked, failed, contexts, origins = [], [], [], set()

    def look(
        path: str,
        *,
        width: int = 1100,
        is_dark: bool = False,
        url: str = "",
        **options: object,
    ) -> Look:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if is_dark else "light",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        shown = Look(page, [])
        page.on("requestfailed", lambda request: shown.failed.append(request.url))
        page.on(
            "response", lambda told: told.status < 400 or shown.failed.append(told.url)
        )
        origins.add(urlsplit(url or house.url)[:2])
        page.goto((url or house.url) + path)
        page.wait_for_selector(SHOWN)
        return shown

    yield look
    for context in contexts:
        context.close()
    # what a page holds itself, such as a picture, is asked of nobody
    outside = [urlsplit(url) for url in asked if not url.startswith(("data:", "blob:"))]
    assert {url[:2] for url in outside} <= origins, asked
    assert failed == []
