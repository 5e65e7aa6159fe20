"""The variables that a configuration defines itself, with what they may hold, for rules to judge by."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from poise.balancers.nginx.document import Directive
from poise.model.variable import Value, Variable

# So many different values of one variable are kept: a map of a hundred thousand entries is told by its first ones.
MOST_VALUES = 20
# Words of a block that are no entries. `include` means that more entries stand elsewhere.
_SETTINGS = frozenset(("delete", "proxy", "proxy_recursive", "ranges", "hostnames", "volatile"))

# Scripts may assign any variable that `set` declares (`ngx.var.shard = …`).
_SCRIPT = re.compile(r"\w+_by_lua(?:_block|_file)?|js_(?:access|content|filter|preread|header_filter|body_filter)|perl")
# What gives one variable a value that is not in the file.
_OUTSIDE = frozenset(("auth_request_set", "js_set", "js_var", "perl_set"))


@lru_cache(maxsize=1024)
def assigns(name: str) -> bool:
    """Whether a directive of that name gives variables values that are not in the file."""
    return name in _OUTSIDE or _SCRIPT.fullmatch(name) is not None


def _in_block(block: Directive) -> Variable:
    values: dict[str, Value] = {}
    complete = True
    for entry in block.body or []:
        if entry.name == "include":
            complete = False
        if entry.name in _SETTINGS or entry.name == "include" or len(entry.args) != 1:
            continue
        text = entry.args[0]
        # Two parts of the clients are two entries also where both are alike: each has its own range of hash values.
        key = f"{len(values)}" if block.name == "split_clients" else text
        if key in values:
            continue
        if len(values) == MOST_VALUES:
            complete = False
            break
        values[key] = Value(entry.name, text, entry.location())
    source = block.args[0] if len(block.args) > 1 else "$remote_addr"
    kind: Literal["map", "geo", "split_clients"] = "map" if block.name == "map" else "geo" if block.name == "geo" else "split_clients"
    return Variable(kind, source, tuple(values.values()), block.location(), complete)


def defined(directives: Iterable[Directive]) -> Mapping[str, Variable]:
    """The variables by name in lower case, without `$`. One that is defined in two ways is left out: which one counts depends on the place.

    `directives` are `map`, `geo`, `split_clients` and `set`, the latter from any place: its values are those of all places together; and
    those that `assigns` names.
    """
    found: dict[str, Variable | None] = {}
    scripted = False
    for directive in directives:
        words = directive.args
        if assigns(directive.name):
            if directive.name in _OUTSIDE and words:
                found[words[0].removeprefix("$").lower()] = None
            scripted = scripted or directive.name not in _OUTSIDE
            continue
        if not words or (directive.body is None) != (directive.name == "set"):
            continue
        name = (words[0] if directive.name == "set" else words[-1]).removeprefix("$").lower()
        before = found.get(name)
        if directive.name != "set":
            found[name] = None if name in found else _in_block(directive)
        elif name not in found:
            location = directive.location()
            found[name] = Variable("set", "", (Value("", words[-1], location),), location)
        elif before is None or before.kind != "set":
            found[name] = None
        elif all(value.text != words[-1] for value in before.values):
            kept = before.values if len(before.values) == MOST_VALUES else (*before.values, Value("", words[-1], directive.location()))
            found[name] = Variable("set", "", kept, before.location, len(before.values) < MOST_VALUES)
    known = {name: variable for name, variable in found.items() if variable is not None}
    if scripted:
        known = {name: replace(each, complete=False) if each.kind == "set" else each for name, each in known.items()}
    return known
