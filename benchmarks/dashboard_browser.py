"""What the dashboard costs a browser: the first paint, what is loaded for it, and the work of each look.

    python -m benchmarks.dashboard_browser                 1,000 servers in 50 pools, every pool opened
    python -m benchmarks.dashboard_browser --servers 20

Chromium without a window opens the pages of a real `poise watch`, whose HAProxy is a socket that answers what a real one of that size
answered. The first paint is what the browser's own PerformancePaintTiming says; the work of a look is the processor time of the page's main
thread from one event to the next (scripts, styles, layout and the rest), by the browser's own account. The exit code is 1 where a limit is
passed.
"""

import argparse
import sys
import time
from statistics import median
from typing import Any

from playwright.sync_api import Browser
from tests.browser.chromium import chromium

from benchmarks.dashboard import Watched, balancer, watch
from benchmarks.measure import machine
from benchmarks.scale import limit
from benchmarks.simulated import SERVERS_PER_POOL

MOST_PAINT_MS, MOST_KB, MOST_LOOK_MS = 1000, 300, 200
PATIENCE_MS = 120_000
LOADED = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .filter(each => !each.name.includes('/events') && !each.name.includes('/api/')).reduce((sum, each) => sum + each.decodedBodySize, 0)"""
PAINT = "() => performance.getEntriesByType('paint').find(each => each.name === 'first-contentful-paint')?.startTime"


class Opened:
    """A page of a browser that was never there before, at its first paint."""

    def __init__(self, browser: Browser, watched: Watched, path: str = "/") -> None:
        self.page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        self._session = self.page.context.new_cdp_session(self.page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.page.goto(f"http://127.0.0.1:{watched.port}{path}?token={watched.token}", timeout=PATIENCE_MS)
        self.until(f"({PAINT})() > 0")

    @property
    def work_ms(self) -> float:
        """Processor time of the page's main thread so far."""
        metrics: list[dict[str, Any]] = self._session.send("Performance.getMetrics")["metrics"]
        return 1000 * float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))

    def until(self, true: str) -> None:
        """Waits for it, and not for ever. The page's policy forbids the library's own way, which evaluates text in the page."""
        end = time.monotonic() + PATIENCE_MS / 1000
        while not self.page.evaluate(true):
            assert time.monotonic() < end, true
            # To ask is work of the page's, too.
            time.sleep(0.1)

    def close(self) -> None:
        """With its cache."""
        self.page.context.close()


def paints(browser: Browser, watched: Watched, loads: int) -> bool:
    """Of the first page and that of a pool."""
    first = Opened(browser, watched)
    pool = str(first.page.locator("a[href^='/pool/']").first.get_attribute("href"))
    first.close()
    kept = True
    for path in ("/", pool):
        found, sizes, work = [], [], []
        for _ in range(loads):
            opened = Opened(browser, watched, path)
            found.append(opened.page.evaluate(PAINT))
            work.append(opened.work_ms)
            sizes.append(opened.page.evaluate(LOADED))
            opened.close()
        print(f"{path}: first paint of {loads} loads without a cache, ms: {[round(each) for each in found]}")
        print(f"    work of the page's main thread by then and a little after, ms: {[round(each) for each in work]}")
        kept &= limit("first paint, the median", median(found), MOST_PAINT_MS, "ms")
        kept &= limit("loaded, unpacked", max(sizes) / 1e3, MOST_KB, "kB")
    return kept


def looks(browser: Browser, watched: Watched, servers: int, count: int) -> bool:
    """Of a page on which every pool is open."""
    opened = Opened(browser, watched)
    opened.page.evaluate("document.querySelectorAll('details.pool').forEach(each => { each.open = true })")
    opened.until(f"document.querySelectorAll('.servers tbody tr').length === {servers}")
    seen, found = "document.body.dataset.seen", []
    for _ in range(count):
        before, stood = opened.work_ms, opened.page.evaluate(seen)
        opened.until(f"{seen} !== {stood!r}")
        opened.page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        found.append(opened.work_ms - before)
    print(f"{servers} servers, all on the page: work of each look, ms: {[round(each) for each in found]}")
    kept = limit("work of a look, the median", median(found), MOST_LOOK_MS, "ms")
    return limit("work of a look, the worst", max(found), MOST_LOOK_MS, "ms") and kept


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard_browser", description=__doc__.partition("\n")[0])
    parser.add_argument("--servers", type=int, default=1000)
    parser.add_argument("--loads", type=int, default=5)
    parser.add_argument("--looks", type=int, default=20)
    given = parser.parse_args()
    print(f"{machine()}; {given.servers} servers in {max(1, given.servers // SERVERS_PER_POOL)} pools\n")
    with (
        balancer(given.servers) as (folder, config, port),
        watch(config, folder / "watch", port) as served,
        chromium() as browser,
    ):
        print(f"Chromium {browser.version}")
        kept = paints(browser, served, given.loads)
        kept &= looks(browser, served, given.servers, given.looks)
    sys.exit(not kept)


if __name__ == "__main__":
    main()
