"""The site in a real browser, opened from a folder: nothing is loaded from elsewhere, axe finds nothing, and the search finds pages."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from tests.browser.chromium import complaints, requests

from poise.app.review import reviewed
from poise.app.site import build
from poise.cli.root import root
from poise.report import review_page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
# A busy machine is slow, not wrong.
PATIENCE_MS = 120_000
DOCS = Path(__file__).parents[2] / "docs"
SEEN = (
    "index.html",
    "search.html?q=weights",
    "guide/index.html",
    "guide/02-distribution.html",
    "rules/uneven-weights.html",
    "how-to/index.html",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("site")
    assert build(place, root, DOCS) > 300
    return place


@pytest.mark.parametrize(("width", "dark"), [(1064, False), (360, True)])
def test_pages_read_well_and_axe_finds_nothing(browser: Browser, folder: Path, width: int, dark: bool) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light", offline=True)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    said, asked = complaints(page), requests(page)
    for name in SEEN:
        page.goto(f"{folder.as_uri()}/{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ("rgb(20, 24, 29)" if dark else "rgb(255, 255, 255)")
        # Axe is a script of the test's: it comes through the debugger, which the policy does not bind.
        found = Axe().run(page, options={"preload": False})
        assert found.violations_count == 0, (name, found.generate_report())
    context.close()
    assert said == []
    assert all(url.startswith(("data:", folder.as_uri())) for url in asked)


@pytest.mark.parametrize(("width", "dark"), [(1064, False), (360, True)])
def test_a_review_with_its_notes_in_the_margin_is_clean(browser: Browser, tmp_path: Path, width: int, dark: bool) -> None:
    text = DOCS.parent / "tests" / "review" / "fresh" / "worked" / "04-status-branch-links.md"
    page_file = tmp_path / "review.html"
    page_file.write_text(review_page.html(reviewed((str(text),))), encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light", offline=True)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(page_file.as_uri())
    assert "restored" in page.inner_text("body")
    found = Axe().run(page, options={"preload": False})
    assert found.violations_count == 0, found.generate_report()
    context.close()


def test_the_search_finds_pages_by_every_word_and_the_box_of_a_page_leads_to_it(browser: Browser, folder: Path) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    page = browser.new_page()
    page.goto(f"{folder.as_uri()}/guide/index.html")
    page.get_by_role("searchbox").fill("uneven weights")
    page.get_by_role("searchbox").press("Enter")
    results = page.locator("#found a")
    expect(results.first).to_have_text("uneven-weights")
    page.get_by_role("searchbox").fill("panic healthy")
    expect(page.locator("#found")).to_contain_text("panic-by-default")
    page.get_by_role("searchbox").fill("zzznothing")
    expect(page.get_by_role("status")).to_have_text("0 pages")
    page.get_by_role("searchbox").fill("troubleshooting tree")
    results.filter(has_text="The troubleshooting tree").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The troubleshooting tree")
    page.close()
