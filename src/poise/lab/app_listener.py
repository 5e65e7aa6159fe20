"""Where an app server of the lab listens, and how it stops and comes back as a killed and restarted process does."""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from poise.lab.http_server import HttpServer

Protocols = Callable[[set[asyncio.Transport]], HttpServer]


class AppListener:
    """`page_port` is for metrics where the service speaks TLS, with the certificate of that file. `make` gives a connection's protocol."""

    def __init__(self, make: Protocols, hosts: Sequence[str], port: int, page_port: int | None, certificate: str | None) -> None:
        self._make, self._hosts, self._port, self._page_port = make, list(hosts), port, page_port
        self._tls: ssl.SSLContext | None = None
        if certificate is not None:
            self._tls = _context(certificate)
        self._open: set[asyncio.Transport] = set()
        self._servers: list[asyncio.Server] = []
        self._kept: set[asyncio.Task[None]] = set()

    async def listen(self) -> None:
        """Serves from now on."""
        loop = asyncio.get_running_loop()

        def made() -> HttpServer:
            return self._make(self._open)

        self._servers.append(await loop.create_server(made, self._hosts, self._port, backlog=512, ssl=self._tls))
        if self._page_port is not None:
            self._servers.append(await loop.create_server(made, "127.0.0.1", self._page_port, backlog=64))

    def die(self) -> Mapping[str, object]:
        """The control command: connections end, new ones are refused."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        for transport in list(self._open):
            transport.abort()
        self._open.clear()
        return {}

    def live(self) -> Mapping[str, object]:
        """The control command: undoes `die`."""
        if not self._servers:
            task = asyncio.get_running_loop().create_task(self.listen())
            self._kept.add(task)
            task.add_done_callback(self._kept.discard)
        return {}

    def certificate(self, file: str) -> Mapping[str, object]:
        """The control command: restarted with that certificate, as a deployment of one does."""
        self.die()
        self._tls = _context(file)
        return self.live()


def _context(file: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(file))
    return context
