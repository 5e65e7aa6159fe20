"""All application servers of one stack in one process: slots and a service time, nothing behind them.

    python -m benchmarks.detection.applications '{"ports": [20001, 20002], "slots": 8, "service_ms": 20}'

The lab's own servers ask a database three times a request; 1,000 requests/s of them are more than two cores carry.
"""

import asyncio
import json
import socket
import sys
from collections.abc import Mapping, Sequence

from poise.lab.http_server import Answer, HttpServer
from poise.lab.serve_control import serve_control

ANSWER: Answer = (200, b"ok\n")


class Application(HttpServer):
    """One connection to one server, which ends with it."""

    def __init__(self, server: "Server") -> None:
        super().__init__(server.instant, server.serve)
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's callback."""
        super().connection_made(transport)
        self._server.open.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio's callback."""
        super().connection_lost(exc)
        self._server.open = {transport for transport in self._server.open if not transport.is_closing()}


class Server:
    """One application server."""

    def __init__(self, port: int, slots: int, service_ms: float) -> None:
        self._port, self._slots, self._seconds = port, asyncio.Semaphore(slots), service_ms / 1000.0
        self.open: set[asyncio.BaseTransport] = set()
        self._listening: asyncio.Server | None = None

    def instant(self, path: str) -> Answer | None:
        """What needs no slot."""
        return ANSWER if path == "/healthz" else None

    async def serve(self, path: str) -> Answer:
        """One request."""
        del path
        async with self._slots:
            await asyncio.sleep(self._seconds)
        return ANSWER

    async def listen(self) -> None:
        """Serve from now on."""
        sock = socket.create_server(("127.0.0.1", self._port), backlog=512)
        self._listening = await asyncio.get_running_loop().create_server(lambda: Application(self), sock=sock)

    def die(self) -> None:
        """As a killed process leaves it: connections end, new ones are refused."""
        if self._listening is not None:
            self._listening.close()
        for transport in list(self.open):
            assert isinstance(transport, asyncio.Transport)
            transport.abort()
        self.open.clear()


async def run(ports: Sequence[int], slots: int, service_ms: float) -> None:
    """Serve until the other end hangs up."""
    servers = [Server(port, slots, service_ms) for port in ports]
    for server in servers:
        await server.listen()
    kept: set[asyncio.Task[None]] = set()

    def die(index: int) -> Mapping[str, object]:
        servers[index].die()
        return {}

    def live(index: int) -> Mapping[str, object]:
        kept.add(asyncio.get_running_loop().create_task(servers[index].listen()))
        return {}

    await serve_control({"die": die, "live": live})


if __name__ == "__main__":
    asyncio.run(run(**json.loads(sys.argv[1])))
