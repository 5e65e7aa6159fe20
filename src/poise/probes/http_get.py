"""One GET over a fresh connection, without a client library: probes must say exactly what they did and when."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from poise.balancers.http_fetch import fetch

ANSWER_LIMIT_BYTES = 8 * 1024 * 1024
EXPECTED = "expected http://host:port/path or https://…"


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
    tls = parts.scheme == "https"
    port = port or (443 if tls else 80)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    # Host as it stands in the URL, for routing by name; what is before an @ belongs to nobody else.
    answer = await fetch(f"{name}:{port}", target, tls=tls, host=parts.netloc.rpartition("@")[2], limit_bytes=ANSWER_LIMIT_BYTES)
    return Answer(answer.status, answer.body)
