"""The demo's incident on the served dashboard, from its alert to the published postmortem and the meeting, in a browser, without a reload.

`python -m tests.browser.incident_story docs/images` plays it and takes the pictures of the docs.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page
from tests.browser.chromium import chromium_beside
from tests.web.dashboard_client import TOKEN, StillDesk, opened

from poise.app.dashboard_incidents import Incidents
from poise.app.dashboard_past import Pasts
from poise.app.incident_file import events_of
from poise.incidents.log_event import LogEvent
from poise.store.incident_log import IncidentLog

LOG = Path(__file__).parents[2] / "docs" / "examples" / "postmortems" / "demo.jsonl"
TIMEOUT_MS = 120_000
# What a team says after poise has repaired it: form, and its fields.
SAID: Sequence[tuple[str, Mapping[str, str]]] = (
    ("say", {"text": "Surprised: every server stayed UP"}),
    ("say", {"text": "Others should know: look at shares before the layers below"}),
    ("hypothesis", {"text": "The canary's weights went to the whole pool", "layer": "load-balancer"}),
    ("confirm", {"text": "The canary's weights went to the whole pool", "why": "haproxy.cfg has them for all six servers"}),
    ("action", {"text": "Refuse a change when poise diff exits with 1", "kind": "prevent", "owner": "platform", "due": "2026-12-24"}),
    ("postmortem", {"text": "published"}),
)
Theme = Literal["light", "dark"]


@dataclass
class Seen:
    """What the browser said, what axe found by page, and whether the page was ever loaded anew."""

    console: list[str] = field(default_factory=list)
    axe: dict[str, list[str]] = field(default_factory=dict)
    reloaded: bool = False


async def told(folder: Path, pictures: Path | None = None) -> Seen:
    """Plays it with a store in `folder`."""
    store, seen = folder / "incidents.db", Seen()
    name, events = events_of(LOG)

    async def written() -> None:
        return

    desk = StillDesk()
    desk.incidents = Incidents(store, Pasts(store, written), list)  # type: ignore[attr-defined]
    async with opened(desk) as served, chromium_beside() as browser:
        context = await browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(TIMEOUT_MS)
        page = await context.new_page()
        page.on("console", lambda message: seen.console.append(message.text))
        page.on("pageerror", lambda error: seen.console.append(str(error)))
        base = f"http://127.0.0.1:{served.port}"
        await page.goto(f"{base}/?token={TOKEN}")
        # The alert opens it; the page that somebody opened then goes on by itself.
        alert = next(i for i, event in enumerate(events) if event.kind == "entry" and event.payload.get("kind") == "alert")
        _keep(store, name, events[: alert + 1])
        await page.goto(f"{base}/incidents")
        await page.locator(".iv-list a").first.click()
        await page.wait_for_url("**/incidents/2*")
        await page.evaluate("window.mine = 1")
        _keep(store, name, events[alert + 1 :])
        await page.get_by_text("Cause found:").first.wait_for()
        for act, fields in SAID:
            await _say(page, act, fields)
        await page.get_by_text("postmortem published").first.wait_for()
        seen.reloaded = await page.evaluate("window.mine") != 1
        paths = {"incident": page.url, "library": f"{base}/incidents", "postmortem": f"{page.url}/postmortem"}
        for what, address in paths.items():
            for theme in ("light", "dark"):
                for width in (1280, 390):
                    await _look(browser, await context.storage_state(), address, f"{what} {theme} {width}", seen, pictures)
        assert not served.told
    return seen


async def _say(page: Page, act: str, fields: Mapping[str, str]) -> None:
    form = page.locator(f'form[action$="/{act}"]')
    await page.locator("details.do").first.evaluate("each => each.open = true")
    await form.locator('[name="who"]').fill("on call")
    for name, value in fields.items():
        entry = form.locator(f'[name="{name}"]')
        if await entry.evaluate("each => each.tagName") == "SELECT":
            await entry.select_option(value)
        else:
            await entry.fill(value)
    async with page.expect_response(lambda answer: answer.url.endswith(f"/{act}")) as answered:
        await form.locator("button").click()
    assert (await answered.value).status == 200, act


async def _look(browser: Browser, state: object, address: str, what: str, seen: Seen, pictures: Path | None) -> None:
    name, theme, width = what.split(" ")
    context = await browser.new_context(
        viewport={"width": int(width), "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
        storage_state=state,  # type: ignore[arg-type]
    )
    context.set_default_timeout(TIMEOUT_MS)
    page = await context.new_page()
    await page.goto(address)
    if pictures is not None and (theme, width) == ("light", "1280"):
        await page.screenshot(path=pictures / f"incidents-{name}.png", timeout=TIMEOUT_MS)
    await page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    found = [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in (await Axe().run(page)).response["violations"]]
    if await page.evaluate("document.documentElement.scrollWidth") > int(width):
        found.append("wider than the screen")
    seen.axe[what] = found
    await context.close()


def _keep(store: Path, name: str, events: Sequence[LogEvent]) -> None:
    with IncidentLog(store) as log:
        log.append_all(name, events)


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        result = asyncio.run(told(Path(place), Path(sys.argv[1])))
        sys.stdout.write(f"{result}\n")
