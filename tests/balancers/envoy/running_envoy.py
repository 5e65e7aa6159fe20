"""A real Envoy in front of small counting servers inside the test process, on loopback: one cluster and one path for each case."""

import asyncio
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

from poise.lab.binaries import Envoy

ROUTER = '{name: r, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}'
HEAD = """\
static_resources:
  listeners:
    - address: {{pipe: {{path: {socket}}}}}
      filter_chains:
        - filters:
            - name: hcm
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: web
                http_filters: [{router}]
                route_config:
                  virtual_hosts:
                    - name: web
                      domains: ["*"]
                      routes:
{routes}
  clusters:
"""
HOST = "endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}}}"
HASH = "hash_policy: [{header: {header_name: key}}]"
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
AHEAD = 50
ROUTE = "                        - {{match: {{prefix: /{name}/}}, route: {{cluster: {name}, {hash}}}}}"


@dataclass(frozen=True)
class Case:
    """A cluster: its settings, and its groups of endpoints as YAML, <a> to <d> for the servers and DOWN for one that is not healthy."""

    settings: str
    groups: tuple[str, ...]
    requests: int = 1200
    at_once: int = 1
    delay: float = 0.0
    # Whether a server answers, and not Envoy itself.
    served: bool = True

    @property
    def ahead(self) -> int:
        """Requests of one client that are on their way. Where how many are in flight decides, each waits for its answer."""
        return AHEAD if self.served and self.at_once == 1 else 1

    def cluster(self, name: str, ports: Mapping[str, int]) -> str:
        """The cluster in a list of clusters."""
        hosts = {key: HOST.format(port=port) for key, port in ports.items()}
        settings = "".join(f"      {line}\n" for line in self.settings.splitlines())
        groups = "".join(f"          - {_filled(group, hosts)}\n" for group in self.groups)
        return (
            f"    - name: {name}\n      type: STATIC\n      connect_timeout: 1s\n{settings}"
            f"      load_assignment:\n        cluster_name: {name}\n        endpoints:\n{groups}"
        )


def _filled(group: str, hosts: Mapping[str, str]) -> str:
    for key, host in hosts.items():
        group = group.replace(f"<{key}>", host)
    return group.replace("DOWN", "health_status: UNHEALTHY")


@dataclass
class Asked:
    """What came of a case: requests by server, answers by code."""

    counts: Mapping[str, int]
    codes: Mapping[int, int]


def configuration(cases: Mapping[str, Case], ports: Mapping[str, int], socket: str) -> str:
    """The whole bootstrap."""
    routes = "\n".join(ROUTE.format(name=name, hash=HASH) for name in cases)
    return HEAD.format(socket=socket, router=ROUTER, routes=routes) + "".join(case.cluster(name, ports) for name, case in cases.items())


class _Servers:
    """Count what they answer, after a delay that is exponential around that of the running case."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self.counts: Counter[str] = Counter()
        self.delay = 0.0
        self.chance = Random(1)
        self.listening: list[asyncio.Server] = []
        self.ports: dict[str, int] = {}

    async def start(self) -> None:
        for name in self.names:
            server = await asyncio.get_running_loop().create_server(lambda name=name: _Serving(self, name), "127.0.0.1", 0)
            self.listening.append(server)
            self.ports[name] = int(server.sockets[0].getsockname()[1])


class _Serving(asyncio.Protocol):
    """One connection to a server. Tens of thousands of requests come: streams would take most of the time."""

    def __init__(self, servers: _Servers, name: str) -> None:
        self.servers, self.name, self.data = servers, name, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        *asked, self.data = (self.data + data).split(b"\r\n\r\n")
        for _ in asked:
            self.servers.counts[self.name] += 1
            if self.servers.delay:
                seconds = self.servers.chance.expovariate(1 / self.servers.delay)
                asyncio.get_running_loop().call_later(seconds, self._answer)
            else:
                self._answer()

    def _answer(self) -> None:
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


class _Asking(asyncio.Protocol):
    """A client: as many requests on their way as `ahead` says. Envoy takes up one of a connection when that before it is answered."""

    def __init__(self, name: str, numbers: Iterator[int], codes: Counter[int], ahead: int) -> None:
        self.name, self.numbers, self.codes, self.ahead = name, numbers, codes, ahead
        self.data, self.awaited = b"", 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._ask()

    def _ask(self) -> None:
        some = list(islice(self.numbers, self.ahead))
        self.awaited = len(some)
        if not some:
            self.ended.set_result(None)
            self.transport.close()
        self.transport.write(b"".join(f"GET /{self.name}/ HTTP/1.1\r\nHost: web\r\nkey: k{n}\r\n\r\n".encode() for n in some))

    def data_received(self, data: bytes) -> None:
        self.data += data
        while (end := self.data.find(b"\r\n\r\n")) >= 0:
            length = LENGTH.search(self.data, 0, end)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self.data) < whole:
                return
            self.codes[int(self.data[9:12])] += 1
            self.data = self.data[whole:]
            self.awaited -= 1
        if not self.awaited:
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(error or EOFError(f"Envoy closed the connection, {self.awaited} answers were to come"))


async def send(socket: str, name: str, numbers: Iterator[int], codes: Counter[int], ahead: int = 1) -> None:
    """A request for each number; count the answers by code. What Envoy answers itself it closes on requests behind: there `ahead` is 1."""
    _, client = await asyncio.get_running_loop().create_unix_connection(lambda: _Asking(name, numbers, codes, ahead), socket)
    await client.ended


async def listens(socket: str) -> bool:
    """The file is there a moment before anybody listens."""
    try:
        _, writer = await asyncio.open_unix_connection(socket)
    except OSError:
        return False
    writer.close()
    return True


async def ask(envoy: Envoy, folder: Path, cases: Mapping[str, Case]) -> tuple[str, Mapping[str, Asked]]:
    """The configuration of an Envoy with one worker, and what it did in every case."""
    servers = _Servers("abcd")
    await servers.start()
    socket = str(folder / "clients.sock")
    text = configuration(cases, servers.ports, socket)
    file = folder / "envoy.yaml"
    file.write_text(text)
    command = [envoy.path, "-c", file, "--concurrency", "1", "--disable-hot-restart", "-l", "error", "--log-path", folder / "envoy.log"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - a moment, in a test
    found = {}
    try:
        async with asyncio.timeout(20):
            while not await listens(socket):
                assert process.poll() is None, (folder / "envoy.log").read_text()
                await asyncio.sleep(0.05)
        for name, case in cases.items():
            servers.counts.clear()
            servers.delay = case.delay
            codes: Counter[int] = Counter()
            left = iter(range(case.requests))
            await asyncio.gather(*(send(socket, name, left, codes, case.ahead) for _ in range(case.at_once)))
            found[name] = Asked(dict(servers.counts), dict(codes))
    finally:
        process.terminate()
        process.wait(10)
        for server in servers.listening:
            server.close()
    return text, found
