"""The browser that the tests of one file share, and a window of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext
from tests.browser.chromium import chromium
from tests.debian import CHROMIUM, needs_package


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Skips where Chromium is not installed, as every test that needs it."""
    needs_package("chromium", CHROMIUM.exists())
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """As wide as a screen; with nothing kept of another test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()
