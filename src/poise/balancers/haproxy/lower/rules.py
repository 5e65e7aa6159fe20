"""Checks rules and their conditions for names that HAProxy does not know: a typo there makes it refuse the whole file."""

import re
from collections.abc import Iterator, Mapping, Sequence

from poise.balancers.haproxy import vocabulary as words_known
from poise.balancers.haproxy.document import Line
from poise.balancers.haproxy.lower.conditions import condition_at
from poise.balancers.haproxy.lower.settings import Settings
from poise.balancers.haproxy.lower.versions import Vocabulary
from poise.model.regexp import regexp

# Lines that may end in a condition, and the word where it may begin at the earliest.
CONDITIONAL = {
    "use_backend": 2,
    "use-server": 2,
    "use-fcgi-app": 2,
    "http-request": 2,
    "http-response": 2,
    "http-after-response": 2,
    "tcp-request": 2,
    "tcp-response": 2,
    "redirect": 2,
    "monitor": 2,
    "force-persist": 1,
    "ignore-persist": 1,
    "stick": 3,
}
# How many words stand between an action and its condition, where that is fixed (configuration manual, 4.2; checked with 2.6 and 2.8).
ARITY = {
    name: count
    for count, names in {
        0: "allow disable-l7-retry accept reject unset-var sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1 wait-for-handshake",
        1: "set-method set-path set-pathq set-query set-uri set-log-level set-mark set-nice set-tos set-src set-src-port set-dst "
        "set-dst-port set-priority-class set-priority-offset add-acl del-acl del-map set-var set-var-fmt sc-set-gpt sc-set-gpt0 "
        "use-service strict-mode cache-use cache-store",
        2: "send-spoe-group early-hint add-header set-header replace-uri replace-path replace-pathq set-map set-timeout",
        3: "replace-header replace-value",
    }.items()
    for name in names.split()
}
# Without their argument these are accepted too.
OPTIONAL = frozenset(("set-var-fmt", "sc-set-gpt0"))
EXPRESSIONS = frozenset(("set-src", "set-src-port", "set-dst", "set-dst-port", "set-priority-class", "set-priority-offset", "set-var"))
_REPLY = {
    "deny_status": 1,
    "status": 1,
    "content-type": 1,
    "default-errorfiles": 0,
    "errorfile": 1,
    "errorfiles": 1,
    "file": 1,
    "lf-file": 1,
    "string": 1,
    "lf-string": 1,
    "hdr": 2,
}
# Actions whose arguments are words with so many values each, in any order.
WORDS: Mapping[str, Mapping[str, int]] = {
    "deny": _REPLY,
    "return": _REPLY,
    "tarpit": _REPLY,
    "auth": {"realm": 1},
    "silent-drop": {"rst-ttl": 1},
    "capture": {"len": 1, "id": 1},
    "del-header": {"-m": 1},
    "set-status": {"reason": 1},
    "wait-for-body": {"time": 1, "at-least": 1},
    "redirect": {
        **dict.fromkeys(("location", "prefix", "scheme", "code", "set-cookie", "clear-cookie", "set-cookie-fmt"), 1),
        **dict.fromkeys(("drop-query", "append-slash", "ignore-empty", "keep-query"), 0),
    },
}
# These need at least one argument; those begin with a value of their own.
FILLED = frozenset(("redirect", "wait-for-body", "capture", "del-header", "set-status"))
HEADED = frozenset(("capture", "del-header", "set-status"))
_NUMBER = regexp(r"[+-]?\d{1,18}|0[xX][0-9a-fA-F]{1,16}")
VALUES = {
    "set-log-level": regexp("emerg|alert|crit|err|error|warning|warn|notice|info|debug|silent"),
    "set-mark": _NUMBER,
    "set-tos": _NUMBER,
    "set-nice": regexp(r"[+-]?\d.{0,17}|[^\d].*", re.DOTALL),
    "strict-mode": regexp("on|off"),
    "set-timeout": regexp("server|tunnel|client"),
}
# HAProxy takes `or` in capitals too, and so lets no acl bear that name (2.6 and 2.8).
OR = ("or", "||")
# Set by modules that the file loads, or by builds that not everybody has.
_FOREIGN = ("lua.", "51d", "wurfl", "da-csv", "ot.")


def rule(settings: Settings, line: Line, known: Vocabulary) -> str | None:
    """What HAProxy would refuse in this rule, None if nothing."""
    keyword = line.keyword
    problem: str | None = None
    if keyword == "acl":
        problem = _declaration(settings, line, known)
    elif keyword == "filter":
        name = line.values[1] if len(line.words) > 1 else ""
        if name not in known.filters and known.complete:
            problem = known.later(name, f"filter {name}", "filter") or f"`filter {name}` is not a filter that HAProxy knows"
    elif known.complete:
        problem = _action(line, known)
        if problem is None and keyword == "stick" and len(line.words) > 2:
            problem = expression(line.values[2], known)
    earliest = CONDITIONAL.get(keyword)
    if problem is None and earliest is not None:
        at = condition_at(line.words[earliest:])
        if at is not None:
            problem = _condition(settings, line.values[earliest + at + 1 :], known)
    return problem


def _declaration(settings: Settings, line: Line, known: Vocabulary) -> str | None:
    if len(line.words) < 3:
        return "`acl` needs a name and a criterion: HAProxy refuses the line"
    name = line.words[1].value
    if name.lower() == "or":
        return f"an acl cannot be named `{name}`, the word between two conditions: HAProxy refuses the line"
    settings.acls[name] = None
    return expression(line.words[2].value, known)


def _action(line: Line, tables: Vocabulary) -> str | None:
    values = line.values
    keyword = values[0]
    if keyword in ("http-request", "http-response", "http-after-response"):
        known, action = tables.actions[keyword], values[1] if len(values) > 1 else ""
    elif keyword in ("tcp-request", "tcp-response"):
        kind = values[1] if len(values) > 1 else ""
        if kind == "inspect-delay":
            return None
        found = tables.actions.get(f"{keyword} {kind}")
        if found is None:
            return f"`{keyword} {kind}` is not one that HAProxy knows: it refuses the line"
        known, action, keyword = found, values[2] if len(values) > 2 else "", f"{keyword} {kind}"
        if action in ("if", "unless"):
            action = ""
    else:
        return None
    if action.startswith(_FOREIGN):
        return None
    if action in known or (action and any(name.endswith("*") and action.startswith(name[:-1]) for name in known)):
        return _too_many_or_few(keyword, action, values[2 + keyword.count(" ") :], tables)
    later = tables.later(action, f"{keyword} {action}", keyword)
    return later or f"`{keyword} {action}` is not an action that HAProxy knows: it refuses the line"


def _too_many_or_few(keyword: str, action: str, arguments: Sequence[str], tables: Vocabulary) -> str | None:
    name = action.partition("(")[0]
    said = f"`{keyword} {action}`"
    wanted, words, pattern = ARITY.get(name), WORDS.get(name), VALUES.get(name)
    if words is not None:
        if name in FILLED and (not arguments or arguments[0] in ("", "if", "unless")):
            return f"{said} needs an argument: HAProxy refuses the line"
        given = arguments[1:] if name in HEADED else arguments
        return _words(said, words, given) or (expression(arguments[0], tables) if name == "capture" else None)
    if wanted is None:
        return expression(arguments[0], tables) if name.startswith("track-sc") and arguments else None
    # The first arguments are taken whatever they are, even `if`.
    if any(not argument for argument in arguments[:wanted]) or (len(arguments) < wanted and name not in OPTIONAL):
        return f"{said} needs {wanted} argument{'' if wanted == 1 else 's'}: HAProxy refuses the line"
    following = arguments[wanted] if len(arguments) > wanted else ""
    if following not in ("", "if", "unless"):
        return f"{said} is followed by `{following}` where `if` or `unless` must stand: HAProxy refuses the line"
    first = arguments[0] if wanted and arguments else ""
    if pattern is not None and first and not pattern.fullmatch(first):
        return f"{said} does not take `{first}`: HAProxy refuses the line"
    return expression(first, tables) if name in EXPRESSIONS and first else None


def _words(said: str, words: Mapping[str, int], arguments: Sequence[str]) -> str | None:
    """What is wrong with arguments that are words with so many values each."""
    at = 0
    while at < len(arguments) and arguments[at] not in ("", "if", "unless"):
        if arguments[at] not in words:
            return f"{said} does not know `{arguments[at]}`: HAProxy refuses the line"
        at += 1 + words[arguments[at]]
    return f"{said} lacks a value at its end: HAProxy refuses the line" if at > len(arguments) else None


def _condition(settings: Settings, values: Sequence[str], known: Vocabulary) -> str | None:
    inside = False
    fresh = False
    for value in values:
        if inside:
            if value == "}":
                inside = False
            elif fresh:
                problem = expression(value, known)
                if problem:
                    return problem
            fresh = False
            continue
        word = value.lstrip("!")
        if word == "{":
            inside = fresh = True
        elif word and word.lower() not in OR and word not in settings.acls and word not in words_known.DEFAULT_ACLS:
            return f"the condition names `{word}`, for which there is no `acl` above: HAProxy refuses the line"
    return "the condition opens `{` and never closes it: HAProxy refuses the line" if inside else None


def expression(text: str, known: Vocabulary) -> str | None:
    """What HAProxy would refuse in `fetch(args),converter(args)…`."""
    if not known.complete:
        return None
    for index, part in enumerate(_parts(text)):
        name = part.split("(", 1)[0].strip()
        if not name or name.startswith(_FOREIGN):
            continue
        if index == 0 and name not in known.fetches:
            return (
                known.later(name, name, "fetch")
                or f"`{name}` is nothing that HAProxy can look at in a request (no such fetch): it refuses the line"
            )
        if index and name not in known.converters:
            return known.later(name, name, "converter") or f"`{name}` is not a converter that HAProxy knows: it refuses the line"
    return None


def _parts(text: str) -> Iterator[str]:
    """Cut at the commas outside brackets; a closing bracket inside quotes does not count (configuration manual, 2.2)."""
    depth, start, quote = 0, 0, ""
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'" and depth:
            quote = char
        elif char == "(" and not depth:
            depth = 1
        elif char == ")" and depth:
            depth = 0
        elif char == "," and not depth:
            yield text[start:index]
            start = index + 1
    yield text[start:]
