"""The story of 10 November on the page that somebody left open: even, one server hot, repaired; a real stack, a real watch, no reload.

`python -m tests.browser.dashboard_story docs/images [PRODUCT…]` tells it of each product and takes the pictures of the how-to.
"""

import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Page, expect
from tests.browser.chromium import chromium_beside

from poise.lab import faults
from poise.lab.plan import LabPlan
from poise.lab.product import ProductName
from poise.lab.stack import PRODUCTS, Lab

FAULT = "uneven-weights"
# A machine with other work beside it tells the same story later.
PATIENCE_MS = 120_000
COUNTED_MS = 12_000
LINK = re.compile(r"http://127\.0\.0\.1:\d+/")
Shot = Callable[[Page, str], Awaitable[None]]


@dataclass
class Told:
    """What the page showed. Seconds are from the change of the load balancer until it stood on the page; `said` is what went wrong."""

    hot_seconds: float = 0.0
    fixed_seconds: float = 0.0
    hot: list[str] = field(default_factory=list)
    headline: str = ""
    shares: dict[str, list[str]] = field(default_factory=dict)
    loads: int = 0
    said: list[str] = field(default_factory=list)


async def no_picture(page: Page, scene: str) -> None:
    """For a test."""


@asynccontextmanager
async def watched(lab: Lab, folder: Path) -> AsyncIterator[str]:
    """The link of a `poise watch` of that stack."""
    said = folder / "said"
    command = [sys.executable, "-m", "poise.cli", "watch", str(lab.config_path), "--store", str(folder / "s.db"), "--dashboard", "0"]
    with said.open("wb") as out:
        process = await asyncio.create_subprocess_exec(*command, stdout=out, stderr=out, env={**os.environ, "COLUMNS": "400"})
    try:
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while (found := LINK.search(said.read_text())) is None:
                assert process.returncode is None, said.read_text()
                await asyncio.sleep(0.1)
        yield f"{found[0]}?token={(folder / 'dashboard.token').read_text()}"
    finally:
        process.kill()
        await process.wait()


async def shares(page: Page) -> list[str]:
    """What stands beside each bar."""
    return await page.locator("td.share").all_inner_texts()


async def tell(lab: Lab, folder: Path, shot: Shot = no_picture) -> Told:
    """The story of a running stack."""
    told = Told()
    async with watched(lab, folder) as link, chromium_beside() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        expect.set_options(timeout=PATIENCE_MS)
        page.on("console", lambda message: told.said.append(message.text))
        page.on("pageerror", lambda error: told.said.append(str(error)))
        await page.goto(link, timeout=PATIENCE_MS)
        page.on("load", lambda _: setattr(told, "loads", told.loads + 1))
        headline, pool = page.locator("#headline"), page.locator(".pool")
        await expect(pool).to_have_class("pool good")
        told.shares["even"] = await shares(page)
        await shot(page, "even")
        await faults.inject(lab, FAULT)
        began = time.monotonic()
        await expect(page.locator("tr.hot")).to_have_count(1)
        told.hot_seconds = time.monotonic() - began
        # It is counted over ten seconds: until then some requests of before are among them.
        await expect(page.locator("tr.hot .share")).to_have_text(re.compile(r"9[6-9]\.\d %|100\.0 %"))
        told.hot, told.headline = await page.locator("tr.hot .name").all_inner_texts(), await headline.inner_text()
        told.shares["hot"] = await shares(page)
        await shot(page, "hot")
        await faults.clear(lab, FAULT)
        began = time.monotonic()
        await expect(pool).to_have_class("pool good")
        told.fixed_seconds = time.monotonic() - began
        await expect(page.locator("tr.hot, tr.bad")).to_have_count(0)
        told.shares["fixed"] = await shares(page)
        await shot(page, "fixed")
    return told


async def story(product: ProductName, folder: Path, shot: Shot = no_picture) -> Told:
    """The same with a stack of its own below that folder, which must have a short name."""
    lab = Lab(folder / "lab", LabPlan(seed=61 + list(PRODUCTS).index(product), rate=40.0, service_ms=150.0), product=product)
    await lab.start()
    try:
        return await tell(lab, folder, shot)
    finally:
        await lab.stop()


def pictures(folder: Path, product: str) -> Shot:
    """Each scene as a screen shows it; the hot one as a phone does at night, too. All figures are then of what runs since the change."""

    async def shot(page: Page, scene: str) -> None:
        if scene != "hot" and product != "haproxy":
            return
        await page.wait_for_timeout(COUNTED_MS)
        await page.screenshot(path=folder / f"dashboard-{product}-{scene}.png")
        if scene == "hot" and product == "haproxy":
            await page.emulate_media(color_scheme="dark")
            await page.set_viewport_size({"width": 390, "height": 844})
            await page.screenshot(path=folder / f"dashboard-{product}-{scene}-phone.png")
            await page.emulate_media(color_scheme="light")
            await page.set_viewport_size({"width": 1280, "height": 900})

    return shot


def main(folder: Path, products: list[str]) -> None:
    """Pictures of these products' stories."""
    folder.mkdir(parents=True, exist_ok=True)
    for product in PRODUCTS:
        if product in products or not products:
            with tempfile.TemporaryDirectory(prefix="p") as place:
                print(f"{product}: {asyncio.run(story(product, Path(place), pictures(folder, product)))}")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
