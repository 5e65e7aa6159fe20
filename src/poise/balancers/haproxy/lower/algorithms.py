"""Lowers `balance`, `hash-type` and `hash-balance-factor`."""

import re

from poise.balancers.haproxy.document import Line
from poise.balancers.haproxy.lower.settings import Settings
from poise.balancers.haproxy.values import integer
from poise.model.regexp import regexp
from poise.model.topology import Algorithm

_PLAIN = ("roundrobin", "static-rr", "leastconn", "first", "source")
_DRAWS = regexp(r"[ \t]*\+?\d{1,18}", re.ASCII)
_BRACKETED = regexp(r"(hdr|random|rdp-cookie)(?:\(([^)]*)\))?")
# Algorithms that came after 2.8: one server until it fails, and the one for logs.
LATER_ALGORITHMS = {"sticky": (3, 0), "log-hash": (2, 9)}
_FUNCTIONS = ("sdbm", "djb2", "wt6", "crc32", "none")


def balance(settings: Settings, line: Line, file: str, version: tuple[int, int] | None) -> str | None:
    """Set the algorithm; what HAProxy would refuse."""
    values = line.values[1:]
    # `balance` alone means round robin (checked: 2.6 and 2.8 accept it).
    word = values[0] if values and values[0] else "roundrobin"
    if word in LATER_ALGORITHMS and (version is None or version >= LATER_ALGORITHMS[word]):
        settings.algorithm = Algorithm(word, " ".join(values[1:]) or None, location=line.location(file))
        return None
    if word in LATER_ALGORITHMS:
        since, asked = (".".join(map(str, each)) for each in (LATER_ALGORITHMS[word], version or ()))
        return f"`balance {word}` exists from HAProxy {since} on: {asked} refuses the line"
    name, argument, problem = _algorithm(word, values[1:])
    if problem:
        return problem
    settings.algorithm = Algorithm(name, argument, location=line.location(file))
    return None


def _algorithm(word: str, rest: tuple[str, ...]) -> tuple[str, str | None, str | None]:
    if word in _PLAIN:
        return word, None, None
    if word == "uri":
        return word, " ".join(rest) or None, None
    if word in ("url_param", "hash"):
        if not rest or not rest[0]:
            return word, None, f"`balance {word}` needs {'the name of a parameter' if word == 'url_param' else 'an expression'}"
        return word, rest[0], None
    match = _BRACKETED.fullmatch(word)
    if match is None:
        known = ", ".join((*_PLAIN, "uri", "url_param", "hdr(name)", "random", "rdp-cookie(name)", "hash"))
        return word, None, f"`balance {word}` is not an algorithm of HAProxy, which knows {known}"
    name, argument = match.group(1), match.group(2)
    if name == "hdr" and not argument:
        return name, None, "`balance hdr` needs the name of a header in brackets, e.g. hdr(Host)"
    if name == "random":
        # Checked with 2.6: +2 and nothing in the brackets pass, 1x and what no 64 bits hold do not.
        if argument and (not _DRAWS.fullmatch(argument) or integer(argument) < 1):
            return name, None, f"`balance random({argument})` needs a number of draws of at least 1"
        return name, argument or None, None
    # Without a name HAProxy looks at the mstshash cookie (configuration manual, balance rdp-cookie).
    return name, argument or ("mstshash" if name == "rdp-cookie" else None), None


def hash_type(settings: Settings, line: Line, file: str, version: tuple[int, int] | None) -> str | None:
    """Set the hash's method, function and modifier; what HAProxy would refuse."""
    values = line.values[1:]
    method = values[0] if values else ""
    if method not in ("map-based", "consistent"):
        return f"`hash-type {method}`: HAProxy knows map-based and consistent"
    rest = [value for value in values[1:] if value]
    function = rest[0] if rest and rest[0] != "avalanche" else None
    modifier = rest[1] if len(rest) > 1 else ("avalanche" if rest and rest[0] == "avalanche" else None)
    known = _FUNCTIONS if version is None or version >= (2, 9) else _FUNCTIONS[:-1]
    if function is not None and function not in known:
        return f"`hash-type … {function}`: HAProxy knows {', '.join(known)}"
    if modifier is not None and modifier != "avalanche":
        return f"`hash-type … {modifier}`: HAProxy knows avalanche"
    settings.hash_method, settings.hash_function, settings.hash_modifier = method, function, modifier
    return None


def hash_balance_factor(settings: Settings, line: Line, file: str) -> str | None:
    """Set the bound of load per server; what HAProxy would refuse."""
    values = line.values[1:]
    if not values or not values[0]:
        return "`hash-balance-factor` needs a number"
    factor = integer(values[0])
    if factor and factor <= 100:
        return f"`hash-balance-factor {values[0]}`: HAProxy wants 0 or a number above 100"
    settings.hash_balance_factor = factor or None
    return None
