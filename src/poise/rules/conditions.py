"""Conditions of HAProxy's rules that hold for every request, or for none. Pure."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from poise.balancers.haproxy.criteria import EVERYTHING, acls

TRUE, FALSE = ("TRUE",), ("FALSE",)


def always(condition: str | None, options: Mapping[str, str]) -> bool:
    """Whether that condition, as written (`if TRUE`, None for none), holds for every request. `options` hold the section's acl lines."""
    return condition is None or _holds(condition, options) is True


def never(condition: str | None, options: Mapping[str, str]) -> bool:
    """Whether that condition holds for no request."""
    return condition is not None and _holds(condition, options) is False


def _holds(condition: str, options: Mapping[str, str]) -> bool | None:
    words = condition.split()
    negated = words[:1] == ["unless"]
    if words[:1] in (["if"], ["unless"]):
        words = words[1:]
    branches: list[list[bool | None]] = [[]]
    at = 0
    while at < len(words):
        word = words[at]
        if word.lower() in ("or", "||"):
            branches.append([])
            at += 1
            continue
        bare = word.lstrip("!")
        size = 1
        if bare == "{":
            end = next((i for i in range(at, len(words)) if words[i] == "}"), len(words))
            size = end - at + 1
            value = _criterion(" ".join(words[at + 1 : end]))
        else:
            value = _named(bare, options)
        if (len(word) - len(bare)) % 2 and value is not None:
            value = not value
        branches[-1].append(value)
        at += size
    whole = _any(_all(branch) for branch in branches)
    return (not whole) if negated and whole is not None else whole


def _all(values: list[bool | None]) -> bool | None:
    return False if False in values else (None if None in values or not values else True)


def _any(values: Iterable[bool | None]) -> bool | None:
    found = list(values)
    return True if True in found else (None if None in found else False)


def _criterion(text: str) -> bool | None:
    if text in EVERYTHING:
        return True
    return False if text == "always_false" else None


def _named(name: str, options: Mapping[str, str]) -> bool | None:
    if name in TRUE or name in FALSE:
        return name in TRUE
    return _declared(options.get("acl", "")).get(name)


@lru_cache(maxsize=32)
def _declared(text: str) -> Mapping[str, bool | None]:
    """Whether each acl of a section holds always or never, asked once however many rules name it."""
    return {name: _any(_criterion(line.strip()) for _, line in lines) for name, lines in acls(text).items()}
