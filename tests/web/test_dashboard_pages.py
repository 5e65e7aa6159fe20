"""The pages, the stream and the API as they are served: moments, forms, names that are hostile."""

import asyncio
import json
import re
import socket
import time
import zlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import pairwise
from urllib.parse import quote, urlencode

import pytest
from tests.web.dashboard_client import KEY, NOW, TOKEN, Opened, StillDesk, board, opened

from poise.web import feed
from poise.web.desk import Asked, RefusedError
from poise.web.pages import address
from poise.web.session import Sessions

PAGES = ("/", "/pool/lb1/web", "/alerts", "/diagnosis", "/review", "/what-if")
MOMENT = "2026-11-27T02:00:00Z"


def play(story: Callable[[Opened, StillDesk], Awaitable[None]], desk: StillDesk | None = None) -> None:
    async def run() -> None:
        with_desk = desk or StillDesk()
        async with opened(with_desk) as page:
            await story(page, with_desk)

    asyncio.run(run())


def test_each_page_is_there_and_so_is_its_part_without_the_frame() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        cookie = await page.log_in()
        for path in PAGES:
            whole = await page.ask(path, headers=cookie)
            part = await page.ask(f"/part{'/board' if path == '/' else path}", headers=cookie)
            assert whole.status == part.status == 200, path
            assert whole.headers["content-type"] == part.headers["content-type"] == "text/html; charset=utf-8"
            assert "<html" in whole.body and "<html" not in part.body
        rows = await page.ask("/part/pool/lb1/web?rows=1", headers=cookie)
        assert rows.status == 200 and "app2" in rows.body and "<html" not in rows.body
        assert not page.told

    play(story)


def test_a_moment_is_kept_by_every_link() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        cookie = await page.log_in()
        for path in PAGES:
            answer = await page.ask(f"{path}?at={quote(MOMENT)}", headers=cookie)
            assert answer.status == 200
            links = [link for link in re.findall(r'href="(/[^"]*)"', answer.body) if not link.startswith(("/static/", "/api/"))]
            without = [link for link in links if "at=" not in link]
            # One link of each page leads back to now.
            assert links and len(set(without)) <= 1, (path, without)
        assert set(desk.asked_at) == {datetime(2026, 11, 27, 2, tzinfo=UTC)}

    play(story)


@pytest.mark.parametrize(
    "said", ["2026-11-27T02:00:00+00:00", "2026-11-27T02:00", "2026-11-27T03:00:00+01:00", "2026-11-27T02:00:00%2B00:00"]
)
def test_a_moment_may_be_written_in_several_ways(said: str) -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        assert (await page.ask(f"/api/v1/board?at={said}", headers=page.bearer)).status == 200
        assert desk.asked_at == [datetime(2026, 11, 27, 2, tzinfo=UTC)]

    play(story)


WRONG = [
    ("/api/v1/board?at=yesterday", 400, "write it as 2026-11-27T03:00:00Z"),
    ("/api/v1/board?at=9999-12-31T23:59:59-23:59", 400, "is no moment"),
    ("/api/v1/heat?load_balancer=lb1&pool=web&minutes=0", 400, "from 1 to 1440"),
    ("/api/v1/heat?load_balancer=lb1&pool=web&minutes=%D9%A3", 400, "from 1 to 1440"),
    ("/api/v1/heat?load_balancer=lb1", 400, "pool is missing"),
    ("/api/v1/heat?load_balancer=lb1&pool=api", 404, "no pool 'api'"),
    ("/api/v1/nothing", 404, "no such page"),
    ("/pool/lb1/api", 404, "no pool 'api'"),
    ("/static/../door.py", 404, "no such file"),
    ("/static/%2e%2e/door.py", 404, "no such file"),
]


@pytest.mark.parametrize(("path", "status", "said"), WRONG)
def test_what_is_wrong_with_an_address_is_said(path: str, status: int, said: str) -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        answer = await page.ask(path, headers=page.bearer)
        assert answer.status == status and said in answer.body and answer.headers["content-type"].startswith("text/plain"), answer
        assert not page.told

    play(story)


def test_a_browser_is_told_on_a_page() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        cookie = {**await page.log_in(), "accept": "text/html,*/*;q=0.8"}
        answer = await page.ask("/pool/lb1/%3Cscript%3Ealert(1)%3C%2Fscript%3E", headers=cookie)
        assert answer.status == 404 and "<html" in answer.body and "no pool" in answer.body and "<script>alert" not in answer.body
        desk.breaks = RefusedError("nothing is kept of 2023", 404)
        answer = await page.ask("/?at=2023-01-01T00:00:00Z", headers=cookie)
        assert answer.status == 404 and "nothing is kept of 2023" in answer.body

    play(story)


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a\x1b[31m\x00b",
    "\u202eevil\u2066",
    "../..//%2F?#",
    "a" * 1_000_000,
    "\udce9",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_is_text(name: str) -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        cookie = await page.log_in()
        mine = address(desk.shown.pools[0])
        for path in (each.replace("lb1/web", mine) for each in PAGES):
            answer = await page.ask(path, headers=cookie)
            assert answer.status == 200, (path[:100], answer.body[:300])
            assert "<script>alert" not in answer.body and "onerror=alert(1)>" not in answer.body
            # What is read; a form sends a name as it is.
            read = re.sub(r'="[^"]*"', "", answer.body)
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e\u2066]", read) and len(read) < 100_000
            assert len(answer.body) < 600_000 + 3 * len(name)
        found = await page.ask("/api/v1/board", headers=cookie)
        assert json.loads(found.body)["pools"][0]["algorithm"] == "roundrobin"
        (event,) = await events(page, cookie, 1)
        assert len(event) < 20_000 and json.loads(event.partition("data: ")[2])["level"] == "bad"
        assert not page.told

    play(story, StillDesk(board(name, name, name)))


def test_what_if_is_asked_by_the_form_and_shown_with_what_was_asked() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        cookie = await page.log_in()
        sessions = Sessions(TOKEN, page.port, time.time)
        session = sessions.of(cookie["cookie"])
        assert session is not None
        ours = {**cookie, "content-type": "application/x-www-form-urlencoded", "origin": f"http://127.0.0.1:{page.port}"}
        said = [("csrf", sessions.csrf(session)), ("load_balancer", "lb1"), ("pool", "web"), ("weight.app1", "5"), ("weight.app2", "")]
        answer = await page.ask("/what-if", "POST", ours, urlencode([*said, ("lost", "app2"), ("surge", "1.5")]).encode())
        assert answer.status == 200
        assert desk.done == [("what if", Asked("lb1", "web", {"app1": 5}, ("app2",), 1.5))]
        answer = await page.ask("/part/what-if", "POST", ours, urlencode([*said, ("surge", "many")]).encode())
        assert answer.status == 200 and "many" in answer.body and "is no number" in answer.body
        assert len(desk.done) == 1

    play(story)


BODIES = [
    (b"", 400, "no JSON object"),
    (b"[1]", 400, "no JSON object"),
    (b"[" * 50_000, 400, "no JSON object"),
    (b'{"load_balancer": "lb1"}', 400, "pool is empty"),
    (b'{"load_balancer": "lb1", "pool": "web", "weights": {"app1": -1}}', 400, "from 0 to 65535"),
    (b'{"load_balancer": "lb1", "pool": "web", "weights": {"app1": 1.5}}', 400, "whole number"),
    (b'{"load_balancer": "lb1", "pool": "web", "weights": {"app1": 1e999}}', 400, "whole number"),
    (b'{"load_balancer": "lb1", "pool": "web", "lost": "app1"}', 400, "as a list"),
    (b'{"load_balancer": "lb1", "pool": "web", "surge": NaN}', 400, "from 0.01"),
    (b'{"load_balancer": "lb1", "pool": "api"}', 404, "no such pool"),
]


@pytest.mark.parametrize(("body", "status", "said"), BODIES, ids=range(len(BODIES)))
def test_what_is_wrong_with_a_body_is_said(body: bytes, status: int, said: str) -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        answer = await page.ask("/api/v1/what-if", "POST", page.bearer, body)
        assert answer.status == status and said in answer.body, answer
        assert not page.told and not desk.done

    play(story)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"why": "x", "minutes": 1}', "who is empty"),
        (b'{"who": "  ", "why": "x", "minutes": 1}', "who is empty"),
        (b'{"who": "Ada", "why": "", "minutes": 1}', "why is empty"),
        (b'{"who": "Ada", "why": "x", "minutes": 0}', "no silence lasts for ever"),
        (b'{"who": "Ada", "why": "x", "minutes": true}', "no silence lasts for ever"),
        (b'{"who": "Ada", "why": "x"}', "no silence lasts for ever"),
        (json.dumps({"who": "Ada", "why": "x" * 1001, "minutes": 1}).encode(), "longer than 1000"),
    ],
)
def test_nobody_silences_without_a_name_a_reason_and_an_end(body: bytes, said: str) -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        answer = await page.ask(f"/api/v1/alerts/{KEY}/silence", "POST", page.bearer, body)
        assert answer.status == 400 and said in answer.body
        assert not desk.done

    play(story)


async def events(page: Opened, headers: dict[str, str], count: int) -> list[str]:
    """The next so many events, and comments, of a stream that is opened now."""
    reader, writer = await asyncio.open_connection("127.0.0.1", page.port, limit=1 << 22)
    try:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"GET /events HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"text/event-stream" in head and b" 200 " in head, head
        found: list[str] = []
        text = b""
        async with asyncio.timeout(20):
            while len(found) < count:
                size = int(await reader.readline(), 16)
                text += await reader.readexactly(size)
                await reader.readline()
                while b"\n\n" in text:
                    event, _, text = text.partition(b"\n\n")
                    if not event.startswith(b"retry:"):
                        found.append(event.decode())
        return found[:count]
    finally:
        writer.close()


def test_each_look_is_an_event_with_its_turn() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        task = asyncio.create_task(events(page, page.bearer, 3))
        for _ in range(2):
            await asyncio.sleep(0.3)
            desk.rise()
        first, second, third = await task
        assert [event.split("\n")[:2] for event in (first, second, third)] == [[f"id: {turn}", "event: look"] for turn in (1, 2, 3)]
        known = json.loads(third.split("\n")[2].removeprefix("data: "))
        assert known["turn"] == 3 and known["level"] == "bad" and len(known["pools"]) == 1
        assert known["seen"] == NOW.isoformat().replace("+00:00", "Z")

    play(story)


def test_a_look_is_made_into_an_event_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = feed.compact
    monkeypatch.setattr(feed, "compact", lambda seen: made.append(1) or real(seen))

    async def story(page: Opened, desk: StillDesk) -> None:
        tasks = [asyncio.create_task(events(page, page.bearer, 2)) for _ in range(40)]
        await asyncio.sleep(2.0)
        desk.rise()
        for found in await asyncio.gather(*tasks):
            assert found[-1].startswith("id: 2\n")
        assert len(made) == 2

    play(story)


def test_who_is_slow_gets_the_newest_and_no_queue() -> None:
    """A look of 2,000 servers is a hundred kilobytes. What the sockets hold is late, then comes what is newest."""

    async def story(page: Opened, desk: StillDesk) -> None:
        ids = [int(found) for found in re.findall(r"id: (\d+)", await slow(page, desk))]
        assert ids == sorted(set(ids)) and ids[-1] == desk.turn == 201
        # It slept through 200 looks of 100 kB; what the sockets hold came late, and then the newest.
        assert len(ids) < 20 and max(b - a for a, b in pairwise(ids)) > 50

    async def slow(page: Opened, desk: StillDesk) -> str:
        async def look() -> None:
            for _ in range(200):
                desk.rise()
                await asyncio.sleep(0.02)

        looking = asyncio.create_task(look())
        narrow = socket.create_connection(("127.0.0.1", page.port))
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        reader, writer = await asyncio.open_connection(sock=narrow, limit=65536)
        writer.write(f"GET /events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\n\r\n".encode())
        await looking
        newest, text = desk.turn, b""
        async with asyncio.timeout(100):
            while f"id: {newest}\n".encode() not in text:
                text += await reader.read(65536)
        writer.close()
        return text.decode("utf-8", "replace")

    play(story, StillDesk(board(servers=2000)))


def test_a_defect_ends_the_stream_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(seen: object) -> None:
        raise ValueError("odd")

    async def story(page: Opened, desk: StillDesk) -> None:
        for _ in range(2):
            answer = await page.ask("/events", headers=page.bearer)
            assert answer.status == 200 and "data:" not in answer.body and "odd" not in answer.body
        assert page.told == ["could not: the dashboard's stream: ValueError: odd; this is a defect of poise, please report it"]

    monkeypatch.setattr(feed, "compact", broken)
    play(story)


def test_a_quiet_stream_says_that_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "STILL_HERE_SECONDS", 0.2)

    async def story(page: Opened, desk: StillDesk) -> None:
        _, second, third = await events(page, page.bearer, 3)
        assert second == third == ": still here"

    play(story)


def test_too_many_viewers_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MOST_VIEWERS", 1)

    async def story(page: Opened, desk: StillDesk) -> None:
        task = asyncio.create_task(events(page, page.bearer, 3))
        await asyncio.sleep(0.5)
        answer = await page.ask("/events", headers=page.bearer)
        assert answer.status == 503 and "close some" in answer.body
        task.cancel()
        await asyncio.sleep(0.5)
        # Who has left makes room.
        assert await events(page, page.bearer, 1)

    play(story)


def test_scripts_are_kept_by_the_browser_for_as_long_as_they_are_the_same() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        cookie = await page.log_in()
        answer = await page.ask("/", headers=cookie)
        links = re.findall(r'"(/static/[^"]+)"', answer.body)
        assert links
        for link in links:
            found = await page.ask(link.replace("&amp;", "&"), headers=cookie)
            assert found.status == 200 and "immutable" in found.headers["cache-control"], link
            stale = await page.ask(re.sub(r"v=\w+", "v=old", link), headers=cookie)
            assert stale.headers["cache-control"] == "no-cache"
            again = await page.ask(link.partition("?")[0], headers={**cookie, "if-none-match": stale.headers["etag"]})
            assert again.status == 304 and not again.body

    play(story)


def test_who_takes_it_packed_gets_the_same_events_in_less() -> None:
    """Each piece is packed once for all, so it must stand alone: two viewers who came at different times read the same."""

    async def story(page: Opened, desk: StillDesk) -> None:
        desk.shown = board(servers=300)

        async def read(until: bytes) -> tuple[bytes, int]:
            reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
            head = f"host: localhost\r\nauthorization: Bearer {TOKEN}\r\naccept-encoding: gzip"
            writer.write(f"GET /events HTTP/1.1\r\n{head}\r\n\r\n".encode())
            assert b"content-encoding: gzip" in await reader.readuntil(b"\r\n\r\n")
            unpacker, text, size = zlib.decompressobj(zlib.MAX_WBITS | 16), b"", 0
            while until not in text or not text.endswith(b"\n\n"):
                length = int(await reader.readline(), 16)
                text += unpacker.decompress((await reader.readexactly(length + 2))[:-2])
                size += length
            writer.close()
            return text, size

        first = asyncio.create_task(read(b"id: 2\n"))
        await asyncio.sleep(0.5)
        desk.rise()
        (text, size), (later, _) = await first, await read(b"id: 2\n")
        assert text.startswith(b"retry: 1000\n\nid: ") and later.endswith(text[text.index(b"id: 2") :])
        assert size < len(text) / 4

    play(story)


def test_a_large_pool_is_read_by_the_hundred() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        desk.shown = board(servers=250)
        cookie = await page.log_in()

        async def rows(path: str) -> list[str]:
            answer = await page.ask(path, headers=cookie)
            assert answer.status == 200, answer
            return re.findall(r'<tr data-i="(\d+)"', answer.body)

        assert len(await rows("/pool/lb1/web")) == 100 and len(await rows("/")) == 20
        assert await rows("/pool/lb1/web?from=200") == await rows("/part/pool/lb1/web?from=200") == [str(i) for i in range(200, 250)]
        form = (await page.ask("/what-if?load_balancer=lb1&pool=web&from=200", headers=cookie)).body
        assert re.findall(r'name="weight.(\w+)"', form) == [f"app{i}" for i in range(201, 251)]
        # Servers that are gone since the link was made: the last that there are.
        assert (await rows("/pool/lb1/web?from=900"))[-1] == "249"
        assert (await page.ask("/pool/lb1/web?from=x", headers=cookie)).status == 400

    play(story)
