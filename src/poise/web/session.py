"""Who has opened the link: a cookie that needs no memory, and survives a restart with the token that it is made of."""

import secrets
from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac
from http.cookies import CookieError, SimpleCookie

# A screen on a wall is opened once a quarter.
LASTS_SECONDS = 92 * 86_400
MOST_COOKIES = 4096


class Sessions:
    """`token` is the secret in its file; `port` names the cookie, for browsers share cookies among all ports of a host. `clock` gives epoch
    seconds."""

    def __init__(self, token: str, port: int, clock: Callable[[], float]) -> None:
        self._token, self._clock = token.encode(), clock
        self.cookie = f"poise-{port}"

    def is_token(self, given: str) -> bool:
        """Whether that is the token, in a time that tells nothing of it."""
        return compare_digest(given.encode("utf-8", "surrogateescape"), self._token)

    def begin(self) -> str:
        """The Set-Cookie of a new session. Not `Secure`: this is loopback, without TLS, and some browsers would not keep it."""
        about = f"{int(self._clock())}.{secrets.token_urlsafe(16)}"
        return f"{self.cookie}={about}.{self._sign('session', about)}; Max-Age={LASTS_SECONDS}; Path=/; HttpOnly; SameSite=Strict"

    def of(self, header: str) -> str | None:
        """The session that a Cookie header holds, None where it holds none, or one that ended or is forged."""
        if self.cookie not in header or len(header) > MOST_COOKIES:
            return None
        try:
            found = SimpleCookie(header).get(self.cookie)
        except CookieError:
            return None
        return None if found is None else self.session(found.value)

    def session(self, value: str) -> str | None:
        """The session of a cookie's value, None where it ended or is forged."""
        about, _, signed = value.rpartition(".")
        if not compare_digest(signed.encode("utf-8", "surrogateescape"), self._sign("session", about).encode()):
            return None
        began, _, _ = about.partition(".")
        return about if self._clock() - int(began) < LASTS_SECONDS else None

    def csrf(self, session: str) -> str:
        """What a form of that session carries, and no other page can know."""
        return self._sign("form", session)

    def is_csrf(self, session: str, given: str) -> bool:
        """Whether a form is one of that session's."""
        return compare_digest(given.encode("utf-8", "surrogateescape"), self.csrf(session).encode())

    def _sign(self, what: str, text: str) -> str:
        return hmac(self._token, f"{what}:{text}".encode("utf-8", "surrogateescape"), sha256).hex()
