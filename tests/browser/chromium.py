"""Debian's Chromium as tests and measurements start it, and what goes wrong in its pages."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from playwright import async_api, sync_api
from tests.debian import CHROMIUM

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
# A busy machine is slow, not wrong.
START_MS = 120_000


@contextmanager
def chromium() -> Iterator[sync_api.Browser]:
    """Runs while the block does."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS, timeout=START_MS)
        yield browser
        browser.close()


@asynccontextmanager
async def chromium_beside() -> AsyncIterator[async_api.Browser]:
    """The same beside what else the loop does."""
    async with async_api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS, timeout=START_MS)
        yield browser
        await browser.close()


def complaints(page: sync_api.Page) -> list[str]:
    """Grows with all that the page's console says and with the errors of its scripts; those of a good page are none."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def requests(page: sync_api.Page) -> list[str]:
    """Grows with the address of each request that the page makes."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked
