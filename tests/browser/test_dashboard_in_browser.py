"""The dashboard in a real browser, under the policy it is served with: read, walked through by keyboard, moved by events, cut off."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, expect
from tests.browser.dashboard_pages import HERE, PATHS, SCENES, Pages
from tests.browser.opened_dashboard import EVENTS, opened
from tests.report.dashboard.looks_by_arithmetic import EVEN, FOUR, HOT, NOW, QUIET, look, november, topology, window

from poise.report.dashboard.compact import compact

pytestmark = pytest.mark.browser
MOST_BYTES = 300_000


@pytest.mark.timeout(600)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(browser: Browser, theme: Any) -> None:
    found: dict[str, list[str]] = {}
    said: list[str] = []
    for width, scene, paths in (
        (1280, "november", tuple(PATHS)),
        (390, "pair", ("board", "pool")),
        (1280, "then", ("board",)),
        (1280, "large", ("pool",)),
    ):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
        context.add_init_script(EVENTS)
        # Axe is a script of the test's: it comes through the debugger, which the policy does not bind.
        SCENES[scene]().serve(context)
        for name in paths:
            page = context.new_page()
            page.on("console", lambda message: said.append(message.text))
            page.goto(HERE + PATHS[name])
            if name == "what-if":
                page.get_by_role("button", name="Forecast").click()
                page.get_by_text("not met").wait_for()
            page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
            violations = Axe().run(page).response["violations"]
            found[f"{scene} {name} {width}"] = [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in violations]
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{scene} {name} is wider than the screen"
            page.close()
        context.close()
    assert {name: each for name, each in found.items() if each} == {}
    assert said == []


def test_the_hot_server_is_on_the_first_screen_large_and_named(context: BrowserContext) -> None:
    page, said = opened(context, SCENES["november"]())
    assert page.title().startswith("Bad: pool web: app1 gets 96.2 % of the requests, the needs want 25 %")
    bar = page.locator("tr.hot .bar").bounding_box()
    others = [each.bounding_box() for each in page.locator("tr:not(.hot) .bar").all()]
    assert bar is not None and bar["y"] < 700 and all(other is not None and other["width"] < bar["width"] / 20 for other in others)
    assert page.locator("tr.hot .name").inner_text() == "app1" and page.locator("tr.hot").count() == 1
    # A bar that is full at 100 %: 96.25 % of its 1,000 units, the tick at a quarter.
    assert page.locator("tr.hot .bar").get_attribute("width") in ("962", "963")
    assert page.locator("tr.hot .tick").get_attribute("x1") == "250"
    assert said == []


def test_the_keyboard_alone_reaches_everything(context: BrowserContext) -> None:
    page, _ = opened(context, SCENES["november"]())
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    wanted = page.evaluate(
        "[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary')]"
        ".filter(each => each.checkVisibility()).length"
    )
    reached, rings = set(), []
    for _ in range(wanted * 3):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => { const e = document.activeElement; window.all ??= [...document.querySelectorAll('*')];
            return [window.all.indexOf(e), e.matches('a, button, input, select, summary'),
            getComputedStyle(e).outlineStyle + (getComputedStyle(e).outlineStyle === 'solid' ? '' : ` ${e.outerHTML}`)] }"""
        )
        if not at[1]:
            break
        reached.add(at[0])
        rings.append(at[2])
    assert len(reached) == wanted
    assert set(rings) == {"solid"}


def test_the_skip_link_leads_past_the_header(context: BrowserContext) -> None:
    page, _ = opened(context, SCENES["november"]())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to what is wrong"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_an_event_moves_what_stands_and_fetches_nothing(context: BrowserContext) -> None:
    pages = Pages([look(window(FOUR, QUIET, needs={"web": EVEN}))])
    page, said = opened(context, pages)
    row = page.locator("tbody tr").first
    assert row.locator(".share").inner_text() == "25.0 %"
    page.evaluate("document.querySelector('tbody tr').dataset.mine = 'kept'")
    asked = len(pages.asked)
    # Half again as much for app1, too little to be uneven: 30 of 90 are 33.3 %.
    pages.looks = [look(window(FOUR, {**QUIET, "web/app1": 21.0}, needs={"web": EVEN}))]
    page.evaluate("data => look(data)", compact(pages.board()))
    # 210 of 810.
    assert row.locator(".share").inner_text() == "25.9 %"
    assert row.locator(".bar").get_attribute("width") == f"{1000 * 0.259 / 0.3:.0f}"
    assert row.get_attribute("data-mine") == "kept" and len(pages.asked) == asked
    assert said == []


def test_where_the_page_is_another_its_part_is_fetched_and_what_is_open_stays_open(context: BrowserContext) -> None:
    pages = Pages([look(window(FOUR, QUIET, needs={"web": EVEN}))])
    page, said = opened(context, pages)
    page.locator(".travel summary").click()
    pages.looks = [look(november())]
    page.evaluate("data => look(data)", compact(pages.board()))
    page.locator("tr.hot").wait_for()
    assert pages.asked.count("GET /part/board") == 1
    assert page.locator("#headline").get_attribute("class") == "headline bad"
    assert page.locator("details.travel").get_attribute("open") is not None
    # The same look again: nothing is fetched.
    page.evaluate("data => look(data)", compact(pages.board()))
    assert pages.asked.count("GET /part/board") == 1
    assert said == []


def test_nothing_is_drawn_anew_while_somebody_writes(context: BrowserContext) -> None:
    pages = Pages([look(november())])
    page, _ = opened(context, pages, "/alerts")
    page.locator("details.do summary").first.click()
    who = page.locator("input.who").first
    who.fill("ada")
    pages.looks = [replace(pages.looks[0], alerts=pages.looks[0].alerts[:1])]
    page.evaluate("data => look(data)", compact(pages.board()))
    assert who.input_value() == "ada" and "GET /part/alerts" not in pages.asked


def test_a_lost_connection_is_said_and_it_comes_back_by_itself(context: BrowserContext) -> None:
    pages = SCENES["november"]()
    page = context.new_page()
    lost = page.locator("#lost")
    with pages.listening(0) as port:
        page.goto(f"http://127.0.0.1:{port}/")
        expect(page.locator("#clock")).to_contain_text("ago")
        expect(lost).to_be_hidden()
    expect(lost).to_have_text(re.compile("^No connection to poise since .* UTC: what stands here is old"), timeout=30_000)
    # What stood there still stands.
    assert page.locator("tr.hot .name").inner_text() == "app1"
    with pages.listening(port):
        expect(lost).to_be_hidden(timeout=60_000)


def test_its_age_is_shown(context: BrowserContext) -> None:
    pages = Pages([look(window(FOUR, QUIET))])
    page, _ = opened(context, pages)
    page.clock.install(time=NOW + timedelta(seconds=2))
    page.goto(HERE)
    page.evaluate("data => look(data)", compact(pages.board()))
    expect(page.locator("#clock")).to_have_text(re.compile(r"^last look \d+ s ago"))
    page.clock.fast_forward(60_000)
    expect(page.locator("#clock")).to_have_text(re.compile(r"^last look [6-9]\d s ago: does the watch still run\?$"))
    assert "stale" in (page.locator("#clock").get_attribute("class") or "")


def test_the_past_stands_still_says_so_and_its_links_keep_the_moment(context: BrowserContext) -> None:
    pages = SCENES["then"]()
    page, said = opened(context, pages, "/?at=2026-11-22T12:00:00Z")
    assert "As it was at 2026-11-22 12:00:00 UTC" in page.locator(".then").inner_text()
    links = [each.get_attribute("href") or "" for each in page.locator("nav a, .pools .small a").all()]
    assert links and all("at=2026-11-22T12" in link for link in links if not link.startswith("/what-if?load"))
    assert page.evaluate("window.source") is None
    assert page.locator("form[method=post], .alert a").count() == 0
    assert said == []


def test_it_is_readable_without_javascript(browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    pages = SCENES["november"]()
    pages.serve(context)
    page = context.new_page()
    page.goto(HERE)
    assert page.locator("tr.hot .share").inner_text() == "96.3 %"
    assert page.locator("noscript meta[http-equiv=refresh]").count() == 1 or 'http-equiv="refresh"' in page.content()
    page.locator(".alert a").first.click()
    forms = page.locator("form[method=post]").all()
    assert forms and all((form.get_attribute("action") or "").startswith("/alerts/") for form in forms)
    context.close()


def test_hostile_names_are_text(context: BrowserContext) -> None:
    names = ("<script>window.hurt=1</script>", '"><img src=x onerror=window.hurt=1>', "app\u202etxt.exe", "x" * 1_000_000)
    pool = "web'};//<b>"
    hostile = topology({pool: names})
    rates = {f"{pool}/{name}": rate for name, rate in zip(names, (90.0, 10.0, 10.0, 10.0), strict=True)}
    pages = Pages([look(window(hostile, rates, seconds=70, needs={pool: EVEN}))])
    page, said = opened(context, pages)
    page.evaluate("data => look(data)", compact(pages.board()))
    assert page.evaluate("window.hurt") is None
    shown = page.locator("th .name").all_inner_texts()
    assert shown[:3] == [names[0], names[1], "app\\u202etxt.exe"] and len(shown[3]) == 600
    assert sum(pages.sizes.values()) < MOST_BYTES and len(json.dumps(compact(pages.board()))) < 20_000
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert said == []


def test_a_refused_form_says_why(context: BrowserContext) -> None:
    pages = Pages([look(window(FOUR, HOT, needs={"web": EVEN}))])
    page, _ = opened(context, pages, "/alerts")
    context.route(
        f"{HERE}/alerts/*/silence", lambda route: route.fulfill(status=400, body="<main><h1>No</h1><p>silence it for less</p></main>")
    )
    page.locator("details.do summary").first.click()
    form = page.locator("form[action$=silence]").first
    form.locator("input[name=who]").fill("ada")
    form.locator("input[name=why]").fill("known")
    form.get_by_role("button").click()
    expect(page.locator("#lost")).to_contain_text("silence it for less")
    assert page.locator(".alert").count() >= 1
