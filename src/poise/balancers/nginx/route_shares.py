"""Which part of the requests of an nginx location each pool gets where `split_clients` chooses it. Pure.

nginx hashes the key to 32 bits and gives each entry its percentage of all hashes, in order (the documentation of its module), so shares are
those of many different keys. A `map` chooses by what a request holds: only one that translates a split's values has a known share.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from poise.balancers.nginx.client_split import CHOICE, own_entries, share
from poise.model.forecast import RouteShare
from poise.model.topology import Listener, Route, Topology
from poise.model.variable import Variable

# What a route's condition says of variables begins so, behind the location.
_CHOSEN = re.compile(r" ?\((?:split_clients|map|geo|set|if) .*\)$")
# Percentages have two digits behind the point.
NOTHING = 1e-9
NOBODY = "the split has no `*`: for these keys the variable is empty, and nginx answers 500"


def route_shares(topology: Topology) -> tuple[RouteShare, ...]:
    """One row for each pool of each location that passes requests on, in the file's order."""
    return tuple(row for listener in topology.listeners for row in _listener(listener, topology))


def _listener(listener: Listener, topology: Topology) -> Iterator[RouteShare]:
    alone = len({route.location for route in listener.routes}) == 1
    # Where a target depends on a variable, one `proxy_pass` is several routes.
    for _, group in groupby(listener.routes, key=lambda route: route.location):
        routes = list(group)
        told = _CHOSEN.sub("", routes[0].condition or "") or None
        parts = _parts(routes, topology)
        if isinstance(parts, str):
            whole = len(routes) == 1 and told is None and alone and routes[0].condition is None
            why = "nothing else takes any" if whole else parts
            yield from (_row(listener, told, route, 1.0 if whole else None, why) for route in routes)
            continue
        split, shares = parts
        for route, part in zip(routes, shares, strict=True):
            yield _row(listener, told, route, round(part, 12), f"split_clients {split.source}, over many different keys")
        left = 1 - sum(shares)
        if left > NOTHING:
            at = split.location
            yield RouteShare(listener.name, told, None, round(left, 12), NOBODY, "nginx", at.file, at.line)


def _row(listener: Listener, told: str | None, route: Route, part: float | None, why: str) -> RouteShare:
    return RouteShare(listener.name, told, route.pool, part, why, "nginx", route.location.file, route.location.line)


def _parts(routes: Sequence[Route], topology: Topology) -> tuple[Variable, list[float]] | str:
    """The split that chooses among these routes, and the part of the keys that each gets; or why that is not known."""
    chosen = [re.findall(CHOICE, route.condition or "") if "$" in (route.condition or "") else [] for route in routes]
    if len(routes) == 1 and not chosen[0]:
        return "how many requests come to this location is not in the file"
    names = {name.lower() for each in chosen for name, _ in each}
    if len(names) != 1 or any(len(each) != 1 for each in chosen):
        return "what the target's variables hold is not in the file"
    (name,) = names
    variable = topology.variables.get(name)
    split = variable
    if variable is not None and variable.kind == "map":
        split = topology.variables.get(variable.source.strip("${}").lower())
    if variable is None or split is None or split.kind != "split_clients":
        kind = variable.kind if variable is not None else "a variable"
        return f"{kind} chooses by what each request holds, which is not in the file"
    keys = [[key.strip() for key in each[0][1].split(",")] for each in chosen]
    if not (variable.complete and split.complete) or any("…" in each for each in keys):
        return "it has more values than poise follows"
    return split, [_part(split, variable, each, route.pool) for each, route in zip(keys, routes, strict=True)]


def _part(split: Variable, variable: Variable, keys: Sequence[str], pool: str) -> float:
    """The part of the keys that these entries of the variable stand for: entries of the split, or those that a map translates."""
    if variable is split:
        return sum(share(split, value) for value in own_entries(split, keys, pool))
    named = {value.key for value in variable.values}

    def leads(text: str) -> bool:
        return text in keys or ("default" in keys and text not in named)

    rest = 1 - sum(share(split, value) for value in split.values)
    # Without `*` the split's value is empty for the rest, which a map's default takes too.
    return sum(share(split, value) for value in split.values if leads(value.text)) + (rest if rest > NOTHING and leads("") else 0.0)
