"""Whether a request is read at all, decided from its first bytes: what a flood costs is decided here, before anything is made of it."""

import re

from poise.web.bucket import Bucket
from poise.web.session import Sessions

# Where the lines before a request's body end, as h11 reads them too.
_END = re.compile(rb"\n\r?\n")
_BEARER = re.compile(rb"\nauthorization:[ \t]*bearer[ \t]+(\S+)", re.IGNORECASE)
_LINK = re.compile(rb"\A\S+ \S*[?&]token=([^&\s]+)")
# Who is refused for asking too often waits for it: then a flood is as fast as its connections are many, and no faster.
HELD_SECONDS = 0.5
SAID = "too many requests: wait a moment, and ask again"
TOO_MANY = (
    "HTTP/1.1 429 Too Many Requests\r\ncontent-type: text/plain; charset=utf-8\r\nretry-after: 1\r\ncache-control: no-store\r\n"
    f"content-length: {len(SAID) + 1}\r\nconnection: close\r\n\r\n{SAID}\n"
).encode()


def whole(head: bytes) -> bool:
    """Whether the lines before a request's body are all there."""
    return _END.search(head) is not None


class Gate:
    """Looks whether there is room in the bucket that the request will be counted in; the door counts, and decides who comes in."""

    def __init__(self, sessions: Sessions, known: Bucket, strangers: Bucket) -> None:
        self._sessions, self._known, self._strangers = sessions, known, strangers
        name = re.escape(sessions.cookie.encode())
        self._cookie = re.compile(rb"\ncookie:[ \t]*(?:[^\n]*;[ \t]*)?" + name + rb"=([^;\s]+)", re.IGNORECASE)

    def passes(self, head: bytes) -> bool:
        """Of the lines before a request's body, whether it may come to the door."""
        return not (self._known if self._is_known(head) else self._strangers).empty

    def _is_known(self, head: bytes) -> bool:
        if (found := self._cookie.search(head)) is not None:
            return self._sessions.session(found[1].decode("latin-1")) is not None
        found = _BEARER.search(head) or _LINK.search(head)
        return found is not None and self._sessions.is_token(found[1].decode("latin-1"))
