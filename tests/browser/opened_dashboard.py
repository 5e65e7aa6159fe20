"""A page of the dashboard in a browser, whose events a test sends."""

from playwright.sync_api import BrowserContext, Page
from tests.browser.chromium import complaints
from tests.browser.dashboard_pages import HERE, Pages

# Stands in for the browser's own: tests send what they like, and time what the page makes of it until it is laid out.
EVENTS = """
window.took = [];
window.EventSource = class extends EventTarget {
  constructor() { super(); this.readyState = 1; window.source = this; }
  close() { this.readyState = 2; }
};
window.EventSource.CLOSED = 2;
window.look = (data) => new Promise((done) => {
  window.source.dispatchEvent(new MessageEvent("look", { data: JSON.stringify(data) }));
  const begun = performance.now();
  requestAnimationFrame(() => { document.body.getBoundingClientRect(); window.took.push(performance.now() - begun); setTimeout(done); });
});
"""


def opened(context: BrowserContext, pages: Pages, path: str = "/") -> tuple[Page, list[str]]:
    """The page, and what went wrong in it."""
    context.add_init_script(EVENTS)
    pages.serve(context)
    page = context.new_page()
    said = complaints(page)
    page.goto(HERE + path)
    return page, said
