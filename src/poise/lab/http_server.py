"""Just enough HTTP/1.1 for the lab's app servers: GET with keep-alive, at a fraction of a framework's processor time."""

import asyncio
from collections.abc import Awaitable, Callable

REASONS = {200: "OK", 301: "Moved Permanently", 404: "Not Found", 500: "Internal Server Error", 503: "Service Unavailable"}
_LONGEST_HEAD = 16_384

Answer = tuple[int, bytes]


class HttpServer(asyncio.Protocol):
    """One connection. `instant` answers a path at once or returns None; `slow` then answers it in a task. It is in `open_connections` while
    it is open."""

    def __init__(
        self,
        instant: Callable[[str], Answer | None],
        slow: Callable[[str], Awaitable[Answer]],
        open_connections: "set[asyncio.Transport] | None" = None,
    ) -> None:
        self._instant, self._slow = instant, slow
        self._buffer = b""
        self._busy: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._open = open_connections if open_connections is not None else set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's callback."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio's callback. Work in progress goes on, as in real servers: nobody tells them that the client has left."""
        if self._transport is not None:
            self._open.discard(self._transport)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """asyncio's callback."""
        self._buffer += data
        self._next()

    def _next(self) -> None:
        while self._busy is None:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                if len(head) > _LONGEST_HEAD and self._transport is not None:
                    self._transport.close()
                return
            self._buffer = rest
            path = head.split(b" ", 2)[1].decode("latin-1") if head.count(b" ") >= 2 else "/"
            keep = b"connection: close" not in head.lower()
            answer = self._instant(path)
            if answer is not None:
                self._send(answer, keep)
            else:
                self._busy = asyncio.get_running_loop().create_task(self._work(path, keep))

    async def _work(self, path: str, keep: bool) -> None:
        try:
            self._send(await self._slow(path), keep)
        finally:
            self._busy = None
        self._next()

    def _send(self, answer: Answer, keep: bool) -> None:
        if self._transport is None:
            return
        status, body = answer
        head = f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
        if status == 301:
            head += f"Location: {body.decode()}\r\n"
        self._transport.write(head.encode() + (b"\r\n" if keep else b"Connection: close\r\n\r\n") + body)
        if not keep:
            self._transport.close()
