"""One HTTP POST over asyncio: it can be cancelled at any byte, follows no redirect and logs nothing."""

import asyncio
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from poise import __version__
from poise.notifiers.notify_error import NotifyError

TIMEOUT_SECONDS = 10.0
# An explanation, not a page: what is longer is not read.
MOST_ANSWERED = 2048
# Too early, too many, and a timeout of the server's own are over some time (RFC 9110, 15.5.9; RFC 8470; RFC 6585); 4xx else is not.
TEMPORARY = frozenset((408, 425, 429))


@dataclass(frozen=True, slots=True)
class Target:
    """Where to post. The path may hold a token, so it is in no repr and no message."""

    host: str
    port: int
    tls: bool
    path: str = field(repr=False)

    @property
    def shown(self) -> str:
        """What may be told of it."""
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"


def target_of(url: str) -> Target:
    """Raises NotifyError for what is no URL of http; the message does not repeat it."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or any(ord(sign) <= 32 or ord(sign) > 126 for sign in url):
        raise NotifyError("its URL is none of http or https, or holds a space or a sign that a URL must escape", permanent=True)
    if parts.username is not None:
        raise NotifyError("its URL holds a user's name: write user and password_file (or password_env) instead", permanent=True)
    tls = parts.scheme == "https"
    return Target(host, port or (443 if tls else 80), tls, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def context_of(ca_file: Path | None) -> ssl.SSLContext:
    """The system's authorities, or those of this file. Raises NotifyError."""
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except (OSError, ssl.SSLError):
        raise NotifyError(f"{ca_file}: it holds no certificates of authorities in PEM form") from None


async def post(target: Target, body: bytes, headers: Mapping[str, str], ca_file: Path | None = None) -> tuple[int, str]:
    """The status and the beginning of the answer. Raises NotifyError, temporary, where there is no answer."""
    context = context_of(ca_file) if target.tls else None
    try:
        return await asyncio.wait_for(_exchange(target, body, headers, context), TIMEOUT_SECONDS)
    except TimeoutError:
        raise NotifyError(f"{target.shown} did not answer within {TIMEOUT_SECONDS:.0f} s") from None
    except ssl.SSLCertVerificationError as error:
        raise NotifyError(
            f"the certificate of {target.shown} is not accepted: {error.verify_message}; name its authority with ca_file"
        ) from None
    except ssl.SSLError as error:
        raise NotifyError(f"{target.shown} speaks no TLS that can be used: {error.reason}") from None
    except (OSError, ValueError, EOFError) as error:
        # asyncio puts words of its own, with the address again, in the place of the system's.
        number = getattr(error, "errno", None)
        why = os.strerror(number) if isinstance(number, int) and number > 0 else getattr(error, "strerror", None)
        why = why or "it closed the connection without an answer"
        raise NotifyError(f"{target.shown}: {why}") from None


async def _exchange(target: Target, body: bytes, headers: Mapping[str, str], context: ssl.SSLContext | None) -> tuple[int, str]:
    reader, writer = await asyncio.open_connection(target.host, target.port, ssl=context)
    try:
        host = f"[{target.host}]" if ":" in target.host else target.host
        lines = {
            "Host": f"{host}:{target.port}",
            "User-Agent": f"poise/{__version__}",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
            **headers,
        }
        head = f"POST {target.path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
        writer.write(head.encode("latin-1") + body)
        await writer.drain()
        status = 100
        while 100 <= status < 200:
            status = _status(await reader.readline())
            while (await reader.readline()).strip():
                pass
        answer = b"" if status < 300 else await reader.read(MOST_ANSWERED)
        return status, answer.decode("utf-8", "replace")
    finally:
        writer.close()


def _status(line: bytes) -> int:
    parts = line.split(None, 2)
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not parts[1].isdigit():
        raise EOFError
    return int(parts[1])


def judged(target: Target, status: int, answer: str) -> None:
    """Raises NotifyError for every status that does not say that the message was taken."""
    if 200 <= status < 300:
        return
    said = f"{target.shown} answered {status}" + (f": {answer}" if answer else "")
    if 300 <= status < 400:
        raise NotifyError(f"{target.shown} answered {status}, a redirect: write the address that it leads to", permanent=True)
    raise NotifyError(said, permanent=400 <= status < 500 and status not in TEMPORARY)
