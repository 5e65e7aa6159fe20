"""`poise watch` serves its dashboard of a real HAProxy: as fresh as its looks, and there again after a kill."""

import asyncio
import http.client
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from tests.small_haproxy import SmallHaproxy, small_haproxy, until

from poise.app.dashboard_page import dashboard_page
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick
from poise.model.sample import Stack, Window


@contextmanager
def watch(haproxy: SmallHaproxy, folder: Path, said: Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "poise.cli", "watch", str(haproxy.config), "--store", str(folder / "s.db")]
    with said.open("wb") as out:
        process = subprocess.Popen([*command, "--dashboard", str(haproxy.spare)], stdout=out, stderr=out)
    try:
        until(lambda: "dashboard:" in said.read_text())
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def traffic(haproxy: SmallHaproxy) -> Iterator[None]:
    """Some fifty requests a second."""
    over = threading.Event()

    def send() -> None:
        while not over.wait(0.02):
            haproxy.ask()

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)


def get(port: int, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    link.request("GET", path, headers=headers)
    return link.getresponse()


def looks(port: int, headers: dict[str, str], count: int) -> list[tuple[float, dict[str, Any]]]:
    """The next events of the stream, with the second in which each came."""
    stream, found = get(port, "/events", headers), []
    while len(found) < count:
        line = stream.readline()
        assert line, "the stream ended"
        if line.startswith(b"data: "):
            found.append((time.time(), json.loads(line[6:])))
    stream.close()
    return found


def weight(folder: Path, server: str, value: int) -> None:
    with socket.socket(socket.AF_UNIX) as asked:
        asked.connect(str(folder / "admin.sock"))
        asked.sendall(f"set server web/{server} weight {value}\n".encode())
        asked.recv(1000)


@pytest.mark.live
@pytest.mark.timeout(180)
def test_the_dashboard_is_as_fresh_as_its_looks_and_survives_a_kill(tmp_path: Path) -> None:
    said = tmp_path / "said"
    with small_haproxy(tmp_path, "admin") as haproxy, traffic(haproxy):
        with watch(haproxy, tmp_path, said):
            text = said.read_text()
            token = (tmp_path / "dashboard.token").read_text()
            # Nobody sits before a file: the token is not in it.
            assert token not in text and str(tmp_path / "dashboard.token") in text
            answer = get(haproxy.spare, f"/?token={token}", {})
            assert answer.status == 303
            cookie = SimpleCookie(answer.headers["set-cookie"])
            session = {"cookie": "; ".join(f"{name}={each.value}" for name, each in cookie.items())}
            page = get(haproxy.spare, "/", session)
            assert page.status == 200 and b"app1" in page.read()
            seen = looks(haproxy.spare, session, 6)
            late = [at - datetime.fromisoformat(known["seen"]).timestamp() for at, known in seen[1:]]
            assert median(late) < 1.0, late
            # Who turns a weight sees the bars move: of 3:1 three quarters, of 1:1 half.
            weight(tmp_path, "app1", 1)

            def share(at: str = "") -> float:
                (pool,) = json.load(get(haproxy.spare, f"/api/v1/pools?at={at}", session))["pools"]
                return {each["server"]: each["share"] or 0.0 for each in pool["servers"]}["app1"]

            until(lambda: abs(share() - 0.5) < 0.05)
            # What waits for the disk is written when somebody asks for it, and so it is there after the kill.
            last, moment = seen[-1][1]["turn"], seen[-1][1]["seen"]
            assert share(moment) == pytest.approx(0.75, abs=0.05)
        with pytest.raises(OSError, match="refused"):
            get(haproxy.spare, "/", session)
        with watch(haproxy, tmp_path, tmp_path / "again"):
            assert (tmp_path / "dashboard.token").read_text() == token
            ((_, first),) = looks(haproxy.spare, session, 1)
            assert first["turn"] < last
            assert share(moment) == pytest.approx(0.75, abs=0.05)
        assert "Traceback" not in said.read_text() + (tmp_path / "again").read_text()


def test_a_port_that_is_taken_is_passed_over_or_told(tmp_path: Path) -> None:
    """Of the usual ones the next that is free is taken; where somebody named one, it is that one or none, and the watch goes on."""

    async def flush() -> None: ...

    async def story() -> list[str]:
        taken = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
        port = taken.sockets[0].getsockname()[1]
        found: list[str] = []
        here = datetime.now(UTC)
        for ports in ((port, 0), (port,)):
            told: asyncio.Queue[str] = asyncio.Queue()
            async with dashboard_page(ports, tmp_path / "s.db", True, flush, told.put_nowait) as page:
                page.show(Watched("lb1", ()), Tick(here, Window(Stack(), here)))
                async with asyncio.timeout(30):
                    found.append(await told.get())
                # A person sits before it: the link opens by itself.
                for place, path in re.findall(r"http://127.0.0.1:(\d+)(/\S+)", found[0])[: len(ports) - 1]:
                    assert (await asyncio.to_thread(get, int(place), path, {})).status == 303
        taken.close()
        return found

    link, problem = asyncio.run(story())
    assert link.startswith("dashboard: http://127.0.0.1:")
    assert "Address already in use" in problem and "the watch goes on without it" in problem


def test_what_draws_pages_is_imported_by_no_watch_before_its_looks() -> None:
    """What is watched is on the screen first."""
    heavy = "{'starlette', 'uvicorn', 'jinja2'}"
    asked = f"import sys, poise.app.watch_start, poise.app.watch; print({{m.partition('.')[0] for m in sys.modules}} & {heavy})"
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
