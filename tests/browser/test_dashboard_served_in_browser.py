"""The served dashboard in a real browser: the link, the forms with and without a script, and a page of somebody else beside it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from playwright.async_api import Browser, Page, async_playwright
from tests.browser.test_incident_page_in_browser import FLAGS
from tests.debian import CHROMIUM, needs_package
from tests.web.dashboard_client import KEY, TOKEN, Opened, StillDesk, opened

pytestmark = pytest.mark.browser
TIMEOUT_MS = 60_000


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    needs_package("chromium", CHROMIUM.exists())
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS, timeout=TIMEOUT_MS)
        yield browser
        await browser.close()


def play(story: Callable[[Page, Opened, StillDesk, list[str]], Awaitable[None]], script: bool = True) -> None:
    async def run() -> None:
        desk, said = StillDesk(), []
        async with opened(desk) as served, browsing() as browser:
            context = await browser.new_context(java_script_enabled=script)
            context.set_default_timeout(TIMEOUT_MS)
            page = await context.new_page()
            page.on("console", lambda message: said.append(f"{message.text} ({page.url})"))
            page.on("pageerror", lambda error: said.append(str(error)))
            await page.goto(f"http://127.0.0.1:{served.port}/?token={TOKEN}")
            await story(page, served, desk, said)
            assert not served.told

    asyncio.run(run())


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without"])
def test_an_alert_is_taken_in_hand_and_silenced_by_its_forms(script: bool) -> None:
    """The browser sends the cookie, our Origin and the form's token, and the policy stops nothing of ours."""

    async def story(page: Page, served: Opened, desk: StillDesk, said: list[str]) -> None:
        assert page.url == f"http://127.0.0.1:{served.port}/" and TOKEN not in await page.content()
        for verb in ("acknowledge", "silence"):
            await page.goto(f"http://127.0.0.1:{served.port}/alerts")
            form = page.locator(f'form[action="/alerts/{KEY}/{verb}"]')
            await page.locator("details", has=form).first.evaluate("each => each.open = true")
            await form.locator('[name="who"]').fill("Ada")
            await form.locator('[name="why"]').fill("weights are being put back")
            async with page.expect_response(lambda answer: "/alerts" in answer.url and answer.request.method == "POST") as answered:
                await form.locator("button").click()
            assert (await answered.value).status in (200, 303)
            await page.wait_for_load_state()
        assert [each[:3] for each in desk.done] == [("acknowledge", KEY, "Ada"), ("silence", KEY, "Ada")]
        assert said == []

    play(story, script)


def test_a_look_moves_what_stands_without_a_reload() -> None:
    async def story(page: Page, served: Opened, desk: StillDesk, said: list[str]) -> None:
        await page.evaluate("window.mine = 1")
        pool = desk.shown.pools[0]
        servers = (replace(pool.servers[0], share=0.6), replace(pool.servers[1], share=0.4))
        desk.shown = replace(desk.shown, headline="pool web: app1 gets 60 %", pools=(replace(pool, servers=servers),))
        desk.rise()
        await page.get_by_text("60.0 %").first.wait_for()
        await page.get_by_text("pool web: app1 gets 60 %").first.wait_for()
        assert await page.evaluate("window.mine") == 1 and said == []

    play(story)


def test_a_page_of_somebody_else_beside_it_changes_nothing() -> None:
    """Another port of the same host is the same site: the browser sends our cookie with its form, and says where it came from."""

    async def story(page: Page, served: Opened, desk: StillDesk, said: list[str]) -> None:
        place = f"http://127.0.0.1:{served.port}/alerts/{KEY}/acknowledge"
        form = f'<form method="post" action="{place}"><input name="who" value="Eve"><input name="why" value="x"><button>go</button></form>'
        sent: list[str] = []

        async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            sent.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {len(form)}\r\n\r\n{form}".encode())
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(other, "127.0.0.1", 0) as evil:
            await page.goto(f"http://127.0.0.1:{evil.sockets[0].getsockname()[1]}/")
            async with page.expect_response(place) as answered:
                await page.get_by_role("button").click()
            answer = await answered.value
            assert answer.status == 403 and "Origin" in await answer.text()
            # It was our session that was refused.
            assert f"poise-{served.port}=" in (await answer.request.all_headers()).get("cookie", "")
        assert not desk.done

    play(story)
