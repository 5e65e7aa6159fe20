"""Who may ask: loopback alone, with a token even there.

Every program of every account on a machine reaches its loopback, and a page in a browser does too when its name is made to resolve to
127.0.0.1 (DNS rebinding): so a request needs the token, and a Host that is this machine's.
"""

import ipaddress
import secrets
from hmac import compare_digest
from pathlib import Path

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from poise.store.private import make_folder, opened

# In a request's state, by whoever let it in.
VISIT = "visit"
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


class NotLoopbackError(ValueError):
    """An address that others reach too."""


def checked_host(host: str) -> str:
    """The address to listen on. Raises NotLoopbackError for any that other machines could reach."""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local:
        raise NotLoopbackError(f"{host} can be reached from other machines, and poise has no accounts yet: listen on 127.0.0.1")
    return host


def kept_token(path: Path) -> str:
    """The token in that file, which only its owner may read; a new one is written where there is none. Raises OSError."""
    make_folder(path.parent)
    try:
        with open(path, "x", encoding="ascii", opener=opened) as file:
            token = secrets.token_urlsafe(32)
            file.write(token)
            return token
    except FileExistsError:
        found = path.read_text("ascii", "replace").strip()
        if len(found) >= 32:
            return found
        # A disk that was full when it was first written: a short token would be no secret.
        path.unlink()
        return kept_token(path)


def is_local(host: bytes) -> bool:
    """Whether a Host header names this machine, at whatever port: that of a tunnel is another than ours."""
    name = host.decode("latin-1").lower()
    bare = name if name in LOCAL_NAMES else name.rpartition(":")[0]
    return bare in LOCAL_NAMES


class Guard:
    """Lets a request through that names this machine and bears the token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and (refused := self._refused(dict(scope["headers"]))) is not None:
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refused(self, headers: dict[bytes, bytes]) -> PlainTextResponse | None:
        if not is_local(headers.get(b"host", b"")):
            return PlainTextResponse("poise answers to localhost alone\n", 421)
        scheme, _, given = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() == b"bearer" and compare_digest(given.strip(), self._token):
            return None
        said = "poise wants its token: `authorization: {credentials_file: …}` in Prometheus, with the file that poise named at its start\n"
        return PlainTextResponse(said, 401, {"www-authenticate": "Bearer"})
