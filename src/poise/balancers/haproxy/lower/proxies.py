"""Lowers the lines of defaults, frontend, backend and listen sections, keyword by keyword."""

from collections.abc import Callable, Mapping

from poise.balancers.haproxy.arguments import proxy_problem
from poise.balancers.haproxy.document import Line
from poise.balancers.haproxy.lower import algorithms, checks, persistence, stats
from poise.balancers.haproxy.lower.conditions import condition
from poise.balancers.haproxy.lower.gone import gone
from poise.balancers.haproxy.lower.line_keywords import bind_keywords, by_variable, effective, server_keywords
from poise.balancers.haproxy.lower.options import option
from poise.balancers.haproxy.lower.place import Place
from poise.balancers.haproxy.lower.places import Places, Spot
from poise.balancers.haproxy.lower.rules import rule
from poise.balancers.haproxy.lower.servers import merge
from poise.balancers.haproxy.lower.settings import Settings
from poise.balancers.haproxy.values import bind_error, duration, integer
from poise.model.topology import Bind, Route

_TIMEOUTS = frozenset(
    ("client", "server", "connect", "check", "queue", "http-keep-alive", "http-request", "tunnel", "tarpit", "client-fin", "server-fin")
)
_RETRY_ON = frozenset(
    (
        "none",
        "conn-failure",
        "empty-response",
        "junk-response",
        "response-timeout",
        "0rtt-rejected",
        "all-retryable-errors",
        *("401", "403", "404", "408", "421", "425", "429", "500", "501", "502", "503", "504"),
    )
)
# Two words name the setting where the first is only a family.
_FAMILIES = frozenset(
    ("option", "timeout", "stats", "http-check", "tcp-check", "stick", "email-alert", "monitor", "capture", "compression")
)
_REPEATED = frozenset(
    (
        *("http-request", "http-response", "http-after-response", "tcp-request", "tcp-response", "log", "filter", "acl", "stick"),
        *("use-server", "force-persist", "ignore-persist", "redirect", "errorfile", "http-error", "monitor", "http-check"),
    )
)
_BACK = frozenset(("backend", "listen", "defaults"))


Handler = Callable[[Settings, Line, Place], str | None]


def apply(settings: Settings, line: Line, place: Place) -> str | None:
    """Apply one line to the settings; what HAProxy would refuse in it, or None. `server` lines are not for here."""
    keyword = line.keyword
    if keyword not in place.known.proxy:
        return gone(settings, line) or place.known.unknown(keyword, f"{place.kind} sections")
    handler = _HANDLERS.get(keyword)
    problem = proxy_problem(keyword, line.values[1:], line.negated)
    if problem is None and handler:
        problem = handler(settings, line, place)
    problem = problem or rule(settings, line, place.known)
    if (problem is None and keyword not in ("option", "stats")) or (
        keyword == "timeout" and len(line.words) > 2 and by_variable(line, line.words[2])
    ):
        _note(settings, keyword, line, place.file)
    return problem


def _note(settings: Settings, keyword: str, line: Line, file: str) -> None:
    """Keep the line as written, and where it stands: repeated rules also by number, `http-request.0` for the first."""
    values = line.values
    split = 2 if keyword in _FAMILIES else 1
    key, rest = " ".join(values[:split]), " ".join(values[split:])
    spot = Spot(line, file)
    if keyword in _REPEATED:
        settings.add_rule(key, rest, spot)
    else:
        settings.options[key] = rest
        settings.places[key] = spot


def _argument(line: Line, what: str) -> str | None:
    return None if len(line.words) > 1 and line.words[1].value else f"`{line.keyword}` needs {what}: HAProxy refuses the line"


def _no_more(line: Line, most: int) -> str | None:
    if len(line.words) - 1 > most and line.words[most + 1].value:
        return f"`{line.keyword}` takes no further argument `{line.words[most + 1].value}`: HAProxy refuses the line"
    return None


def _mode(settings: Settings, line: Line, place: Place) -> str | None:
    value = line.values[1] if len(line.words) > 1 else ""
    if value in ("log", "spop") and (place.known.version is None or place.known.version >= (2, 9)):
        settings.mode = "tcp"  # it carries logs or agents' talk, no requests
        return None
    if value not in ("http", "tcp"):
        return f"`mode {value}` is not one that HAProxy knows: write http or tcp"
    settings.mode = "http" if value == "http" else "tcp"
    return None


def _timeout(settings: Settings, line: Line, place: Place) -> str | None:
    name = line.values[1] if len(line.words) > 1 else ""
    if name == "client-hs" and (place.known.version is None or place.known.version >= (2, 9)):
        return None
    if name not in _TIMEOUTS:
        return f"`timeout {name}` is not one that HAProxy knows: it refuses the line"
    if len(line.words) < 3 or not line.words[2].value:
        return f"`timeout {name}` needs a time, e.g. 5s: HAProxy refuses the line"
    time = duration(line.words[2].value)
    if isinstance(time, str):
        return f"`timeout {name}`: {time}"
    if len(line.words) > 3 and line.words[3].value:
        return f"`timeout {name}` takes no further argument `{line.words[3].value}`: HAProxy refuses the line"
    settings.timeouts[name] = time
    return None


def _retries(settings: Settings, line: Line, place: Place) -> str | None:
    problem = _argument(line, "a number") or _no_more(line, 1)
    if problem is None:
        settings.retries = integer(line.words[1].value)
    return problem


def _maxconn(settings: Settings, line: Line, place: Place) -> str | None:
    problem = _argument(line, "a number") or _no_more(line, 1)
    if problem is None:
        settings.maxconn = integer(line.words[1].value) or None
        settings.maxconn_location = line.span(place.file, line.words[1].start, line.words[1].end)
    return problem


def _fullconn(settings: Settings, line: Line, place: Place) -> str | None:
    problem = _argument(line, "a number") or _no_more(line, 1)
    if problem is None:
        settings.fullconn = integer(line.words[1].value) or None
    return problem


def _retry_on(settings: Settings, line: Line, place: Place) -> str | None:
    wrong = next((value for value in line.values[1:] if value not in _RETRY_ON), None)
    if wrong is not None or len(line.words) < 2:
        return f"`retry-on {wrong or ''}` is not a condition that HAProxy knows: it refuses the line"
    settings.retry_on = line.values[1:]
    return None


def _http_reuse(settings: Settings, line: Line, place: Place) -> str | None:
    value = line.values[1] if len(line.words) > 1 else ""
    if value not in ("never", "safe", "aggressive", "always"):
        return f"`http-reuse {value}`: HAProxy knows never, safe, aggressive and always"
    settings.http_reuse = value
    return None


def _disabled(settings: Settings, line: Line, place: Place) -> str | None:
    problem = _no_more(line, 0)
    if problem is None:
        settings.disabled = line.keyword == "disabled"
    return problem


def _default_server(settings: Settings, line: Line, place: Place) -> str | None:
    if place.kind == "frontend":
        return None  # HAProxy warns and goes on
    found, problem = server_keywords(effective(line.words, line)[1:], place.file, line, place.known)
    merged = dict(settings.default_server)  # servers above keep what they were given
    merge(merged, found)
    settings.default_server = merged
    if place.kind in ("backend", "listen"):
        settings.default_server_locations.append(line.location(place.file))
    return problem


def _use_backend(settings: Settings, line: Line, place: Place) -> str | None:
    if place.kind == "defaults":
        return "`use_backend` is not allowed in defaults: HAProxy refuses the line"
    problem = _argument(line, "the name of a backend")
    if problem:
        return problem
    if len(line.words) > 2 and line.words[2].value not in ("if", "unless"):
        return f"`use_backend` is followed by `{line.words[2].value}` where `if` or `unless` must stand: HAProxy refuses the line"
    if place.kind != "backend":
        settings.routes.append(Route(line.words[1].value, condition(line, 2), line.location(place.file)))
    return None


def _default_backend(settings: Settings, line: Line, place: Place) -> str | None:
    problem = _argument(line, "the name of a backend") or _no_more(line, 1)
    if problem is None:
        settings.default_pool = Route(line.words[1].value, None, line.location(place.file))
    return problem


def _use_server(settings: Settings, line: Line, place: Place) -> str | None:
    if place.kind not in _BACK - {"defaults"}:
        return None
    if len(line.words) < 3 or line.words[2].value not in ("if", "unless"):
        return "`use-server` needs a server and a condition: HAProxy refuses the line"
    settings.use_server.append((line.words[1].value, condition(line, 2) or ""))
    return None


def _email_alert(settings: Settings, line: Line, place: Place) -> str | None:
    what = line.values[1] if len(line.words) > 1 else ""
    known = ("from", "level", "mailers", "myhostname", "to")
    return None if what in known else f"`email-alert {what}`: HAProxy knows {', '.join(known)}"


def _bind(settings: Settings, line: Line, place: Place) -> str | None:
    if place.kind == "defaults":
        return "`bind` is not allowed in defaults: HAProxy refuses the line"
    problem = _argument(line, "an address")
    if problem:
        return problem
    found, problem = bind_keywords(line.words[2:], place.file, line, place.known)
    options: Mapping[str, str] = {keyword.name: keyword.value for keyword in found}
    places = Places({keyword.name: keyword for keyword in found})
    for address in line.words[1].value.split(","):
        problem = problem or (None if "$" in address else bind_error(address))
        written = f"*{address}" if address.startswith(":") else address
        # In a backend HAProxy warns and goes on.
        if place.kind != "backend":
            settings.binds.append(Bind(written, line.location(place.file), "ssl" in options, options, places))
    return problem


def _balance(settings: Settings, line: Line, place: Place) -> str | None:
    return algorithms.balance(settings, line, place.file, place.known.version) if place.kind in _BACK else None


_HANDLERS: Mapping[str, Handler] = {
    "stick-table": persistence.stick_table,
    "mode": _mode,
    "balance": _balance,
    "hash-type": lambda settings, line, place: algorithms.hash_type(settings, line, place.file, place.known.version),
    "hash-balance-factor": lambda settings, line, place: algorithms.hash_balance_factor(settings, line, place.file),
    "timeout": _timeout,
    "retries": _retries,
    "retry-on": _retry_on,
    "maxconn": _maxconn,
    "fullconn": _fullconn,
    "option": lambda settings, line, place: option(settings, line, place.file, place.known),
    "cookie": persistence.cookie,
    "stick": persistence.stick,
    "persist": persistence.persist,
    "http-reuse": _http_reuse,
    "http-check": lambda settings, line, place: checks.http_check(settings, line),
    "tcp-check": lambda settings, line, place: checks.tcp_check(settings, line),
    "disabled": _disabled,
    "enabled": _disabled,
    "default-server": _default_server,
    "use_backend": _use_backend,
    "default_backend": _default_backend,
    "use-server": _use_server,
    "email-alert": _email_alert,
    "bind": _bind,
    "stats": lambda settings, line, place: stats.stats(settings, line, place.file),
}
