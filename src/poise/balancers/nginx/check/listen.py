"""The parameters of `listen` in http, stream and mail."""

import re

from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.values import host_and_port, number, size
from poise.model.regexp import regexp

# Flags and values by the context's letter: s is a server of http, v of stream, r of mail.
_BOTH = frozenset(("bind", "ssl", "reuseport", "proxy_protocol", "default_server", "deferred"))
_FLAGS = {
    "s": _BOTH | {"default", "http2", "quic", "multipath"},
    "v": _BOTH | {"udp", "multipath"},
    "r": frozenset(("bind", "ssl", "proxy_protocol")),
}
_VALUES = frozenset(("backlog", "rcvbuf", "sndbuf", "fastopen", "ipv6only", "so_keepalive", "setfib", "accept_filter", "protocol"))
_KEEPALIVE = regexp(r"on|off|(?=.*[^:])[^:]*:[^:]*:\d*")
_NOT_WITH_UDP = ("backlog", "fastopen", "so_keepalive", "ssl", "proxy_protocol", "deferred", "accept_filter")


def is_port(text: str) -> bool:
    """Whether it is a port, or a range of ports as `listen` takes it."""
    first, dash, last = text.partition("-")
    return all((value := number(each)) is not None and 0 < value < 65536 for each in ([first, last] if dash else [first]))


def listen_problem(directive: Directive, context: str) -> str | None:
    """What nginx would refuse of this line."""
    address = directive.args[0]
    if "$" in address:
        return f"`{address}` holds a variable, which nginx does not fill in here"
    host, port = ("*", address) if re.fullmatch(r"[\d-]+", address) else host_and_port(address)
    if address.startswith("unix:"):
        if address == "unix:":
            return "there is no path behind `unix:`"
    elif not host or "/" in host or host.count("[") != host.count("]"):
        return f"there is no host in `{address}`"
    elif port is not None and not is_port(port):
        return f"`{port}` is no port"
    elif port is None and context != "s":
        return f"there is no port in `{address}`"
    for word in directive.args[1:]:
        name, sign, value = word.partition("=")
        if name not in (_VALUES if sign else _FLAGS.get(context, frozenset())):
            return f"`{word}` is not a parameter of `listen` here"
        if sign and (problem := _value(name, value)):
            return problem
    words = {word.partition("=")[0] for word in directive.args[1:]}
    wrong = next((word for word in _NOT_WITH_UDP if word in words), None) if "udp" in words else None
    return f"`{wrong}` does not go with `udp`" if wrong else None


def _value(name: str, value: str) -> str | None:
    match name:
        case "backlog":
            good = bool(number(value))
        case "fastopen" | "setfib":
            good = number(value) is not None
        case "rcvbuf" | "sndbuf":
            good = size(value) is not None
        case "ipv6only":
            good = value in ("on", "off")
        case "so_keepalive":
            good = _KEEPALIVE.fullmatch(value) is not None
        case _:
            good = True
    return None if good else f"`{value}` is no value of `{name}`"
