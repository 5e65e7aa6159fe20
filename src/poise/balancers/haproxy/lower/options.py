"""Lowers `option …` and `no option …`."""

from poise.balancers.haproxy import keywords
from poise.balancers.haproxy.arguments import option_problem
from poise.balancers.haproxy.document import Line
from poise.balancers.haproxy.later import brought
from poise.balancers.haproxy.lower.places import Spot
from poise.balancers.haproxy.lower.settings import Check, Settings
from poise.balancers.haproxy.lower.versions import Vocabulary

# One of these at a time says how servers are checked; the last one written wins.
CHECKS = {
    "httpchk": "http",
    "tcp-check": "tcp",
    "ldap-check": "other",
    "mysql-check": "other",
    "pgsql-check": "other",
    "redis-check": "other",
    "smtpchk": "other",
    "spop-check": "other",
    "ssl-hello-chk": "other",
    "external-check": "other",
}
_LATER_OPTIONS = frozenset(word for word, _ in brought("option"))
_CLOSE = ("httpclose", "http-server-close", "http-keep-alive")
_GONE = {
    "forceclose": "it was removed in 2.0: take it out, or use `option httpclose` if connections must really be closed",
    "http_proxy": "it was removed in 2.5: `http-request do-resolve` and `http-request set-dst` do its work",
    "http-use-htx": "newer releases always work so and no longer take the word: take it out",
    "http-tunnel": "it was removed in 2.1: take it out, nothing replaces it",
}


def option(settings: Settings, line: Line, file: str, known: Vocabulary) -> str | None:
    """Apply one option line; what HAProxy would refuse."""
    values = line.values[1:]
    name = values[0] if values else ""
    if name in _GONE:
        return f"`option {name}` is refused by HAProxy: {_GONE[name]}"
    if name not in known.options:
        if known.complete and not any(name == word for word, _ in brought("option")):
            return f"`option {name}` is not an option that HAProxy knows: it refuses the line. Correct or remove it"
        return known.unknown(name, "options")
    if name in _LATER_OPTIONS:
        _note(settings, name, " ".join(values[1:]), Spot(line, file), not line.negated)
        return None
    if (line.negated or line.default_prefix) and name not in keywords.NEGATABLE_OPTIONS and not (name == "forwarded" and line.negated):
        return f"`no` is not for `option {name}`: HAProxy refuses the line"
    # 2.6 takes the option's own name for an argument where `default` stands in front.
    old = known.version is not None and known.version <= (2, 6) and name != "redispatch"
    if line.default_prefix and (name in _CLOSE or old):
        return f"`default` is not for `option {name}`: HAProxy refuses the line"
    problem = option_problem(name, values[1:], line.negated or line.default_prefix)
    if problem:
        return problem
    on = not line.negated and not line.default_prefix
    _note(settings, name, " ".join(values[1:]), Spot(line, file), on)
    if name in CHECKS:
        _check(settings, name, values[1:], line, file)
    elif name == "redispatch":
        settings.redispatch = on
    elif name == "allbackups":
        settings.all_backups = on
    elif name in _CLOSE:
        settings.close_mode = name if on else (None if settings.close_mode == name else settings.close_mode)
    return None


def _note(settings: Settings, name: str, value: str, spot: Spot, on: bool) -> None:
    key = f"option {name}"
    if on:
        settings.options[key] = value
        settings.places[key] = spot
    else:
        settings.options.pop(key, None)
        settings.places.maps[0].pop(key, None)


def _check(settings: Settings, name: str, arguments: tuple[str, ...], line: Line, file: str) -> None:
    before = settings.check
    check = Check(kind=CHECKS[name], location=line.location(file))
    if name == "httpchk":
        # Configuration manual, option httpchk: [<method>] <uri> [<version>]; OPTIONS / where nothing is said.
        method, path = ("OPTIONS", arguments[0]) if len(arguments) == 1 else (arguments[0], arguments[1]) if arguments else ("OPTIONS", "/")
        check.method = method if arguments else before.method or method
        check.path = path if arguments else before.path or path
        check.expect = before.expect
    elif name == "tcp-check":
        check.scripted = before.scripted
    settings.check = check
