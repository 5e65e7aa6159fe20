"""The teams' pages in a real browser, offline: no console error, no request, nothing wider than a phone, light and dark, on paper."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser
from stack_arithmetic import HEALTHY, STORIES, Story
from tests.browser.chromium import complaints, requests

from poise.diagnosis.engine import diagnose
from poise.diagnosis.several import Looked
from poise.faults import plan_for
from poise.report.evidence_page import pages

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    seen = Story().run(60, HEALTHY).run(20, STORIES["uneven 3/1/1/1"][2]).window()
    found = diagnose(seen)
    place = tmp_path_factory.mktemp("evidence")
    for name, text in pages(found, (Looked("lb1", seen, found),), plan_for(found.best, seen)).items():
        (place / name).write_text(text, encoding="utf-8")
    return place


@pytest.mark.parametrize(("width", "dark"), [(1064, False), (360, True)])
def test_they_read_well_offline(browser: Browser, folder: Path, width: int, dark: bool) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light", offline=True)
    page = context.new_page()
    said, asked = complaints(page), requests(page)
    for name in ("index.html", "load-balancer.html", "database.html"):
        page.goto((folder / name).as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        lead = page.locator("h1.lead").bounding_box()
        assert lead is not None
        assert lead["y"] + lead["height"] < 800, "the answer is on the first screen"
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == ("rgb(20, 24, 29)" if dark else "rgb(255, 255, 255)")
    page.goto((folder / "index.html").as_uri())
    page.get_by_role("link", name="the network").click()
    assert page.url == (folder / "network.html").as_uri()
    assert said == []
    assert all(url.startswith(("data:", folder.as_uri())) for url in asked)
    context.close()


def test_on_paper_every_hypothesis_is_open(browser: Browser, folder: Path) -> None:
    page = browser.new_page()
    page.goto((folder / "load-balancer.html").as_uri())
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert len(page.pdf()) > 10_000
    page.close()
