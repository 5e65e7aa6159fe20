"""`/metrics`: what Prometheus's own reader says of it, and who may have it."""

import asyncio
import shutil
import stat
import subprocess
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.debian import needs_package

from poise.app.metrics_page import metrics_page
from poise.app.watch import Watch, WatchOptions
from poise.daemon.history import History
from poise.daemon.watcher import Tick
from poise.model.alert import Alert, Verdict
from poise.model.sample import Component, Sample, Stack, Window
from poise.report.prometheus.own_metrics import Watched, families
from poise.web.access import NotLoopbackError, checked_host, kept_token

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
HOSTILE = 'web/app"1\n\x1b[31m'
STACK = Stack((Component("lb1", "load-balancer"), Component("web", "pool"), Component(HOSTILE, "server"), Component("shop", "listener")))


def tick(server: str = HOSTILE) -> Tick:
    """One look at a server whose name is hostile, with an alert about it."""
    history = History()
    old = NOW - timedelta(minutes=5)
    figures = [
        (NOW, server, "requests_total", 1e12 + 1),
        (NOW, server, "up", 1.0),
        (NOW, server, "maintenance", 1.0),
        (NOW, "web", "queue", 3.0),
        (NOW, "shop", "sessions", 7.0),
        (NOW, "lb1", "session_limit", 100.0),
        (old, "shop", "session_limit", 9.0),
    ]
    history.add([Sample(at, component, metric, value) for at, component, metric, value in figures])
    verdict = Verdict("uneven_share", "pool web", "bad", "error", True, "app1 gets 98 %", "…")
    alert = Alert(verdict.key, "firing", verdict, NOW, NOW)
    return Tick(NOW, history.window(NOW, STACK), alerts=(alert,))


async def get(port: int, headers: str) -> tuple[int, str]:
    """Status and body of a request with these headers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /metrics HTTP/1.1\r\nconnection: close\r\n{headers}\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    return int(head.split()[1]), body


async def served(folder: Path, *headers: str) -> list[tuple[int, str]]:
    """What each of these requests gets. TOKEN in them stands for the one that was written."""
    told: list[str] = []
    async with metrics_page(0, folder, told.append) as show:
        show(tick())
        token = (folder / "metrics.token").read_text()
        port = int(told[0].partition("127.0.0.1:")[2].partition("/")[0])
        assert token not in told[0]
        return [await get(port, each.replace("TOKEN", token)) for each in headers]


ALLOWED = "host: localhost:9\r\nauthorization: Bearer TOKEN\r\n"


def test_prometheus_reads_it(tmp_path: Path) -> None:
    needs_package("prometheus", shutil.which("promtool") is not None)
    ((status, body),) = asyncio.run(served(tmp_path, ALLOWED))
    assert status == 200
    checked = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_it_tells_figures_by_the_names_of_the_contract_and_nothing_that_is_old(tmp_path: Path) -> None:
    ((_, body),) = asyncio.run(served(tmp_path, ALLOWED))
    labels = r'{load_balancer="lb1",pool="web",server="app\"1\\n\\x1b[31m"}'
    assert f"poise_server_requests_total{labels} 1.000000000001e+12" in body
    # Up, but taken out: it serves nothing and is not down.
    assert f"poise_server_serving{labels} 0.0" in body
    assert f"poise_server_down{labels} 0.0" in body
    assert 'poise_pool_queue{load_balancer="lb1",pool="web"} 3.0' in body
    assert 'poise_listener_sessions{listener="shop",load_balancer="lb1"} 7.0' in body
    assert 'poise_load_balancer_session_limit{load_balancer="lb1"} 100.0' in body
    assert "poise_listener_session_limit" not in body
    assert 'detector="uneven_share"' in body
    assert "\x1b" not in body


def test_one_that_is_not_watched_any_more_is_not_told() -> None:
    def at(name: str, seconds: float) -> Watched:
        now = NOW + timedelta(seconds=seconds)
        return Watched(name, Window(Stack((Component(name, "load-balancer"),)), now))

    found = {family.name: family for family in families([at("gone", 0), at("late", 30), at("lb1", 61)])}
    assert [labels for labels, _ in found["poise_could_not"].values] == [("late",), ("lb1",)]


def test_only_who_names_this_machine_and_bears_the_token_gets_it(tmp_path: Path) -> None:
    answers = asyncio.run(
        served(
            tmp_path,
            ALLOWED,
            "host: localhost\r\n",
            "host: localhost\r\nauthorization: Bearer wrong\r\n",
            "host: evil.example:9\r\nauthorization: Bearer TOKEN\r\n",
        )
    )
    assert [status for status, _ in answers] == [200, 401, 401, 421]
    assert stat.S_IMODE((tmp_path / "metrics.token").stat().st_mode) == 0o600


def test_the_token_stays_and_a_broken_one_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "new" / "token"
    first = kept_token(file)
    assert len(first) >= 32
    assert kept_token(file) == first
    file.write_text("")
    assert len(kept_token(file)) >= 32


def test_no_other_address_is_listened_on() -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "example.org"):  # noqa: S104 - refused
        with pytest.raises(NotLoopbackError, match=r"127\.0\.0\.1"):
            checked_host(host)
    assert checked_host("::1") == "::1"


def test_a_port_that_is_taken_costs_the_page_alone(tmp_path: Path) -> None:
    async def play() -> list[str]:
        told: list[str] = []
        taken = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
        port = taken.sockets[0].getsockname()[1]
        async with metrics_page(port, tmp_path, told.append) as show:
            show(tick())
        taken.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(taken.wait_closed(), 1)
        return told

    told = asyncio.run(play())
    assert "the watch goes on" in told[0]


def test_a_watch_serves_it(tmp_path: Path) -> None:
    """Of a load balancer that does not answer too: that nothing is known is a figure."""
    (tmp_path / "haproxy.cfg").write_text(f"global\n  stats socket {tmp_path}/none\nbackend web\n  server app1 127.0.0.1:9\n")

    class Told:
        def __init__(self) -> None:
            self.page = asyncio.Event()
            self.told: list[str] = []

        def tell(self, line: str) -> None:
            self.told.append(line)
            if "/metrics" in line:
                self.page.set()

        def block(self, lines: object) -> None: ...

        def show(self, tick: Tick, name: str, brief: bool) -> None: ...

    async def play() -> str:
        told = Told()
        options = WatchOptions((str(tmp_path / "haproxy.cfg"),), store=tmp_path / "store.db", metrics=0)
        task = asyncio.create_task(Watch(options, told).run())
        await asyncio.wait_for(told.page.wait(), 20)
        line = next(line for line in told.told if "/metrics" in line)
        token = (tmp_path / "metrics.token").read_text()
        port = int(line.partition("127.0.0.1:")[2].partition("/")[0])
        body = ""
        while "poise_could_not{" not in body:
            _, body = await get(port, ALLOWED.replace("TOKEN", token))
            await asyncio.sleep(0.05)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return body

    assert 'poise_could_not{load_balancer="lb1"}' in asyncio.run(play())
