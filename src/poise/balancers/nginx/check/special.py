"""Directives whose arguments have a grammar of their own."""

import re
from collections.abc import Callable

from poise.balancers.nginx.check.contents import is_network
from poise.balancers.nginx.check.regexes import regex_problem
from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.values import host_and_port, milliseconds, number, seconds, size

_LISTEN_FLAGS = frozenset(
    ("default_server", "default", "bind", "deferred", "reuseport", "ssl", "http2", "proxy_protocol", "quic", "multipath", "udp", "spdy")
)
_LISTEN_VALUES = frozenset(("backlog", "rcvbuf", "sndbuf", "fastopen", "ipv6only", "so_keepalive", "setfib", "accept_filter", "protocol"))
_SCHEMES = {"proxy_pass": ("http://", "https://")}
_LEVELS = frozenset(("debug", "info", "notice", "warn", "error", "crit", "alert", "emerg"))
_DEBUG = frozenset(("debug_core", "debug_alloc", "debug_mutex", "debug_event", "debug_http", "debug_mail", "debug_stream"))
_REWRITE_FLAGS = frozenset(("last", "break", "redirect", "permanent"))


def _port(text: str) -> bool:
    """Whether it is a port, or a range of ports as `listen` takes it."""
    first, dash, last = text.partition("-")
    return all((value := number(each)) is not None and 0 < value < 65536 for each in ([first, last] if dash else [first]))


def _listen(directive: Directive, context: str) -> str | None:
    address = directive.args[0]
    if address.startswith("unix:"):
        if address == "unix:":
            return "there is no path behind `unix:`"
    elif not address.isdigit() or context in "vr":
        host, port = host_and_port(address)
        if address.isdigit():
            host, port = "*", address
        if port is not None and not _port(port):
            return f"`{port}` is no port"
        if port is None and context in "vr":
            return f"there is no port in `{address}`"
        if host == "":
            return f"there is no host in `{address}`"
    elif not _port(address):
        return f"`{address}` is no port"
    for word in directive.args[1:]:
        name, sign, value = word.partition("=")
        if (not sign and name not in _LISTEN_FLAGS) or (sign and name not in _LISTEN_VALUES):
            return f"`{word}` is not a parameter of `listen`"
        if sign and (problem := _listen_value(name, value)):
            return problem
    return None


def _listen_value(name: str, value: str) -> str | None:
    good = {
        "backlog": lambda: bool(number(value.removeprefix("-"))),
        "fastopen": lambda: number(value) is not None,
        "rcvbuf": lambda: size(value) is not None,
        "sndbuf": lambda: size(value) is not None,
        "ipv6only": lambda: value in ("on", "off"),
        "so_keepalive": lambda: value in ("on", "off") or re.fullmatch(r"[^:]*:[^:]*:\d*", value) is not None,
    }.get(name)
    return None if good is None or good() else f"`{value}` is no value of `{name}`"


def _proxy_pass(directive: Directive, context: str) -> str | None:
    target = directive.args[0]
    if context == "v":
        return _stream_target(target)
    if "$" in target:
        return None
    scheme = next((each for each in ("http://", "https://") if target.lower().startswith(each)), None)
    if scheme is None:
        return f"`{target}` must begin with http:// or https://"
    return _authority(target[len(scheme) :], target)


def _authority(rest: str, target: str) -> str | None:
    if rest.startswith("unix:"):
        return None if rest.removeprefix("unix:").strip(":/") else f"there is no path of a socket in `{target}`"
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    host, port = host_and_port(authority)
    if not host:
        return f"there is no host in `{target}`"
    if port is not None and not (port.isdigit() and _port(port)):
        return f"`{port}` in `{target}` is no port"
    return None


def _stream_target(target: str) -> str | None:
    if "$" in target or target.startswith("unix:"):
        return None
    host, port = host_and_port(target)
    if not host or (port is not None and not _port(port)):
        return f"`{target}` is no address: nginx wants host:port, or the name of an upstream"
    return None


def _plain_pass(directive: Directive, context: str) -> str | None:
    target = directive.args[0]
    rest = target.partition("://")[2]
    return None if "$" in target else _authority(rest or target, target)


def _error_log(directive: Directive, context: str) -> str | None:
    for word in directive.args[1:]:
        if word not in _LEVELS and word not in _DEBUG:
            return f"`{word}` is no level of a log"
    return None


def _return(directive: Directive, context: str) -> str | None:
    first = directive.args[0]
    if context == "v":
        return None
    if first.isascii() and first.isdigit():
        return None if len(first) <= 3 else f"`{first}` is no status of HTTP"
    if len(directive.args) == 2:
        return f"`{first}` is no status of HTTP"
    return (
        None
        if first.startswith(("http://", "https://", "$scheme"))
        else f"`{first}` is neither a status nor an address that begins with http://"
    )


def _set(directive: Directive, context: str) -> str | None:
    return (
        None
        if directive.args[0].startswith("$") and len(directive.args[0]) > 1
        else f"`{directive.args[0]}` is no variable: it must begin with `$`"
    )


def _rewrite(directive: Directive, context: str) -> str | None:
    args = directive.args
    if problem := regex_problem(args[0]):
        return f"the regular expression `{args[0]}` is broken: {problem}"
    return f"`{args[2]}` is none of last, break, redirect and permanent" if len(args) == 3 and args[2] not in _REWRITE_FLAGS else None


def _error_page(directive: Directive, context: str) -> str | None:
    codes = [word for word in directive.args[:-1] if not word.startswith("=")]
    for word in codes:
        code = number(word)
        if code is None or code == 499 or not 300 <= code <= 599:
            return f"`{word}` is no status between 300 and 599 that a page can be shown for"
    return None


def _access(directive: Directive, context: str) -> str | None:
    word = directive.args[0]
    if word in ("all", "unix:") or is_network(word):
        return None
    return f"`{word}` is no address, no network and not `all`"


def _worker_processes(directive: Directive, context: str) -> str | None:
    word = directive.args[0]
    return None if word == "auto" or number(word) else f"`{word}` is neither a number above 0 nor `auto`"


def _worker_connections(directive: Directive, context: str) -> str | None:
    return None if number(directive.args[0]) is not None else f"`{directive.args[0]}` is no number"


def _keepalive(directive: Directive, context: str) -> str | None:
    if number(directive.args[0]) is None:
        return f"`{directive.args[0]}` is no number of connections"
    return None if directive.args[1:] in ((), ("local",)) else f"`{directive.args[1]}` is not a parameter of `keepalive`"


def _hash(directive: Directive, context: str) -> str | None:
    return (
        None
        if directive.args[1:] in ((), ("consistent",))
        else f"`{directive.args[1]}` is not a parameter of `hash`: nginx knows `consistent`"
    )


def _random(directive: Directive, context: str) -> str | None:
    args = directive.args
    if args and args[0] != "two":
        return f"`{args[0]}` is not a parameter of `random`: nginx knows `two`"
    if len(args) > 1 and not args[1].startswith(("least_conn", "least_time")):
        return f"`{args[1]}` is not a method of `random two`: nginx knows least_conn and least_time"
    return None


def _keepalive_timeout(directive: Directive, context: str) -> str | None:
    wrong = next((word for word in directive.args if milliseconds(word) is None), None)
    return f"`{wrong}` is no time such as 60s" if wrong is not None else None


def _zone(directive: Directive, context: str) -> str | None:
    if len(directive.args) < 2:
        return None
    found = size(directive.args[1])
    # Eight pages of 4 KiB (ngx_http_upstream_zone_module).
    return None if found is not None and found >= 32 * 1024 else f"`{directive.args[1]}` is no size of at least 32k"


def _resolver(directive: Directive, context: str) -> str | None:
    names = 0
    for word in directive.args:
        name, sign, value = word.partition("=")
        if sign and name == "valid":
            if seconds(value) is None:
                return f"`{value}` is no time in whole seconds"
        elif sign and name in ("ipv6", "ipv4"):
            if value not in ("on", "off"):
                return f"`{value}` is neither `on` nor `off`"
        elif not (sign and name == "status_zone"):
            names += 1
    return None if names else "no name server is given"


SPECIAL: dict[str, Callable[[Directive, str], str | None]] = {
    "listen": _listen,
    "proxy_pass": _proxy_pass,
    "grpc_pass": _plain_pass,
    "fastcgi_pass": _plain_pass,
    "uwsgi_pass": _plain_pass,
    "scgi_pass": _plain_pass,
    "memcached_pass": _plain_pass,
    "error_log": _error_log,
    "return": _return,
    "set": _set,
    "rewrite": _rewrite,
    "error_page": _error_page,
    "allow": _access,
    "deny": _access,
    "worker_processes": _worker_processes,
    "worker_connections": _worker_connections,
    "keepalive": _keepalive,
    "hash": _hash,
    "random": _random,
    "keepalive_timeout": _keepalive_timeout,
    "zone": _zone,
    "resolver": _resolver,
}
