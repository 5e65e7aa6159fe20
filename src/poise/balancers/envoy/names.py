"""The two spellings of a field's name: `load_assignment`, and `loadAssignment` as JSON has it. Pure."""

from functools import cache

from poise.model.regexp import regexp

_PLAIN = regexp(r"[A-Za-z0-9_]+")
_UPPER = regexp(r"[A-Z]")


@cache
def camel(name: str) -> str:
    """`load_assignment` as JSON spells it: `loadAssignment`."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


@cache
def snake(key: str) -> str:
    """A key in snake_case, however it is written; what is no name of a field (`envoy.lb`, `@type`) stays as it is."""
    if key.islower() or key.isupper() or not _PLAIN.fullmatch(key):
        return key
    return _UPPER.sub(lambda found: "_" + found[0].lower(), key).removeprefix("_")
