"""One GET over a fresh connection, without a client library: probes must say exactly what they did and when."""

import asyncio
import re
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

ANSWER_LIMIT_BYTES = 8 * 1024 * 1024
EXPECTED = "expected http://host:port/path or https://…"
LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    body: bytes


async def http_get(url: str) -> Answer:
    """Fetch `url` (http or https). Raises OSError or ValueError where there is no whole HTTP answer; the caller bounds the time.

    No message holds the URL: it may hold a password, and the caller knows it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # The library's words repeat a piece of the URL, which may be one of a password.
        raise ValueError(EXPECTED) from None
    if parts.scheme not in ("http", "https") or parts.hostname is None:
        raise ValueError(EXPECTED)
    tls = ssl.create_default_context() if parts.scheme == "https" else None
    port = port or (443 if tls else 80)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=tls)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        # HTTP/1.0: the answer ends with the connection and is never chunked (RFC 1945), yet Host is sent for name-based routing.
        writer.write(
            f"GET {target} HTTP/1.0\r\nHost: {parts.netloc.rpartition('@')[2]}\r\nUser-Agent: poise\r\nAccept: */*\r\n\r\n".encode()
        )
        await writer.drain()
        answer = bytearray()
        while not _whole(answer) and (chunk := await reader.read(1 << 16)):
            answer += chunk
            if len(answer) > ANSWER_LIMIT_BYTES:
                raise ValueError(f"the answer is longer than {ANSWER_LIMIT_BYTES} bytes")
    finally:
        writer.close()
    head, _, body = bytes(answer).partition(b"\r\n\r\n")
    words = head.split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        raise ValueError(f"the answer is not HTTP: {bytes(answer[:40])!r}")
    return Answer(int(words[1]), body)


def _whole(answer: bytearray) -> bool:
    """Has all come that was announced? Servers that keep the connection open all the same do say a length."""
    head, end, body = answer.partition(b"\r\n\r\n")
    length = LENGTH.search(head) if end else None
    return length is not None and len(body) >= int(length[1])
