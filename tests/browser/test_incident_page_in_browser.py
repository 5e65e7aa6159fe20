"""The page in a real browser, offline: no console error, no request, readable wide and narrow, light and dark."""

from pathlib import Path

import pytest
from november_story import diagnosis, incident, november_window, plan
from playwright.sync_api import Browser
from tests.browser.chromium import complaints, requests

from poise.incidents.postmortem import markdown
from poise.report.incident_page import html

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    w = november_window()
    path = tmp_path_factory.mktemp("page") / "incident.html"
    path.write_text(html(incident(), w, diagnosis(), plan(), markdown(incident(), w, diagnosis(), plan())), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("width", "scheme", "shown"), [(1064, "light", "wide"), (1064, "dark", "wide"), (390, "light", "narrow"), (390, "dark", "narrow")]
)
def test_it_reads_well_offline(browser: Browser, page_file: Path, tmp_path: Path, width: int, scheme: str, shown: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light", offline=True
    )
    page = context.new_page()
    said, asked = complaints(page), requests(page)
    page.goto(page_file.as_uri())
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [page_file.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    hidden = {"wide": "narrow", "narrow": "wide"}[shown]
    assert page.locator(f".{shown} svg").is_visible()
    assert not page.locator(f".{hidden} svg").is_visible()
    # No text leaves its picture, and the hot server's name is large and on the first screen.
    outside = page.evaluate(
        """shown => { const svg = document.querySelector(`.${shown} svg`), frame = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text')].filter(t => { const b = t.getBoundingClientRect();
        return b.left < frame.left - 1 || b.right > frame.right + 1 }).map(t => t.textContent) }""",
        shown,
    )
    assert outside == []
    hot = page.locator(f".{shown} svg .bh")
    assert hot.text_content() == "app1: 98.9 % of the requests"
    box = hot.bounding_box()
    assert box is not None
    assert box["y"] < 700
    assert box["height"] >= 14
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(20, 24, 29)" if scheme == "dark" else "rgb(255, 255, 255)")
    picture = tmp_path / "page.png"
    page.screenshot(path=picture)
    assert picture.stat().st_size > 20_000
    context.close()
