"""The browser that the tests of one file share, and a window of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from tests.browser.chromium import FLAGS
from tests.debian import CHROMIUM, needs_package


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Skips where Chromium is not installed, as every test that needs it."""
    needs_package("chromium", CHROMIUM.exists())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """As wide as a screen; with nothing kept of another test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()
