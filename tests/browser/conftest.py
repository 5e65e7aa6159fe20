"""The browser that the tests of one file share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright
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
