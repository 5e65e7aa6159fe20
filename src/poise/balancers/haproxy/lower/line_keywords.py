"""Cuts the keywords of a `server`, `default-server` or `bind` line apart and checks those whose value HAProxy checks."""

import re
from collections.abc import Collection, Sequence

from poise.balancers.haproxy.document import Line, Word
from poise.balancers.haproxy.lower.rules import expression
from poise.balancers.haproxy.lower.settings import Keyword
from poise.balancers.haproxy.lower.versions import Vocabulary
from poise.balancers.haproxy.values import duration, integer
from poise.model.regexp import regexp

_TIMES = frozenset(("inter", "fastinter", "downinter", "slowstart", "agent-inter", "pool-purge-delay", "tcp-ut"))
_WAYS = ("last", "libc", "none")
_NUMERIC = regexp(r"[0-9a-fA-F.:\[\]]{2,45}")
# These take an empty or missing value and read it as 0 (C's atol), so HAProxy says nothing of it.
_LENIENT = frozenset(("weight", "maxconn", "minconn", "maxqueue"))
_PROTOCOLS = ("h1", "h2", "fcgi", "none", "quic", "spop")
_TLS = ("SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_CHOICES = {
    "on-error": ("fastinter", "fail-check", "sudden-death", "mark-down"),
    "on-marked-down": ("shutdown-sessions",),
    "on-marked-up": ("shutdown-backup-sessions",),
    "observe": ("none", "layer4", "layer7"),
    "verify": ("none", "required"),
    "resolve-prefer": ("ipv4", "ipv6"),
    "log-proto": ("legacy", "octet-count"),
    "ws": ("auto", "h1", "h2"),
    **dict.fromkeys(("proto", "check-proto"), _PROTOCOLS),
    **dict.fromkeys(("ssl-min-ver", "ssl-max-ver"), _TLS),
}
_BIND_CHOICES = {
    "level": ("user", "operator", "admin"),
    "severity-output": ("none", "number", "string"),
    "expose-fd": ("listeners",),
    "verify": ("none", "optional", "required"),
    "proto": _PROTOCOLS,
    **dict.fromkeys(("ssl-min-ver", "ssl-max-ver"), _TLS),
}
# Lists with commas between their words.
_LISTS = {
    "proxy-v2-options": frozenset(["ssl", "cert-cn", "ssl-cipher", "cert-sig", "cert-key", "authority", "crc32c", "unique-id"]),
    "resolve-opts": frozenset(["allow-dup-ip", "ignore-weight", "prevent-dup-ip"]),
}
_BIND_NUMBERS = {
    "id": regexp(r"[1-9]\d{0,9}"),
    "mode": regexp(r"-?[0-7]{1,5}"),
    "backlog": regexp(r"[^-].*", re.DOTALL),
    "maxconn": regexp(r"[^-].*", re.DOTALL),
    "mss": regexp(r"[+-]?\d.*", re.DOTALL),
    "tcp-ut": regexp(r"\d.*", re.DOTALL),
    "accept-netscaler-cip": regexp(r"[+-]?\d.*", re.DOTALL),
    "shards": regexp(r"\d.*|by-\w+", re.DOTALL),
    **dict.fromkeys(("process", "thread"), regexp(r"(?:all|odd|even|\d[\d-]*)(?:/(?:all|odd|even|\d[\d-]*))?(?:,.*)?", re.DOTALL)),
}


def effective(words: Sequence[Word], line: Line | None = None) -> tuple[Word, ...]:
    """The words up to the first empty one: HAProxy's loops stop there, and an unset variable leaves one behind.

    With their `line`, empty words that variables stand for are kept: where HAProxy runs, they have a value.
    """
    for index, word in enumerate(words):
        if not word.value and not (line is not None and by_variable(line, word)):
            return tuple(words[:index])
    return tuple(words)


def by_variable(line: Line, word: Word) -> bool:
    """Whether a variable stands in the word as it is written."""
    return "$" in line.raw[word.start : word.end]


def server_keywords(words: Sequence[Word], file: str, line: Line, known: Vocabulary) -> tuple[tuple[Keyword, ...], str | None]:
    """The keywords after a server's address in order, and the first thing HAProxy would refuse.

    HAProxy stops there. What is meant is read on from the next known keyword: a server must not lose its weight to a word before it.
    """
    found: list[Keyword] = []
    first: str | None = None
    at = 0
    while at < len(words):
        word = words[at]
        name = word.value
        following = words[at + 1] if at + 1 < len(words) else None
        problem: str | None = None
        size = 1
        if not name and by_variable(line, word):
            pass
        elif not name:
            break
        elif name == "source":
            # source ADDR [usesrc ADDR2] | [interface NAME] (configuration manual, 5.2)
            if following is None or not following.value:
                problem = "`source` needs an address: HAProxy refuses the line"
            else:
                size = 4 if at + 3 < len(words) and words[at + 2].value in ("usesrc", "interface") else 2
                found.append(Keyword(name, " ".join(w.value for w in words[at + 1 : at + size]), file, line, word, following))
        elif name in known.server_flags:
            found.append(Keyword(name, "", file, line, word))
        elif name in known.server_values:
            size = 2
            value = following.value if following is not None else ""
            problem = _check(name, value) or (expression(value, known) if name == "sni" else None)
            if following is not None and (problem or not value) and by_variable(line, following):
                # A variable without a value, as was told: what stands there is not known, and the rest of the line is.
                problem = None
            elif problem is None:
                found.append(Keyword(name, value, file, line, word, following))
        elif known.server_prefixes and name.startswith(known.server_prefixes):
            size = 2
            found.append(Keyword(name, following.value if following is not None else "", file, line, word, following))
        else:
            problem = known.unknown(name, "server lines")
            size = _to_known(words, at, known.server_flags, known.server_values)
        first = first or problem
        at += size
    return tuple(found), first


def _to_known(words: Sequence[Word], at: int, *known: Collection[str]) -> int:
    """How many words to pass over until the next keyword."""
    return next((index for index in range(at + 1, len(words)) if any(words[index].value in names for names in known)), len(words)) - at


def _check(name: str, value: str) -> str | None:
    if name in _LENIENT:
        if name == "weight" and not 0 <= integer(value) <= 256:
            return f"weight {value} is not within 0 and 256: HAProxy refuses the line"
        return None
    if not value:
        return f"`{name}` needs a value: HAProxy refuses the line"
    if name in _TIMES:
        time = duration(value)
        if isinstance(time, str):
            return f"`{name}`: {time}"
        if name in ("inter", "fastinter", "downinter") and not time:
            return f"`{name} {value}`: a check interval of zero is refused by HAProxy"
    if name in ("rise", "fall", "error-limit") and integer(value) <= 0:
        return f"`{name} {value}`: HAProxy wants a number above 0"
    if name == "id" and integer(value) <= 0:
        return f"`id {value}`: HAProxy wants a number above 0"
    if name == "usesrc":
        return "`usesrc` stands behind `source ADDRESS`: HAProxy refuses the line"
    if name == "pool-max-conn" and integer(value) < -1:
        return f"`pool-max-conn {value}`: HAProxy wants -1 or more"
    if name == "agent-inter" and not duration(value):
        return "`agent-inter` of zero is refused by HAProxy"
    allowed = _CHOICES.get(name)
    if allowed and value not in allowed:
        return f"`{name} {value}` is refused by HAProxy, which knows {', '.join(allowed)}"
    words = _LISTS.get(name)
    wrong = next((word for word in value.split(",", 64) if words and word not in words), None)
    if wrong is not None and words:
        return f"`{name} {wrong}` is refused by HAProxy, which knows {', '.join(sorted(words))}"
    if name == "init-addr":
        wrong = next((way for way in value.split(",", 64) if way not in _WAYS and not _NUMERIC.fullmatch(way)), None)
        return f"`init-addr {wrong}` is refused by HAProxy, which knows {', '.join(_WAYS)} and addresses" if wrong is not None else None
    return None


def bind_keywords(words: Sequence[Word], file: str, line: Line, known: Vocabulary) -> tuple[tuple[Keyword, ...], str | None]:
    """The keywords after a bind's addresses in order, and the first thing HAProxy would refuse; read on as for servers."""
    found: list[Keyword] = []
    first: str | None = None
    at = 0
    while at < len(words):
        word = words[at]
        name = word.value
        following = words[at + 1] if at + 1 < len(words) else None
        problem: str | None = None
        size = 1
        if name in known.bind_flags or name == "ssl":
            found.append(Keyword(name, "", file, line, word))
        elif name in known.bind_values:
            size = 2
            allowed, pattern = _BIND_CHOICES.get(name), _BIND_NUMBERS.get(name)
            if following is None:
                problem = f"`{name}` needs a value: HAProxy refuses the line"
            elif (allowed and following.value not in allowed) or (pattern and not pattern.fullmatch(following.value)):
                expected = f"which knows {', '.join(allowed)}" if allowed else "which wants a number there"
                problem = f"`{name} {following.value}` is refused by HAProxy, {expected}"
            else:
                found.append(Keyword(name, following.value, file, line, word, following))
        else:
            problem = known.unknown(name, "bind lines")
            size = _to_known(words, at, known.bind_flags, known.bind_values, ("ssl",))
        first = first or problem
        at += size
    return tuple(found), first
