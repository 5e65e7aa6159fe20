"""Who may open the dashboard, and what everybody else is told."""

import asyncio
import re
import time
from contextlib import suppress
from urllib.parse import urlencode

import pytest
from tests.web.dashboard_client import KEY, TOKEN, Opened, StillDesk, play, until

from poise.web import door, serve
from poise.web.bucket import Bucket
from poise.web.gate import Gate
from poise.web.session import LASTS_SECONDS, Sessions

FORM = {"content-type": "application/x-www-form-urlencoded"}
ACKNOWLEDGE = f"/alerts/{KEY}/acknowledge"


def test_the_link_becomes_a_cookie_and_the_address_without_it() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        answer = await page.ask(f"/pool/lb1/web?at=2026-11-27T02%3A00%3A00Z&token={TOKEN}")
        assert answer.status == 303
        assert answer.headers["location"] == "/pool/lb1/web?at=2026-11-27T02%3A00%3A00Z"
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"poise-{page.port}=") and TOKEN not in cookie
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
        found = await page.ask("/", headers={"cookie": cookie.partition(";")[0]})
        assert found.status == 200 and TOKEN not in found.body

    play(story)


def test_the_link_leads_to_no_other_host() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        answer = await page.ask(f"//evil.example/?token={TOKEN}")
        assert answer.status == 303 and answer.headers["location"] == "/evil.example/"

    play(story)


def test_a_session_survives_a_restart_and_ends_after_its_time_and_cannot_be_made_up() -> None:
    now = [1e9]
    before, after = (Sessions(TOKEN, 7640, lambda: now[0]) for _ in range(2))
    cookie = before.begin().partition(";")[0]
    session = after.of(cookie)
    assert session is not None and after.is_csrf(session, before.csrf(session))
    assert Sessions(TOKEN, 7641, lambda: now[0]).of(cookie) is None
    assert Sessions(f"{TOKEN}!", 7640, lambda: now[0]).of(cookie) is None
    name, _, value = cookie.partition("=")
    later = re.sub(r"^\d+", str(int(now[0]) + 5), value)
    for forged in (later, value[:-1] + ("0" if value[-1] != "0" else "1"), "", "..", "a.b.c", "9" * 5000, 'x"\\', value.rpartition(".")[0]):
        assert after.of(f"{name}={forged}") is None
    now[0] += LASTS_SECONDS
    assert after.of(cookie) is None


REFUSED = [
    ("no token", "/", {}, 401, "open the link"),
    ("a wrong token in the link", "/?token=wrong", {}, 401, "not the token"),
    ("half of the token", f"/?token={TOKEN[:-1]}", {}, 401, "not the token"),
    ("a wrong bearer", "/api/v1/board", {"authorization": "Bearer wrong"}, 401, "Authorization: Bearer"),
    ("another scheme", "/api/v1/board", {"authorization": f"Basic {TOKEN}"}, 401, "Authorization: Bearer"),
    ("a forged cookie", "/", {"cookie": "poise-1=1.2.3"}, 401, "open the link"),
    ("another host", f"/?token={TOKEN}", {"host": "evil.example"}, 421, "localhost"),
    ("a host that begins well", f"/?token={TOKEN}", {"host": "127.0.0.1.evil.example:80"}, 421, "localhost"),
    ("a host of other letters", f"/?token={TOKEN}", {"host": "[::1].evil.example"}, 421, "localhost"),
    ("a long address", f"/?at={'x' * 9000}", {}, 414, "longer than 8192 bytes"),
    ("long headers", "/", {"x-long": "x" * 25_000}, 431, "longer than 24576 bytes"),
    ("nothing there, for strangers", "/nothing", {}, 401, "open the link"),
    ("a script, for strangers", "/static/board.js", {}, 401, "open the link"),
    ("the stream, for strangers", "/events", {}, 401, "open the link"),
]


@pytest.mark.parametrize(("path", "headers", "status", "said"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
def test_who_is_refused_hears_why_and_what_to_do(path: str, headers: dict[str, str], status: int, said: str) -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        answer = await page.ask(path, headers=headers)
        assert answer.status == status and said in answer.body, answer
        assert answer.headers["content-type"].startswith("text/plain")
        assert TOKEN not in answer.body and "Traceback" not in answer.body and "set-cookie" not in answer.headers
        assert not desk.asked_at and not page.told

    play(story)


def test_what_changes_something_comes_from_a_page_of_ours() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        cookie, other = await page.log_in(), await page.log_in()
        sessions = Sessions(TOKEN, page.port, time.time)

        def csrf(of: dict[str, str]) -> str:
            session = sessions.of(of["cookie"])
            assert session is not None
            return sessions.csrf(session)

        def form(**said: str) -> bytes:
            return urlencode({"who": "Ada", "why": "on it", **said}).encode()

        ours = {**cookie, **FORM, "origin": f"http://127.0.0.1:{page.port}"}
        good = form(csrf=csrf(cookie))
        for headers, body, said in (
            ({**ours, "origin": "http://evil.example"}, good, "Origin"),
            ({**ours, "origin": "null"}, good, "Origin"),
            ({**ours, "origin": ""}, good, "Origin"),
            ({**ours, "origin": f"http://127.0.0.1:{page.port + 1}"}, good, "Origin"),
            ({**ours, "sec-fetch-site": "same-site"}, good, "Origin"),
            (ours, form(), "token is missing"),
            (ours, form(csrf="wrong"), "token is missing"),
            (ours, form(csrf=csrf(other)), "of another session"),
            ({**ours, "content-type": "text/plain"}, good, "token is missing"),
        ):
            answer = await page.ask(ACKNOWLEDGE, "POST", headers, body)
            assert answer.status == 403 and said in answer.body, (headers, answer)
        assert not desk.done
        assert (await page.ask(ACKNOWLEDGE, "POST", ours, good)).headers["location"] == "/alerts"
        assert (await page.ask(ACKNOWLEDGE, "POST", {**ours, "x-csrf": csrf(cookie)}, form())).status == 303
        # A program bears the token itself, which no other page can make a browser send.
        body = b'{"who": "Ada", "why": "on it", "minutes": 30}'
        assert (await page.ask(f"/api/v1/alerts/{KEY}/silence", "POST", page.bearer, body)).status == 200
        assert desk.done == [("acknowledge", KEY, "Ada", "on it")] * 2 + [("silence", KEY, "Ada", "on it", 30)]

    play(story)


def test_a_body_that_is_too_large_is_refused_before_it_is_read() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        body = b"x" * (door.MOST_BODY + 1)
        answer = await page.ask("/api/v1/what-if", "POST", page.bearer, body)
        assert answer.status == 413 and "larger than 65536 bytes" in answer.body
        many = urlencode({f"weight.{i}": 1 for i in range(5001)}).encode()
        assert len(many) > door.MOST_BODY or (await page.ask("/what-if", "POST", {**page.bearer, **FORM}, many)).status == 400

    play(story)


def test_every_answer_tells_the_browser_to_trust_nothing_else() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        cookie = await page.log_in()
        desk.breaks = None
        answers = [
            await page.ask("/", headers=cookie),
            await page.ask("/"),
            await page.ask("/nothing", headers=cookie),
            await page.ask("/api/v1/board", headers=cookie),
            await page.ask(f"/?token={TOKEN}"),
            await page.ask("/alerts", "DELETE", cookie),
        ]
        desk.breaks = ValueError("broken")
        answers.append(await page.ask("/", headers=cookie))
        assert [answer.status for answer in answers] == [200, 401, 404, 200, 303, 403, 500]
        for answer in answers:
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cross-origin-opener-policy"] == answer.headers["cross-origin-resource-policy"] == "same-origin"
            assert answer.headers["cache-control"] == "no-store"
            assert not {"server", "access-control-allow-origin"} & answer.headers.keys()

    play(story)


def test_a_defect_is_told_once_where_the_watch_runs_and_shows_nothing_of_itself() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        desk.breaks = ValueError("secret of the inside")
        for _ in range(3):
            answer = await page.ask("/api/v1/board", headers=page.bearer)
            assert answer.status == 500 and "secret" not in answer.body and "Traceback" not in answer.body
        (line,) = page.told
        assert "ValueError: secret of the inside" in line and "report it" in line
        desk.breaks = None
        assert (await page.ask("/api/v1/board", headers=page.bearer)).status == 200

    play(story)


def test_a_bucket_gives_so_many_at_once_and_so_many_a_second() -> None:
    now = [0.0]
    bucket = Bucket(3, 2, lambda: now[0])
    assert [bucket.take() for _ in range(4)] == [0, 0, 0, 0.5]
    now[0] = 0.5
    assert [bucket.take() for _ in range(2)] == [0, 0.5]
    now[0] = 1000.0
    assert [bucket.take() for _ in range(4)] == [0, 0, 0, 0.5]


def test_a_flood_of_strangers_neither_shuts_out_who_is_known_nor_runs_faster_than_it_is_let(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a token sixty requests are answered at once, then twenty a second; what is beyond waits, on each connection, and ends it."""
    for module in (door, serve):
        monkeypatch.setattr(module, "HELD_SECONDS", 0.2)
    connections, enough, at_most = 50, 300, 60.0

    async def story(page: Opened, desk: StillDesk) -> None:
        statuses: list[int] = []
        began = time.monotonic()

        async def flood() -> None:
            while len(statuses) < enough and time.monotonic() < began + at_most:
                # What stands behind the first is sent with it, and is not answered where that one is refused.
                reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
                with suppress(ConnectionError):
                    writer.write(2 * f"GET / HTTP/1.1\r\nhost: localhost:{page.port}\r\n\r\n".encode())
                    said = (await reader.readuntil(b"\r\n\r\n")).decode()
                    statuses.append(int(said.split()[1]))
                    assert statuses[-1] == 401 or ("retry-after: 1" in said and "connection: close" in said)
                writer.close()

        floods = [asyncio.create_task(flood()) for _ in range(connections)]
        # From then on strangers are held back.
        await until(lambda: 429 in statuses)
        answers = [await page.ask("/api/v1/board", headers=page.bearer), await page.ask(f"/?token={TOKEN}")]
        answers.append(await page.ask("/", headers=await page.log_in()))
        assert [answer.status for answer in answers] == [200, 303, 200]
        await asyncio.gather(*floods)
        seconds = time.monotonic() - began
        assert set(statuses) == {401, 429} and len(statuses) >= enough
        # The bucket's sixty and twenty a second; the rest is held for 0.2 s each.
        assert statuses.count(401) <= 60 + 20 * seconds + 1
        assert statuses.count(429) <= connections * (seconds / 0.2 + 1)

    play(story)


KNOWN = [
    ("GET / HTTP/1.1\r\nhost: localhost\r\nAuthorization:  bearer {token}\r\n\r\n", True),
    ("GET / HTTP/1.1\nhost: localhost\ncookie: a=b; {cookie}; c=d\n\n", True),
    ("GET / HTTP/1.1\r\nCookie:{cookie}\r\n\r\n", True),
    ("GET /?at=x&token={token} HTTP/1.1\r\n\r\n", True),
    ("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n", False),
    ("GET / HTTP/1.1\r\nauthorization: Bearer {token}x\r\n\r\n", False),
    ("GET /?token=wrong HTTP/1.1\r\n\r\n", False),
    ("GET / HTTP/1.1\r\ncookie: x{cookie}\r\n\r\n", False),
    ("GET / HTTP/1.1\r\ncookie: {cookie}0\r\n\r\n", False),
    ("GET / HTTP/1.1\r\nx-note: authorization: Bearer {token}\r\n\r\n", False),
]


@pytest.mark.parametrize(("head", "known"), KNOWN)
def test_the_gate_holds_back_strangers_where_their_bucket_is_empty_and_nobody_else(head: str, known: bool) -> None:
    sessions = Sessions(TOKEN, 7640, time.time)
    strangers = Bucket(1, 0.001, lambda: 0.0)
    gate = Gate(sessions, Bucket(1, 1, lambda: 0.0), strangers)
    said = head.format(token=TOKEN, cookie=sessions.begin().partition(";")[0]).encode()
    assert gate.passes(said)
    strangers.take()
    assert gate.passes(said) is known


def test_a_request_that_arrives_byte_by_byte_is_answered() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
        for byte in f"GET /api/v1/board HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\n\r\n":
            writer.write(byte.encode())
            await asyncio.sleep(0)
        assert b" 200 " in await reader.readuntil(b"\r\n")
        writer.close()

    play(story)


def test_who_fills_all_places_shuts_out_nobody_who_was_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty places, forty strangers that say nothing or ask and stay; a stream that is open, and somebody who comes."""
    monkeypatch.setattr(serve, "MOST_CONNECTIONS", 20)

    async def story(page: Opened, desk: StillDesk) -> None:
        reader, viewer = await asyncio.open_connection("127.0.0.1", page.port)
        viewer.write(f"GET /events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\n\r\n".encode())
        assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
        strangers = [(await asyncio.open_connection("127.0.0.1", page.port))[1] for _ in range(40)]
        for writer in strangers[::2]:
            writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        await asyncio.sleep(0.5)
        assert (await page.ask("/api/v1/board", headers=page.bearer)).status == 200
        await reader.readuntil(b"id: 1\n")
        desk.rise()
        async with asyncio.timeout(20):
            await reader.readuntil(b"id: 2\n")
        for writer in (viewer, *strangers):
            writer.close()

    play(story)
