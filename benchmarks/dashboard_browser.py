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
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from tests.browser.dashboard_pages import FLAGS
from tests.debian import CHROMIUM

from benchmarks.dashboard import Watched, watch
from benchmarks.measure import machine
from benchmarks.scale import limit
from benchmarks.simulated import SERVERS_PER_POOL, Simulated
from poise.lab.ports import take_ports

MOST_PAINT_MS, MOST_KB, MOST_LOOK_MS = 1000, 300, 200
PATIENCE_MS = 120_000
LOADED = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .filter(each => !each.name.includes('/events') && !each.name.includes('/api/')).reduce((sum, each) => sum + each.decodedBodySize, 0)"""
PAINT = "() => performance.getEntriesByType('paint').find(each => each.name === 'first-contentful-paint')?.startTime"


def opened(browser: Browser, watched: Watched, path: str = "/") -> Page:
    """A page of a browser that was never there before."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    separator = "&" if "?" in path else "?"
    page.goto(f"http://127.0.0.1:{watched.port}{path}{separator}token={watched.token}", timeout=PATIENCE_MS)
    page.wait_for_function(f"({PAINT})() > 0", timeout=PATIENCE_MS)
    return page


def paints(browser: Browser, watched: Watched, loads: int) -> bool:
    """Of the first page and that of a pool."""
    first = opened(browser, watched)
    pool = str(first.locator("a[href^='/pool/']").first.get_attribute("href"))
    first.context.close()
    kept = True
    for path in ("/", pool):
        found, sizes = [], []
        for _ in range(loads):
            page = opened(browser, watched, path)
            found.append(page.evaluate(PAINT))
            sizes.append(page.evaluate(LOADED))
            page.context.close()
        print(f"{path}: first paint of {loads} loads without a cache, ms: {[round(each) for each in found]}")
        kept &= limit("first paint, the median", median(found), MOST_PAINT_MS, "ms")
        kept &= limit("loaded, unpacked", max(sizes) / 1e3, MOST_KB, "kB")
    return kept


def worked(session: CDPSession) -> float:
    """Seconds of processor time of the page's main thread so far."""
    metrics: list[dict[str, Any]] = session.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


def looks(browser: Browser, watched: Watched, servers: int, count: int) -> bool:
    """Of a page on which every pool is open."""
    page = opened(browser, watched)
    page.evaluate("document.querySelectorAll('details.pool').forEach(each => { each.open = true })")
    page.wait_for_function(f"document.querySelectorAll('.servers tbody tr').length === {servers}", timeout=PATIENCE_MS)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    seen = "document.body.dataset.seen"
    found = []
    for _ in range(count):
        before, stood = worked(session), page.evaluate(seen)
        page.wait_for_function(f"{seen} !== {stood!r}", timeout=PATIENCE_MS, polling=100)
        page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        found.append(1000 * (worked(session) - before))
    print(f"{servers} servers, all on the page: work of each look, ms: {[round(each) for each in found]}")
    return limit("work of a look, the worst", max(found), MOST_LOOK_MS, "ms")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard_browser", description=__doc__.partition("\n")[0])
    parser.add_argument("--servers", type=int, default=1000)
    parser.add_argument("--loads", type=int, default=5)
    parser.add_argument("--looks", type=int, default=20)
    given = parser.parse_args()
    print(f"{machine()}; {given.servers} servers in {max(1, given.servers // SERVERS_PER_POOL)} pools\n")
    ports = take_ports(491)
    with tempfile.TemporaryDirectory(prefix="poise-dashboard-") as name, sync_playwright() as playwright:
        folder = Path(name)
        simulated = Simulated(folder / "lb", 1, given.servers, 30, "haproxy", 0, True)
        try:
            with watch(str(simulated.configurations[0]), folder / "watch", ports.first) as served:
                browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS, timeout=PATIENCE_MS)
                print(f"Chromium {browser.version}")
                kept = paints(browser, served, given.loads)
                kept &= looks(browser, served, given.servers, given.looks)
                browser.close()
        finally:
            simulated.close()
            ports.release()
    sys.exit(not kept)


if __name__ == "__main__":
    main()
