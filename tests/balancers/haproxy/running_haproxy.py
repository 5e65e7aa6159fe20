"""A real HAProxy in master-worker mode in front of small servers inside the test process, on loopback."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from poise.balancers.haproxy.runtime_api import RuntimeApiError, command
from poise.lab.binaries import find_haproxy
from poise.lab.ports import BLOCK, PortBlock, take_ports
from poise.model.control import ControlSocket
from poise.model.could_not import CouldNot
from poise.model.location import Location
from poise.model.topology import Algorithm, Bind, Listener, Pool, Server, Topology


def _each_port() -> Iterator[int]:
    while True:
        _blocks.append(block := take_ports(start=os.getpid()))
        yield from range(block.first, block.first + BLOCK)


_blocks: list[PortBlock] = []
_ports = _each_port()


def free_port() -> int:
    """A port of this process, which no other that asks for ports as it does will take."""
    return next(_ports)


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for a condition, at most `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for is another process
            await asyncio.sleep(0.01)


@dataclass
class TinyServer:
    """Answers 200 to every request after `delay` seconds and counts them."""

    port: int
    delay: float = 0.0
    requests: int = 0
    server: asyncio.Server | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.requests += 1
                await asyncio.sleep(self.delay)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@dataclass
class Running:
    """What the test may look at and change."""

    folder: Path
    config: Path
    port: int
    servers: list[TinyServer]
    binary: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    topology: Topology
    master: str
    weights: dict[str, int] = field(default_factory=dict)

    async def get(self, count: int = 1) -> list[int]:
        """Send that many requests one after the other on fresh connections, and return the status codes."""
        codes = []
        for _ in range(count):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            codes.append(int((await reader.read()).split()[1]))
            writer.close()
        return codes


async def _until_master_answers(master: str) -> None:
    """The master executes itself anew once its worker runs, and resets the connections of that instant."""
    async with asyncio.timeout(10):
        while True:
            try:
                if "worker" in await command(master, "show proc"):
                    return
            except RuntimeApiError:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def running(
    folder: Path, servers: int = 2, extra: str = "", server_options: str = "", level: str = "admin", more: str = ""
) -> AsyncIterator[Running]:
    """HAProxy with pool `web` (app1 …) behind listener `http`."""
    found = find_haproxy()
    assert not isinstance(found, CouldNot), found
    tiny = [TinyServer(free_port()) for _ in range(servers)]
    for one in tiny:
        one.server = await asyncio.start_server(one.serve, "127.0.0.1", one.port)
    port, config, master = free_port(), folder / "haproxy.cfg", str(folder / "master.sock")
    lines = "\n".join(f"    server app{i} 127.0.0.1:{s.port} weight 1 {server_options}" for i, s in enumerate(tiny, 1))
    config.write_text(f"""global
    stats socket {folder}/admin.sock mode 600 level {level} expose-fd listeners
    pidfile {folder}/haproxy.pid
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
frontend http
    bind 127.0.0.1:{port}
    default_backend web
backend web
    balance roundrobin
    {extra}
{lines}
{more}
""")
    environment = {**os.environ, **found.environment}
    process = subprocess.Popen(  # noqa: ASYNC220 - a fork of a few milliseconds
        [str(found.path), "-W", "-S", master, "-f", str(config)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    here = Location(str(config), 1, 1)
    topology = Topology(
        "haproxy",
        str(config),
        (Listener("http", "haproxy", "http", (Bind(f"127.0.0.1:{port}", here),), (), here),),
        (
            Pool(
                "web",
                "haproxy",
                "http",
                Algorithm("roundrobin"),
                tuple(Server(f"app{i}", f"127.0.0.1:{s.port}", "active", 1, here) for i, s in enumerate(tiny, 1)),
                here,
            ),
        ),
        (ControlSocket(f"{folder}/admin.sock", level, here),),
        pid_file=f"{folder}/haproxy.pid",
    )
    try:
        await until(lambda: (folder / "admin.sock").exists() and (folder / "haproxy.pid").exists() and Path(master).exists())
        await _until_master_answers(master)
        yield Running(folder, config, port, tiny, str(found.path), dict(found.environment), process, topology, master)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        for one in tiny:
            assert one.server
            one.server.close()
