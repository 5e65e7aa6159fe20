"""A real Envoy in front of small counting servers inside the test process, on loopback: one cluster and one path for each case."""

import asyncio
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
ROUTE = "                        - {{match: {{prefix: /{name}/}}, route: {{cluster: {name}, {hash}}}}}"


@dataclass(frozen=True)
class Case:
    """A cluster: its settings, and its groups of endpoints as YAML, <a> to <d> for the servers and DOWN for one that is not healthy."""

    settings: str
    groups: tuple[str, ...]
    requests: int = 1200
    at_once: int = 1
    delay: float = 0.0

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
            server = await asyncio.start_server(lambda r, w, name=name: self._serve(name, r, w), "127.0.0.1", 0)
            self.listening.append(server)
            self.ports[name] = int(server.sockets[0].getsockname()[1])

    async def _serve(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.counts[name] += 1
                await asyncio.sleep(self.chance.expovariate(1 / self.delay) if self.delay else 0)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


async def _client(socket: str, name: str, numbers: Iterable[int], codes: Counter[int]) -> None:
    reader, writer = await asyncio.open_unix_connection(socket)
    for number in numbers:
        writer.write(f"GET /{name}/ HTTP/1.1\r\nHost: web\r\nkey: k{number}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        codes[int(head.split()[1])] += 1
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length")), 0)
        await reader.readexactly(length)
    writer.close()


async def _listens(socket: str) -> bool:
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
            while not await _listens(socket):
                assert process.poll() is None, (folder / "envoy.log").read_text()
                await asyncio.sleep(0.05)
        for name, case in cases.items():
            servers.counts.clear()
            servers.delay = case.delay
            codes: Counter[int] = Counter()
            left = iter(range(case.requests))
            await asyncio.gather(*(_client(socket, name, left, codes) for _ in range(case.at_once)))
            found[name] = Asked(dict(servers.counts), dict(codes))
    finally:
        process.terminate()
        process.wait(10)
        for server in servers.listening:
            server.close()
    return text, found
