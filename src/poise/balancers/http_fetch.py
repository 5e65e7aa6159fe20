"""One GET: to a load balancer's own HTTP interface (Envoy's admin, HAProxy's statistics page) on a port or a Unix socket, or through it.

HTTP/1.1 over a connection of its own that is closed after the answer: Envoy answers 426 to HTTP/1.0 unless told otherwise (seen with 1.40,
from listeners and admin alike).
"""

import asyncio
import re
import ssl
from dataclasses import dataclass

# 10,000 endpoints are 7.5 MB of /clusters (Envoy 1.40), 2.3 MB of statistics (HAProxy 2.6); far beyond that is no answer of theirs.
ANSWER_LIMIT_BYTES = 64 * 1024 * 1024
_HEAD_LIMIT_BYTES = 64 * 1024
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})", re.IGNORECASE)
_BLANK = re.compile(r"[\0-\x20]")
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r\n]*chunked", re.IGNORECASE)


class UnansweredError(ValueError):
    """The connection was accepted and closed, and nothing came."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole answer."""

    status: int
    body: bytes


async def fetch(
    address: str,
    target: str,
    *,
    tls: bool = False,
    authorization: str | None = None,
    host: str | None = None,
    limit_bytes: int = ANSWER_LIMIT_BYTES,
) -> Fetched:
    """Fetch `target` (`/stats?format=json`) from `address`: host:port, or a socket's path. `host` is the Host header's, for routing by name
    (the address by default). The caller bounds the time.

    Raises OSError where there is no connection and ValueError where there is no whole HTTP answer; no message holds `authorization`.
    """
    host = host or ("localhost" if address.startswith(("/", "@")) else address)
    if _BLANK.search(f"{address}{target}{host}"):
        raise ValueError("the address holds spaces or control characters")
    reader, writer = await _connect(address, tls)
    try:
        credentials = f"Authorization: {authorization}\r\n" if authorization else ""
        head = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: poise\r\nAccept: */*\r\nConnection: close\r\n{credentials}\r\n"
        writer.write(head.encode())
        await writer.drain()
        return await _answer(reader, limit_bytes)
    finally:
        writer.close()


async def _connect(address: str, tls: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if address.startswith("/"):
        return await asyncio.open_unix_connection(address, limit=1 << 20)
    if address.startswith("@"):  # Linux's abstract names, as Envoy writes them
        return await asyncio.open_unix_connection(f"\0{address[1:]}", limit=1 << 20)
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"expected host:port or a socket's path, got {address!r}")
    context = ssl.create_default_context() if tls else None
    return await asyncio.open_connection(host.strip("[]"), int(port), ssl=context, limit=1 << 20)


async def _answer(reader: asyncio.StreamReader, limit: int) -> Fetched:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        while head.split(None, 2)[1:2] == [b"100"]:  # an answer before the answer
            head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise ValueError("the answer is not HTTP") from None
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            raise UnansweredError("closed without an answer") from None
        raise ValueError(f"the answer is not HTTP: {error.partial[:40]!r}") from None
    words = head.split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit() or len(head) > _HEAD_LIMIT_BYTES:
        raise ValueError(f"the answer is not HTTP: {head[:40]!r}")
    length = _LENGTH.search(head)
    try:
        if words[1] in (b"204", b"304"):  # without a body, whatever the header says (RFC 9112, 6.3)
            body = b""
        elif _CHUNKED.search(head):
            body = await _chunks(reader, limit)
        elif length is not None:
            body = await reader.readexactly(_bounded(int(length[1]), limit))
        else:
            body = await _rest(reader, limit)
    except asyncio.IncompleteReadError:
        raise ValueError("the answer ended in its middle") from None
    return Fetched(int(words[1]), body)


async def _chunks(reader: asyncio.StreamReader, limit: int) -> bytes:
    """RFC 9112, 7.1: sizes in hexadecimal, extensions and trailers are passed over."""
    body = bytearray()
    while True:
        try:
            size = int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16)
        except (ValueError, asyncio.LimitOverrunError):
            raise ValueError("the answer is not HTTP: a chunk without a size") from None
        if size <= 0:
            return bytes(body)
        _bounded(len(body) + size, limit)
        body += (await reader.readexactly(size + 2))[:-2]


async def _rest(reader: asyncio.StreamReader, limit: int) -> bytes:
    body = bytearray()
    while chunk := await reader.read(1 << 18):
        body += chunk
        _bounded(len(body), limit)
    return bytes(body)


def _bounded(size: int, limit: int) -> int:
    if size > limit:
        raise ValueError(f"the answer is longer than {limit} bytes")
    return size
