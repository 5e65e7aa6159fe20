"""What nginx's variables can be: the same for all requests, one of a few values, or new each time. Pure."""

import re

from poise.model.topology import Topology
from poise.model.variable import Value, Variable

NAME = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
# What the listener or the machine fixes, not the client.
FIXED = frozenset(("scheme", "server_port", "server_name", "server_addr", "hostname", "nginx_version", "pid", "server_protocol", "https"))
# What no two requests, or no two connections, have in common.
PER_REQUEST = frozenset(
    ("request_id", "msec", "connection_requests", "request_time", "time_iso8601", "time_local", "date_gmt", "date_local")
)
PER_CONNECTION = frozenset(("connection", "remote_port", "proxy_protocol_port", "realip_remote_port", "connection_time"))
# Values that are made of others: a map of a split of a map.
MOST_STEPS = 6


def names(text: str) -> tuple[str, ...]:
    """The variables in a text, in lower case."""
    return tuple((braced or bare).lower() for braced, bare in NAME.findall(text))


def distinct(text: str, topology: Topology, steps: int = MOST_STEPS) -> frozenset[str] | None:
    """All that a text may be, what is fixed but not known as `(name)`; None where that is open, or more than 20.

    A text without variables is one: itself.
    """
    found = frozenset((text,))
    for name in dict.fromkeys(names(text)):
        values = _of(name, topology, steps)
        if values is None or len(values) * len(found) > 20:
            return None
        mark = re.compile(rf"\$(?:\{{{name}\}}|{name}\b)", re.IGNORECASE)
        found = frozenset(mark.sub(value.replace("\\", r"\\"), each) for each in found for value in values)
    return found


def _of(name: str, topology: Topology, steps: int) -> frozenset[str] | None:
    if name in FIXED:
        return frozenset((f"({name})",))
    variable = topology.variables.get(name)
    if variable is None or not variable.complete or steps == 0:
        return None
    found: set[str] = set() if _certain(variable) else {""}
    for value in variable.values:
        more = distinct(value.text, topology, steps - 1)
        if more is None:
            return None
        found |= more
    if len(found) > 1 and variable.source and (source := distinct(variable.source, topology, steps - 1)) is not None and len(source) == 1:
        # The same source leads to the same value, whichever.
        return frozenset((f"({name})",))
    return frozenset(found)


def _certain(variable: Variable) -> bool:
    """Whether one of the entries holds in any case; else the variable may be empty."""
    if variable.kind == "set":
        return True
    keys = {value.key for value in variable.values}
    if variable.kind == "split_clients":
        return "*" in keys or sum(float(key[:-1]) for key in keys if re.fullmatch(r"\d{1,3}(?:\.\d{1,2})?%", key)) >= 100
    return bool(keys & {"default", "0.0.0.0/0"})


def entry_of(text: str, topology: Topology) -> Value | None:
    """The entry of a map, geo or split that has this value; None where there is none, or where all of its values are alike in that."""
    declared = {pool.name.lower() for pool in topology.pools if not pool.implicit}
    for variable in topology.variables.values():
        if variable.kind != "set" and any(value.text.lower() in declared for value in variable.values):
            found = next((value for value in variable.values if value.text.lower() == text.lower()), None)
            if found is not None:
                return found
    return None


def fresh(text: str, topology: Topology) -> str | None:
    """The variable that makes a key new for each request or connection, None where none does."""
    found = list(names(text))
    for name in list(found):
        variable = topology.variables.get(name)
        # A key that is nothing but another variable in other words.
        if variable is not None and variable.kind == "set" and len(variable.values) == 1:
            found += names(variable.values[0].text)
    return next((name for name in found if name in PER_REQUEST or name in PER_CONNECTION), None)
