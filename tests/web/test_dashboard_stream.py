"""The stream of looks as it is served: each look once, made once for all, packed, slow, broken, and with too many who read."""

import asyncio
import json
import re
import socket
import zlib
from contextlib import suppress
from itertools import pairwise

import pytest
from tests.web.dashboard_client import NOW, TOKEN, Opened, StillDesk, board, events, play, until

from poise.web import feed


def test_each_look_is_an_event_with_its_turn() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        heard: list[str] = []
        task = asyncio.create_task(events(page, page.bearer, 3, heard))
        for turn in (1, 2):
            await until(lambda turn=turn: len(heard) == turn)
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
        heard: list[list[str]] = [[] for _ in range(40)]
        tasks = [asyncio.create_task(events(page, page.bearer, 2, each)) for each in heard]
        await until(lambda: all(heard))
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
        heard: list[str] = []
        task = asyncio.create_task(events(page, page.bearer, 3, heard))
        await until(lambda: bool(heard))
        answer = await page.ask("/events", headers=page.bearer)
        assert answer.status == 503 and "close some" in answer.body
        task.cancel()
        # Who has left makes room, as soon as the server has seen it: until then it refuses.
        found: list[str] = []
        async with asyncio.timeout(20):
            while not found:
                with suppress(AssertionError):
                    found = await events(page, page.bearer, 1)

    play(story)


def test_who_takes_it_packed_gets_the_same_events_in_less() -> None:
    """Each piece is packed once for all, so it must stand alone: two viewers who came at different times read the same."""

    async def story(page: Opened, desk: StillDesk) -> None:
        desk.shown = board(servers=300)
        begun = asyncio.Event()

        async def read(last: bytes) -> tuple[bytes, int]:
            reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
            head = f"host: localhost\r\nauthorization: Bearer {TOKEN}\r\naccept-encoding: gzip"
            writer.write(f"GET /events HTTP/1.1\r\n{head}\r\n\r\n".encode())
            assert b"content-encoding: gzip" in await reader.readuntil(b"\r\n\r\n")
            unpacker, text, size = zlib.decompressobj(zlib.MAX_WBITS | 16), b"", 0
            while last not in text or not text.endswith(b"\n\n"):
                length = int(await reader.readline(), 16)
                text += unpacker.decompress((await reader.readexactly(length + 2))[:-2])
                size += length
                if b"id: 1\n" in text:
                    begun.set()
            writer.close()
            return text, size

        first = asyncio.create_task(read(b"id: 2\n"))
        await begun.wait()
        desk.rise()
        (text, size), (later, _) = await first, await read(b"id: 2\n")
        assert text.startswith(b"retry: 1000\n\nid: ") and later.endswith(text[text.index(b"id: 2") :])
        assert size < len(text) / 4

    play(story)
