"""A real nginx in front of small counting servers inside the test process, on loopback."""

import asyncio
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from poise.lab.binaries import Nginx

TEMPORARY = "".join(f"{kind}_temp_path {{folder}}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
CONFIG = """\
daemon off;
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    {temporary}
    upstream web {{
        {upstream}
    }}
    server {{
        listen unix:{socket};
        location / {{
            proxy_pass http://web;
            {location}
        }}
    }}
}}
"""


@dataclass
class CountingServer:
    """Answers 200 to every request after `delay` seconds, on a port that the system chose."""

    delay: float = 0.0
    requests: int = 0
    listening: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self.listening is not None
        return int(self.listening.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Begin to listen."""
        self.listening = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.requests += 1
                await asyncio.sleep(self.delay)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@dataclass
class RunningNginx:
    """`socket` is where clients come in; `codes` counts what they were answered; `header` is sent with each request."""

    socket: str
    servers: list[CountingServer]
    codes: Counter[int] = field(default_factory=Counter)
    header: str = ""

    @property
    def counts(self) -> list[int]:
        """Requests that each server has met."""
        return [server.requests for server in self.servers]

    async def send(self, requests: int, at_once: int = 1) -> None:
        """That many requests, each on a connection of its own, `at_once` at a time."""
        left = iter(range(requests))

        async def client() -> None:
            for _ in left:
                reader, writer = await asyncio.open_unix_connection(self.socket)
                writer.write(f"GET / HTTP/1.1\r\nHost: web\r\n{self.header}Connection: close\r\n\r\n".encode())
                answer = await reader.read()
                writer.close()
                self.codes[int(answer.split(b" ")[1])] += 1

        await asyncio.gather(*(client() for _ in range(at_once)))


@asynccontextmanager
async def running_nginx(
    nginx: Nginx, folder: Path, *options: str, before: str = "", location: str = "", workers: int = 1, delay: float = 0.0
) -> AsyncIterator[RunningNginx]:
    """nginx over one server for each of `options` (its parameters); `before` stands in front of them in the upstream block."""
    servers = [CountingServer(delay) for _ in options]
    for server in servers:
        await server.start()
    socket = str(folder / "clients.sock")
    upstream = before + "".join(f" server 127.0.0.1:{s.port} {words};" for s, words in zip(servers, options, strict=True))
    text = CONFIG.format(
        folder=folder, temporary=TEMPORARY.format(folder=folder), upstream=upstream, socket=socket, location=location, workers=workers
    )
    file = folder / "nginx.conf"
    file.write_text(text)
    folder.chmod(0o755)  # noqa: ASYNC240 - a moment, in a test
    command = [nginx.path, "-p", f"{folder}/", "-e", f"{folder}/error.log", "-c", file]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - a moment, in a test
    try:
        async with asyncio.timeout(10):
            while not (folder / "nginx.pid").exists():
                assert process.poll() is None, (folder / "error.log").read_text()
                await asyncio.sleep(0.02)
        yield RunningNginx(socket, servers)
    finally:
        process.terminate()
        process.wait(10)
        for server in servers:
            assert server.listening is not None
            server.listening.close()
