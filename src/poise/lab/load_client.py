"""One keep-alive HTTP client for the load generator: reuses connections, drops them at EOF, times out."""

import asyncio
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["ok", "http_error", "timeout", "connection_error"]


@dataclass(slots=True)
class _HungUpError(Exception):
    """The connection ended before the answer did. `silent` when not one byte of the answer had come."""

    silent: bool


class _Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.usable = True
        self._buffer = b""
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        self.usable = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(_HungUpError(not self._buffer))

    def eof_received(self) -> bool:
        self.usable = False
        return False

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if not end or self._answer is None or self._answer.done():
            return
        fields = head.lower()
        length_at = fields.find(b"content-length:")
        length = int(fields[length_at + 15 :].split(b"\r\n", 1)[0]) if length_at >= 0 else None
        if length is None or b"connection: close" in fields:
            self.usable = False
        if length is None or len(body) >= length:
            self._answer.set_result(int(head[9:12]))

    async def get(self, request: bytes) -> int:
        """Sends the request; the status when the whole answer is here."""
        assert self.transport is not None
        self._buffer = b""
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._answer

    def close(self) -> None:
        self.usable = False
        if self.transport is not None:
            self.transport.abort()


class LoadClient:
    """Many connections to one address."""

    def __init__(self, host: str, port: int, timeout_seconds: float = 5.0) -> None:
        self._host, self._port, self._timeout = host, port, timeout_seconds
        self._idle: list[_Connection] = []
        self._request = f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: poise-load\r\n\r\n".encode()

    async def get(self) -> Outcome:
        """One request; how it ended for the client."""
        try:
            async with asyncio.timeout(self._timeout):
                status = await self._with_retry()
        except TimeoutError:
            return "timeout"
        except (OSError, _HungUpError):
            return "connection_error"
        return "ok" if status < 400 else "http_error"

    async def _with_retry(self) -> int:
        connection = self._reusable()
        if connection is not None:
            try:
                return await self._on(connection)
            except _HungUpError as failed:
                # RFC 9110 9.2.2: a client may repeat an idempotent request when the connection closed before any of the answer came;
                # every real client does so on a reused connection, where the close and the request may have crossed.
                if not failed.silent:
                    raise
        _, fresh = await asyncio.get_running_loop().create_connection(_Connection, self._host, self._port)
        return await self._on(fresh)

    def _reusable(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
        return None

    async def _on(self, connection: _Connection) -> int:
        try:
            status = await connection.get(self._request)
        except BaseException:
            connection.close()
            raise
        if connection.usable:
            self._idle.append(connection)
        else:
            connection.close()
        return status
