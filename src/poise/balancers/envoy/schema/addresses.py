"""Addresses that Envoy takes without asking a resolver. Pure."""

import re
from collections.abc import Iterator

from poise.balancers.envoy.document import Node
from poise.balancers.envoy.tree import get, text

_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}", re.ASCII)
# sun_path of Linux holds 108 bytes with the one that ends it; Envoy's limit is the same.
_LONGEST_PATH = 107


def is_ip(address: str) -> bool:
    """Whether this is an IPv4 or IPv6 address as `inet_pton` takes it, an IPv6 zone included."""
    if ":" not in address:
        return _IPV4.fullmatch(address) is not None
    import ipaddress  # noqa: PLC0415 - 5 ms that only IPv6 needs

    try:
        return ipaddress.ip_address(address).version == 6
    except ValueError:
        return False


def wrong_socket(socket: Node | None, hint: str = "") -> Iterator[tuple[Node, str]]:
    """Why Envoy, which asks nobody here, refuses this SocketAddress: `(where, reason)`. `hint` says what else would take a name."""
    host, name = get(socket, "address"), text(socket, "address")
    if host is not None and name and not text(socket, "resolver_name"):
        if not is_ip(name):
            yield host, f"`{name[:80]}` is no IP address, and Envoy resolves no names here{hint}"
        elif get(socket, "named_port") is not None:
            yield host, f"a named port needs a resolver, and an IP address has none{hint}"


def wrong_address(address: Node | None, hint: str = "") -> Iterator[tuple[Node, str]]:
    """The same for an Address, which may be a socket's path."""
    yield from wrong_socket(get(address, "socket_address"), hint)
    path = get(address, "pipe", "path")
    if path is not None and len((text(address, "pipe", "path") or "").encode("utf-8", "surrogatepass")) > _LONGEST_PATH:
        yield path, f"the socket's path is longer than the {_LONGEST_PATH} bytes that Linux takes"
