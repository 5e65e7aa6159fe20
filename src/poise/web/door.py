"""The door of the dashboard: who may come in, how much of it, and what every answer says to the browser."""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qs, parse_qsl, urlencode

from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from poise.web.access import VISIT, is_local
from poise.web.bucket import Bucket
from poise.web.gate import HELD_SECONDS, SAID, Gate
from poise.web.session import Sessions

MOST_URL, MOST_HEADERS, MOST_BODY = 8 * 1024, 24 * 1024, 64 * 1024
# A message of hundreds of alerts is sent once: it is not sent again where it is refused.
HOOK_PATH, MOST_HOOK = "/api/v1/incidents/alertmanager", 1024 * 1024
# A hundred people who open the page at once ask for eight things each; nobody who has no token asks for much.
KNOWN, STRANGERS = (1000.0, 200.0), (60.0, 20.0)
SLOW_BODY_SECONDS = 20.0
SAFE = ("GET", "HEAD", "OPTIONS")
# `same-origin` and not `no-referrer`: with that browsers say `Origin: null` for our own forms too, as for those of others.
# No URL of ours but the first link holds a secret, and that one is left at once.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
OPEN_IT = "open the link that `poise watch` printed at its start, or send `Authorization: Bearer …` with what the token's file holds"


class Visit(NamedTuple):
    """A request that came in: its session, None where it bears the token itself; and its whole body."""

    session: str | None
    body: bytes = b""


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure
    """Why a request is refused and what to do, with its status."""

    def __init__(self, status: int, why: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(why)
        self.status, self.headers = status, headers or {}


class Door:
    """Lets in who names this machine and bears the token or a session of it; what changes something must come from a page of ours."""

    def __init__(self, app: ASGIApp, sessions: Sessions, clock: Callable[[], float] = time.monotonic) -> None:
        self._app, self._sessions = app, sessions
        self._known, self._strangers = Bucket(*KNOWN, clock), Bucket(*STRANGERS, clock)
        self._turns = asyncio.Lock()
        # What serves it asks that before it reads a request.
        self.gate = Gate(sessions, self._known, self._strangers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *HEADERS]
                if b"cache-control" not in given:
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        try:
            answer = await self._answer(scope, receive)
        except Refusal as refusal:
            if refusal.status == 429:
                await asyncio.sleep(HELD_SECONDS)
            answer = PlainTextResponse(f"{refusal}\n", refusal.status, refusal.headers)
        async with self._turns:
            # One begins at each turn of the loop: a thousand that come at once are answered between the steps of a look, not before them.
            await asyncio.sleep(0)
        await (answer or self._app)(scope, receive, guarded)

    async def _answer(self, scope: Scope, receive: Receive) -> Response | None:
        """What to answer at once; None lets the request pass, with its Visit in the scope. Raises Refusal."""
        _sized(scope)
        headers = dict(scope["headers"])
        if not is_local(headers.get(b"host", b"")):
            raise Refusal(421, "poise answers to localhost alone: open it by that name or 127.0.0.1")
        session = self._sessions.of(headers.get(b"cookie", b"").decode("latin-1"))
        link = _link(scope)
        known = session is not None or self._bears(headers) or (link is not None and self._sessions.is_token(link))
        if wait := (self._known if known else self._strangers).take():
            # What else came with it is not read: who asks again passes the gate first.
            raise Refusal(429, SAID, {"retry-after": str(int(wait) + 1), "connection": "close"})
        if scope["method"] in SAFE and link is not None:
            return self._exchanged(scope, link)
        if not known:
            raise Refusal(401, f"poise wants its token: {OPEN_IT}", {"www-authenticate": "Bearer"})
        body = b""
        if scope["method"] not in SAFE:
            body = await _whole(receive, MOST_HOOK if scope["path"] == HOOK_PATH else MOST_BODY)
            if session is not None:
                self._ours(session, headers, body)
        scope.setdefault("state", {})[VISIT] = Visit(session, body)
        return None

    def _bears(self, headers: dict[bytes, bytes]) -> bool:
        scheme, _, given = headers.get(b"authorization", b"").partition(b" ")
        return scheme.lower() == b"bearer" and self._sessions.is_token(given.strip().decode("latin-1"))

    def _exchanged(self, scope: Scope, token: str) -> Response:
        """The link with the token becomes a session and the same link without it."""
        if not self._sessions.is_token(token):
            raise Refusal(401, f"that is not the token of this poise: {OPEN_IT}", {"www-authenticate": "Bearer"})
        # Of the path, as it was sent, one slash begins it: two would name another host.
        path = "/" + scope.get("raw_path", b"/").decode("latin-1").lstrip("/\\")
        rest = urlencode([(name, value) for name, value in _asked(scope) if name != "token"])
        return RedirectResponse(f"{path}?{rest}" if rest else path, 303, {"set-cookie": self._sessions.begin()})

    def _ours(self, session: str, headers: dict[bytes, bytes], body: bytes) -> None:
        """What changes something comes from a page of ours, whichever page the browser has open beside it. Raises Refusal."""
        origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site", b"same-origin")
        if origin != b"http://" + headers[b"host"] or site != b"same-origin":
            raise Refusal(403, "this did not come from a page of this poise (its Origin is another): do it on the dashboard itself")
        given = headers.get(b"x-csrf", b"").decode("latin-1")
        if not given and headers.get(b"content-type", b"").startswith(b"application/x-www-form-urlencoded"):
            given = next(iter(fields(body).get("csrf", ())), "")
        if not self._sessions.is_csrf(session, given):
            raise Refusal(403, "the form's own token is missing, or of another session: load the page again, and repeat what you did")


def _asked(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)


def _link(scope: Scope) -> str | None:
    """The token that a link carries."""
    if b"token=" not in scope["query_string"]:
        return None
    return next((value for name, value in _asked(scope) if name == "token"), None)


def fields(body: bytes) -> dict[str, list[str]]:
    """A form's fields. Raises Refusal where there are more than a form has."""
    try:
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=5000)
    except ValueError:
        raise Refusal(400, "the form has more than 5,000 fields: poise has no such form") from None


def _sized(scope: Scope) -> None:
    if len(scope.get("raw_path", b"")) + len(scope["query_string"]) > MOST_URL:
        raise Refusal(414, f"the address is longer than {MOST_URL} bytes: poise has none so long")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
        raise Refusal(431, f"the headers are longer than {MOST_HEADERS} bytes: send fewer cookies")


async def _whole(receive: Receive, most: int) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(SLOW_BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise Refusal(400, "the request broke off")
                body += message.get("body", b"")
                if len(body) > most:
                    raise Refusal(413, f"the request is larger than {most} bytes: {_smaller(most)}", {"connection": "close"})
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        raise Refusal(408, "the request did not arrive: send it again", {"connection": "close"}) from None


def _smaller(most: int) -> str:
    return "poise has no form so large" if most == MOST_BODY else "set max_alerts of the receiver, or group finer"
