"""Certificates that TLS needs: nginx refuses an address with `ssl` whose default server has none (measured with 1.22 and 1.31)."""

from collections.abc import Iterator
from itertools import pairwise

from poise.balancers.nginx.check.references import listen_key
from poise.balancers.nginx.document import Directive

_TLS = frozenset(("ssl", "quic"))
_SEEN = frozenset(("ssl_certificate", "ssl_certificate_key", "ssl_reject_handshake"))
_DEFAULT = frozenset(("default_server", "default"))


def without_certificate(body: list[Directive]) -> Iterator[tuple[Directive, str]]:
    """Each `listen` of a whole configuration for which a certificate is missing, and each certificate without a key.

    Blocks with an `include` that brought nothing are passed over: it may name the certificate where nginx runs.
    """
    for block in body:
        if block.name in ("http", "stream") and block.body and not _unread(block.body):
            yield from _of_block(block.body, block.name == "http")


def _unread(body: list[Directive]) -> bool:
    """Whether an `include` here is followed by nothing that came from another file."""
    return any(
        each.name == "include" and (behind is None or behind.source is each.source) for each, behind in pairwise([*body, None]) if each
    )


def _names(body: list[Directive]) -> dict[str, Directive]:
    return {each.name: each for each in reversed(body) if each.name in _SEEN}


def _of_block(body: list[Directive], http: bool) -> Iterator[tuple[Directive, str]]:
    outer = _names(body)
    defaults: dict[str, tuple[Directive, Directive, bool]] = {}
    tls: set[str] = set()
    for server in body:
        if server.name != "server" or not server.body:
            continue
        own = {**outer, **_names(server.body)}
        if http and "ssl_certificate" in own and "ssl_certificate_key" not in own and not _unread(server.body):
            yield own["ssl_certificate"], "`ssl_certificate` stands here without its `ssl_certificate_key`"
        for line in server.body:
            if line.name != "listen" or not line.args:
                continue
            key = f"{'udp' if {'udp', 'quic'} & set(line.args) else 'tcp'} {listen_key(line.args[0])}"
            chosen = bool(_DEFAULT & set(line.args))
            if key not in defaults or (chosen and not defaults[key][2]):
                defaults[key] = (line, server, chosen)
            if _TLS & set(line.args[1:]):
                tls.add(key)
    for key, (line, server, _) in defaults.items():
        if key in tls and not _covered(outer, server.body or []):
            yield line, f"`{key[4:]}` takes TLS, and its default server, this one, has no `ssl_certificate`"


def _covered(outer: dict[str, Directive], body: list[Directive]) -> bool:
    """Whether a server has a certificate, needs none, or may have one that was not read."""
    own = {**outer, **_names(body)}
    rejects = "ssl_reject_handshake" in own and own["ssl_reject_handshake"].args == ("on",)
    return "ssl_certificate" in own or rejects or _unread(body)
