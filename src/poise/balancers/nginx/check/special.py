"""Directives whose arguments have a grammar of their own. Source: nginx.org; each was held against 1.22 and 1.31."""

import re
from collections.abc import Callable

from poise.balancers.nginx.check.contents import is_network
from poise.balancers.nginx.check.listen import listen_problem
from poise.balancers.nginx.check.passes import pass_problem
from poise.balancers.nginx.check.regexes import regex_problem
from poise.balancers.nginx.check.zones import ZONES
from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.values import host_and_port, milliseconds, number, seconds

_LEVELS = frozenset(("debug", "info", "notice", "warn", "error", "crit", "alert", "emerg"))
_DEBUG = frozenset(("debug_core", "debug_alloc", "debug_mutex", "debug_event", "debug_http", "debug_mail", "debug_stream"))
_REWRITE_FLAGS = frozenset(("last", "break", "redirect", "permanent"))


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
    for word in directive.args[:-1]:
        if word.startswith("="):
            if word != "=" and number(word[1:]) is None:
                return f"`{word}` is no status to answer with"
            continue
        code = number(word)
        if code is None or code == 499 or not 300 <= code <= 599:
            return f"`{word}` is no status between 300 and 599 that a page can be shown for"
    return None


def _try_files(directive: Directive, context: str) -> str | None:
    if len(directive.args) < 2:
        return "`try_files` needs a file and what to do without it"
    last = directive.args[-1]
    return f"`{last}` is no status to answer with" if last.startswith("=") and number(last[1:]) is None else None


def _add_header(directive: Directive, context: str) -> str | None:
    if directive.args[2:] in ((), ("always",)):
        return None
    return f"`{directive.args[2]}` is not a parameter of `{directive.name}`: nginx knows `always`"


def _expires(directive: Directive, context: str) -> str | None:
    words = directive.args
    modified = words[0] == "modified" and len(words) == 2
    if (len(words) == 2 and not modified) or (words[0] == "modified" and len(words) == 1):
        return f"`{' '.join(words)}` is no time that `expires` takes"
    word = words[-1]
    if "$" in word or (word in ("epoch", "max", "off") and not modified):
        return None
    if word.startswith("@"):
        at = seconds(word[1:])
        return None if at is not None and at < 86_400 and not modified else f"`{word}` is no time of the day"
    return (
        None if seconds(word.lstrip("+-") if word[:1] in ("+", "-") else word) is not None else f"`{word}` is no time that `expires` takes"
    )


def _server_name(directive: Directive, context: str) -> str | None:
    for word in directive.args:
        if word.startswith("~"):
            if problem := regex_problem(word[1:]):
                return f"the regular expression `{word[1:]}` is broken: {problem}"
        elif (word.startswith("*") and (len(word) < 3 or word[1] != ".")) or word == ".":
            return f"`{word}` is no name of a server: `*` may stand for the first or the last part only"
    return None


def _map(directive: Directive, context: str) -> str | None:
    names = directive.args if directive.name == "geo" else directive.args[-1:]
    wrong = next((word for word in names if not word.startswith("$") or len(word) == 1), None)
    return f"`{wrong}` is no variable: it must begin with `$`" if wrong is not None else None


def _log_format(directive: Directive, context: str) -> str | None:
    word = directive.args[1]
    good = not word.startswith("escape=") or word in ("escape=default", "escape=json", "escape=none")
    return None if good else f"`{word}` is no way to escape: nginx knows default, json and none"


def _split_path(directive: Directive, context: str) -> str | None:
    pattern = directive.args[0]
    if problem := regex_problem(pattern):
        return f"the regular expression `{pattern}` is broken: {problem}"
    groups = len(re.findall(r"(?<!\\)\((?!\?)", pattern))
    return None if groups == 2 else f"`{pattern}` must have 2 groups, the script and the path"


def _access(directive: Directive, context: str) -> str | None:
    word = directive.args[0]
    if word in ("all", "unix:") or is_network(word):
        return None
    return f"`{word}` is no address, no network and not `all`"


def _worker_processes(directive: Directive, context: str) -> str | None:
    word = directive.args[0]
    return None if word == "auto" or number(word) is not None else f"`{word}` is neither a number nor `auto`"


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
            port = host_and_port(word)[1]
            if port is not None and not 0 < (number(port) or 0) < 65536:
                return f"`{port}` in `{word}` is no port"
    return None if names else "no name server is given"


def _bind(directive: Directive, context: str) -> str | None:
    word = directive.args[0]
    if len(directive.args) > 1 and directive.args[1] != "transparent":
        return f"`{directive.args[1]}` is not a parameter of `{directive.name}`: nginx knows `transparent`"
    if word == "off" or "$" in word:
        return None
    host, port = (word, None) if word.count(":") > 1 and not word.startswith("[") else host_and_port(word)
    good = is_network(host.strip("[]")) and "/" not in host and (port is None or number(port) is not None)
    return None if good else f"`{word}` is no address of this machine: nginx wants an IP address and perhaps a port"


def _event_method(directive: Directive, context: str) -> str | None:
    known = ("epoll", "poll", "select", "kqueue", "eventport", "/dev/poll", "iocp", "win32")
    return None if directive.args[0] in known else f"`{directive.args[0]}` is no method of events"


def _on_off(directive: Directive, context: str) -> str | None:
    return None if directive.args[0].lower() in ("on", "off") else f"`{directive.args[0]}` is neither `on` nor `off`"


def _affinity(directive: Directive, context: str) -> str | None:
    words = directive.args[1:] if directive.args[0] == "auto" else directive.args
    wrong = next((word for word in words if not re.fullmatch(r"[01 ]+", word)), None)
    return f"`{wrong}` is no mask of cores, such as 0101" if wrong is not None else None


def _least_time(directive: Directive, context: str) -> str | None:
    known = ("header", "last_byte") if context == "u" else ("connect", "first_byte", "last_byte")
    if directive.args[0] not in known:
        return f"`{directive.args[0]}` is no time that `least_time` knows: {', '.join(known)}"
    return None if directive.args[1:] in ((), ("inflight",)) else f"`{directive.args[1]}` is not a parameter of `least_time`"


_COOKIE = ("expires=", "domain=", "path=", "samesite=")


def _sticky(directive: Directive, context: str) -> str | None:
    kind, *words = directive.args
    if kind not in ("cookie", "route", "learn"):
        return f"`{kind}` is no way to stick: nginx knows cookie, route and learn"
    flags = ("httponly", "secure")
    wrong = next((word for word in words[1:] if not word.startswith(_COOKIE) and word not in flags), None) if kind == "cookie" else None
    return f"`{wrong}` is not a parameter of `sticky cookie`" if wrong is not None else None


def _priority(directive: Directive, context: str) -> str | None:
    return None if number(directive.args[0].removeprefix("-")) is not None else f"`{directive.args[0]}` is no number"


def _redirect(directive: Directive, context: str) -> str | None:
    word = directive.args[0]
    return (
        None
        if len(directive.args) > 1 or word in ("off", "default")
        else f"`{word}` is neither `off` nor `default`, and no second word follows"
    )


def _aio(directive: Directive, context: str) -> str | None:
    word = directive.args[0]
    return None if word in ("on", "off", "threads") or word.startswith("threads=") else f"`{word}` is none of on, off and threads"


def _starttls(directive: Directive, context: str) -> str | None:
    return None if directive.args[0] in ("on", "off", "only") else f"`{directive.args[0]}` is none of on, off and only"


def _number(directive: Directive, context: str) -> str | None:
    return None if number(directive.args[0]) is not None else f"`{directive.args[0]}` is no number"


SPECIAL: dict[str, Callable[[Directive, str], str | None]] = {
    **ZONES,
    "listen": listen_problem,
    **dict.fromkeys(("proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass"), pass_problem),
    "error_log": _error_log,
    "return": _return,
    "set": _set,
    "rewrite": _rewrite,
    "error_page": _error_page,
    "allow": _access,
    "deny": _access,
    "worker_processes": _worker_processes,
    "worker_connections": _number,
    "keepalive": _keepalive,
    "hash": _hash,
    "random": _random,
    "keepalive_timeout": _keepalive_timeout,
    "resolver": _resolver,
    **dict.fromkeys(("proxy_bind", "grpc_bind", "fastcgi_bind", "uwsgi_bind", "scgi_bind", "memcached_bind", "tunnel_bind"), _bind),
    "try_files": _try_files,
    "add_header": _add_header,
    "add_trailer": _add_header,
    "expires": _expires,
    "server_name": _server_name,
    "map": _map,
    "geo": _map,
    "split_clients": _map,
    "log_format": _log_format,
    "fastcgi_split_path_info": _split_path,
    "use": _event_method,
    "aio": _aio,
    "least_time": _least_time,
    "sticky": _sticky,
    "worker_priority": _priority,
    "proxy_redirect": _redirect,
    "starttls": _starttls,
    "max_headers": _number,
    "ssl": _on_off,
    "worker_cpu_affinity": _affinity,
}
