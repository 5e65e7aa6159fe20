"""What nginx's variables can be: the same for all requests, one of a few values, or new each time. Pure."""

import re
from collections.abc import Callable, Mapping

from poise.model.regexp import regexp
from poise.model.topology import Topology
from poise.model.variable import Value, Variable

NAME = regexp(r"\$(?:\{(\w+)\}|(\w+))")
# What the listener or the machine fixes, not the client.
FIXED = frozenset(("scheme", "server_port", "server_name", "server_addr", "hostname", "nginx_version", "pid", "server_protocol", "https"))
# What no two requests, or no two connections, have in common.
PER_REQUEST = frozenset(
    ("request_id", "msec", "connection_requests", "request_time", "time_iso8601", "time_local", "date_gmt", "date_local")
)
PER_CONNECTION = frozenset(("connection", "remote_port", "proxy_protocol_port", "realip_remote_port", "connection_time"))
# Values that are made of others: a map of a split of a map.
MOST_STEPS = 6
MOST_VALUES, MOST_CHARACTERS = 20, 1000


def names(text: str) -> tuple[str, ...]:
    """The variables in a text, in lower case."""
    return tuple((braced or bare).lower() for braced, bare in NAME.findall(text))


def distinct(text: str, topology: Topology, empty: Callable[[str], object] | None = None) -> frozenset[str] | None:
    """All that a text may be, what is fixed but not known as `(name)`; None where that is open, or more than MOST_VALUES.

    A text without variables is one: itself. `empty` tells which of nginx's own variables have no value wherever the text is used.
    """
    return _distinct(text, topology, MOST_STEPS, {}, empty or (lambda _: False))


# What was found of a variable with so many steps left: values that many others are made of are worked out once.
_Known = dict[tuple[str, int], frozenset[str] | None]


def _distinct(text: str, topology: Topology, steps: int, known: _Known, empty: Callable[[str], object]) -> frozenset[str] | None:
    found = frozenset((text,))
    for name in dict.fromkeys(names(text)) if len(text) <= MOST_CHARACTERS else ():
        if (name, steps) not in known:
            known[name, steps] = _of(name, topology, steps, known, empty)
        values = known[name, steps]
        if values is None or len(values) * len(found) > MOST_VALUES:
            return None
        mark = re.compile(rf"\$(?:\{{{name}\}}|{name}\b)", re.IGNORECASE)
        found = frozenset(mark.sub(value.replace("\\", r"\\"), each) for each in found for value in values)
        if any(len(each) > MOST_CHARACTERS for each in found):
            return None
    return found if len(text) <= MOST_CHARACTERS else None


def _of(name: str, topology: Topology, steps: int, known: _Known, empty: Callable[[str], object]) -> frozenset[str] | None:
    variable = topology.variables.get(name)
    # A variable of the configuration's own may have any name.
    if variable is None and empty(name):
        return frozenset(("",))
    if name in FIXED:
        return frozenset((f"({name})",))
    if variable is None or not variable.complete or steps == 0:
        return None
    found: set[str] = set() if _certain(variable) else {""}
    for value in variable.values:
        more = _distinct(value.text, topology, steps - 1, known, empty)
        if more is None:
            return None
        found |= more
    source = _distinct(variable.source, topology, steps - 1, known, empty) if len(found) > 1 and variable.source else None
    # The same source leads to the same value, whichever.
    return frozenset((f"({name})",)) if source is not None and len(source) == 1 else frozenset(found)


def _certain(variable: Variable) -> bool:
    """Whether one of the entries holds in any case; else the variable may be empty."""
    if variable.kind == "set":
        return True
    keys = {value.key for value in variable.values}
    if variable.kind == "split_clients":
        return "*" in keys or sum(float(key[:-1]) for key in keys if re.fullmatch(r"\d{1,3}(?:\.\d{1,2})?%", key)) >= 100
    return bool(keys & {"default", "0.0.0.0/0"})


def values_beside_pools(topology: Topology) -> Mapping[str, Value]:
    """By text in lower case, the values of maps, geos and splits that have the names of pools among their values."""
    declared = {pool.name.lower() for pool in topology.pools if not pool.implicit}
    found: dict[str, Value] = {}
    for variable in topology.variables.values():
        if variable.kind != "set" and any(value.text.lower() in declared for value in variable.values):
            for value in variable.values:
                found.setdefault(value.text.lower(), value)
    return found


def without_answers(text: str) -> str:
    """A key as nginx reads it when it chooses a server: what the server answers is not there yet, measured with a cookie and a header.

    Only in the key itself: `set $shard $upstream_http_x_shard` behind an X-Accel-Redirect reads what the server before it answered.
    """
    return re.sub(r"\$(?:\{upstream_(?:http|cookie|trailer)_\w+\}|upstream_(?:http|cookie|trailer)_\w+)", "", text, flags=re.IGNORECASE)


def fresh(text: str, topology: Topology) -> str | None:
    """The variable that makes a key new for each request or connection, None where none does."""
    found = list(names(text))
    for name in list(found):
        variable = topology.variables.get(name)
        # A key that is nothing but another variable in other words.
        if variable is not None and variable.kind == "set" and len(variable.values) == 1:
            found += names(variable.values[0].text)
    return next((name for name in found if name in PER_REQUEST or name in PER_CONNECTION), None)
