"""Debian's Chromium as the tests start it, and what goes wrong in its pages."""

from playwright.sync_api import Page

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]


def complaints(page: Page) -> list[str]:
    """Grows with all that the page's console says and with the errors of its scripts; those of a good page are none."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def requests(page: Page) -> list[str]:
    """Grows with the address of each request that the page makes."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked
