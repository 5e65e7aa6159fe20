"""A server in the loop that watches: started, and stopped with it."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from poise.web.access import VISIT, checked_host
from poise.web.gate import HELD_SECONDS, TOO_MANY, Gate, whole

# What a watch needs of the files that it may open is left to it: most systems allow 1,024.
MOST_CONNECTIONS = 400
SEND_BYTES = 128 * 1024
MOST_HEADERS_BYTES = 32 * 1024
# Who connects and says nothing, or not all of it, holds a place for so long.
SILENT_SECONDS = 10.0
# Of those who wait at the door so many come in before the watch has its turn again.
AT_ONCE = 32


class _Server(uvicorn.Server):
    """Ctrl-C is for the watch, which ends this server too."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes none over."""
        yield


class _Bounded(H11Protocol):
    """Takes so many connections and no more, none that does not say what it wants, and reads no request that its gate holds back."""

    gate: Gate | None = None
    _silent: asyncio.TimerHandle | None = None
    _head = b""
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """One more."""
        super().connection_made(transport)
        self._mind()
        if len(self.connections) > MOST_CONNECTIONS:
            # Whoever fills all places shuts out nobody who was let in.
            others = (each for each in self.connections if isinstance(each, _Bounded) and each is not self)
            next((each for each in others if not each.let_in), self).transport.abort()

    @property
    def let_in(self) -> bool:
        """Whether the door let its last request pass."""
        return self.scope is not None and VISIT in self.scope.get("state", {})

    def data_received(self, data: bytes) -> None:
        """A request, or a part of one."""
        if self.gate is not None and not self._asks:
            if self._refused:
                return
            data = self._head + data
            if not whole(data) and len(data) <= MOST_HEADERS_BYTES:
                self._head = data
                return
            self._head = b""
            if not self.gate.passes(data):
                self._refused = True
                self.transport.pause_reading()
                self.loop.call_later(HELD_SECONDS, self._refuse)
                return
        super().data_received(data)
        self._mind()

    def connection_lost(self, exc: Exception | None) -> None:
        """One less."""
        if self._silent is not None:
            self._silent.cancel()
        super().connection_lost(exc)

    @property
    def _asks(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(TOO_MANY)
            self.transport.close()

    def _mind(self) -> None:
        if self._silent is not None and self._asks:
            self._silent.cancel()
            self._silent = None
        elif self._silent is None and not self._asks:
            self._silent = self.loop.call_later(SILENT_SECONDS, self.transport.abort)


@asynccontextmanager
async def serving(app: Callable[[int], ASGIApp], host: str, port: int) -> AsyncIterator[int]:
    """Serves what `app` makes for the port that it got; gives that port. Raises NotLoopbackError, and OSError where the port is taken.

    Whatever is served decides itself who may have it (`access.Guard`, `door.Door`); where it has a `gate`, that is asked first.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # The system would keep four megabytes for each who reads slowly.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
        listening.bind((checked_host(host), port))
        # Who asks before the server has begun waits for it, and is not refused.
        listening.listen(AT_ONCE)
        place: int = listening.getsockname()[1]
        # Without a handler Python prints a line, or a traceback, to the terminal for each request that is none.
        logging.getLogger("uvicorn.error").disabled = True
        served = app(place)
        config = uvicorn.Config(
            served,
            http=type("Gated", (_Bounded,), {"gate": getattr(served, "gate", None)}),
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            backlog=AT_ONCE,
            h11_max_incomplete_event_size=MOST_HEADERS_BYTES,
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve([listening]))
        try:
            yield place
        finally:
            server.should_exit = True
            server.force_exit = True
            await asyncio.wait([task], timeout=2.0)
            # Streams that never end would hold the loop.
            for each in server.server_state.tasks:
                each.cancel()
            if not task.done():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
    finally:
        listening.close()
