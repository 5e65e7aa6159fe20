"""A log full of noise: scanners, broken requests and shouting that has nothing to do with the fault."""

import re
from collections.abc import Iterator
from itertools import cycle

_ASKED = re.compile(rb'"GET / HTTP/1\.[01]" (\d{3})')
_SCANNED = (b"/wp-login.php", b"/.env", b"/phpmyadmin/", b"/cgi-bin/luci", b"/owa/auth")
# As HAProxy writes a request that it could not read (PR: the proxy itself ended it, while it waited for the request).
_HAPROXY = re.compile(rb"^(\S+) (\[[^\]]+\]) (\S+) \S+/\S+ .*$")
_SHOUTED = (
    b"2026-01-01T00:00:00.000Z ERROR mailer could not reach smtp.example.net: 421 try again later",
    b"2026-01-01T00:00:00.000Z WARN  pool size 4 is below the recommended 16 for database main",
    b"panic: template footer: context deadline exceeded while the database was asked (ignored)",
    b"\tat com.example.shop.Footer.render(Footer.java:212)",
)


def noisy(text: bytes) -> bytes:
    """The log with two lines of noise after each line that tells of a request, and one after each other; its own lines unchanged."""
    paths, shouts = cycle(_SCANNED), cycle(_SHOUTED)
    return b"".join(part + b"\n" for line in text.splitlines() for part in (line, *_beside(line, next(paths), next(shouts))))


def _beside(line: bytes, path: bytes, shout: bytes) -> Iterator[bytes]:
    asked = _ASKED.search(line)
    if asked is None:
        # HAProxy's status stands before the request.
        if (found := _HAPROXY.match(line)) is not None:
            yield b'%s %s %s %s/<NOSRV> -1/-1/-1/-1/0 400 187 - - PR-- 3/3/0/0/0 0/0 "<BADREQ>"' % (*found.groups(), found.group(3))
    else:
        start, end = asked.span()
        yield line[:start] + b'"GET %s HTTP/1.1" 404' % path + line[end:]
    yield shout
