"""The served dashboard in a real browser: the link, the forms with and without a script, and a page of somebody else beside it."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from playwright.async_api import Page, expect
from tests.browser.chromium import chromium_beside
from tests.debian import CHROMIUM, needs_package
from tests.web.dashboard_client import KEY, TOKEN, Opened, StillDesk, opened

pytestmark = pytest.mark.browser
TIMEOUT_MS = 60_000


def play(story: Callable[[Page, Opened, StillDesk, list[str]], Awaitable[None]], script: bool = True) -> None:
    needs_package("chromium", CHROMIUM.exists())

    async def run() -> None:
        desk, said = StillDesk(), []
        async with opened(desk) as served, chromium_beside() as browser:
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


class Network:
    """What lies between the browser and poise: `whole`, `cut` (it swallows what comes, as a network does that says nothing), or `refused`.
    Chromium's own emulation of a lost network lets a stream go on that runs."""

    def __init__(self, port: int) -> None:
        self.port, self.state, self.place = port, "whole", 0
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.place)
        self.place = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        self._open |= {writer, back}

        async def one_way(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                while data := await source.read(65536):
                    if self.state == "whole":
                        target.write(data)
                target.close()

        await asyncio.gather(one_way(reader, back), one_way(there, writer))
        self._open -= {writer, back}


@pytest.mark.parametrize(
    ("how", "seconds"), [("refused", 0), ("cut", 0), pytest.param("cut", 60, marks=[pytest.mark.long, pytest.mark.timeout(600)])]
)
def test_a_network_that_is_cut_is_said_with_its_time_and_the_page_comes_back_by_itself(how: str, seconds: int) -> None:
    """Where the test does not wait a minute the browser's clock does."""

    async def story(page: Page, served: Opened, desk: StillDesk, said: list[str]) -> None:
        network = Network(served.port)
        await network.start()
        if not seconds:
            await page.clock.install()
        await page.goto(f"http://127.0.0.1:{network.place}/")
        await page.evaluate("window.mine = 1")
        pool, lost, clock, share = desk.shown.pools[0], page.locator("#lost"), page.locator("#clock"), page.locator("td.share").first
        ahead = timedelta()

        async def looks() -> None:
            for number in count():
                one = 0.5 + number % 40 / 100
                servers = (replace(pool.servers[0], share=one), replace(pool.servers[1], share=1 - one))
                desk.shown = replace(desk.shown, seen=datetime.now(UTC) + ahead, pools=(replace(pool, servers=servers),))
                desk.rise()
                await asyncio.sleep(0.5)

        looking = asyncio.create_task(looks())
        fresh = re.compile(r"^last look \d s ago$")
        await expect(clock).to_have_text(fresh, timeout=TIMEOUT_MS)
        network.state = how
        if how == "refused":
            await network.refuse()
            await expect(lost).to_have_text(re.compile(r"^No connection to poise since \d\d:\d\d:\d\d UTC: what"), timeout=TIMEOUT_MS)
        await asyncio.sleep(seconds)
        if not seconds:
            ahead = timedelta(seconds=60)
            await page.clock.fast_forward(60_000)
        if how == "cut":
            await expect(lost).to_have_text(re.compile(r"^Nothing heard from poise for \d+ s: what stands"), timeout=TIMEOUT_MS)
        await expect(clock).to_have_text(re.compile(r"^last look \d+ (s|min) ago: does the watch still run\?$"), timeout=TIMEOUT_MS)
        # Nothing is gone; and it comes back by itself.
        stood = await share.inner_text()
        network.state = "whole"
        if how == "refused":
            await network.start()
        await expect(lost).to_be_hidden(timeout=TIMEOUT_MS)
        await expect(share).not_to_have_text(stood, timeout=TIMEOUT_MS)
        await expect(clock).to_have_text(fresh, timeout=TIMEOUT_MS)
        assert await page.evaluate("window.mine") == 1
        looking.cancel()
        await network.refuse()

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
