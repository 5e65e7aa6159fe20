"""Which pools nginx's split_clients chooses among, and what part of the clients each gets. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from poise.model.light import dataclass
from poise.model.location import Location
from poise.model.topology import Pool, Route, Topology
from poise.model.variable import Value, Variable

# As routes say which value of which variable they are for: `(split_clients $remote_addr $pool: 10%, 80%)`, `(map $part $pool: a)`.
CHOICE = r"(?:split_clients|map) (?:(?!split_clients |map ).)*?\$(\w+): ([^);]*)"
PERCENT = r"\d{1,3}(?:\.\d{1,2})?%"


@dataclass(frozen=True, slots=True)
class Part:
    """A pool of a split: its share of the clients, 0–1, and the first entry that leads there."""

    pool: Pool
    share: float
    location: Location


def splits(topology: Topology) -> Iterator[tuple[Variable, tuple[Part, ...]]]:
    """Each split that chooses pools of routes, with these pools, each once, in the order of the routes."""
    known = {name: v for name, v in topology.variables.items() if v.kind == "split_clients" and v.complete}
    if not known:
        return
    # Variables that only translate a split's value, by name: `map $part $pool { a web_a; b web_b; }`.
    told = {name: name for name in known}
    for name, variable in topology.variables.items():
        source = variable.source.strip("${}").lower()
        if variable.kind == "map" and variable.complete and source in known:
            told[name] = source
    chosen: dict[str, dict[str, list[Value]]] = {}
    for listener in topology.listeners:
        for route in listener.routes:
            for name, keys in re.findall(CHOICE, route.condition or "") if "$" in (route.condition or "") else ():
                split = told.get(name.lower())
                if split is not None:
                    listed = [key.strip() for key in keys.split(",")]
                    entries = _entries(known[split], topology.variables[name.lower()], listed, route.pool)
                    chosen.setdefault(split, {}).setdefault(route.pool, []).extend(entries)
    for name, by_pool in chosen.items():
        parts = (_part(known[name], topology.pool(pool), list(dict.fromkeys(entries))) for pool, entries in by_pool.items())
        yield known[name], tuple(part for part in parts if part is not None)


def split_of(route: Route, topology: Topology) -> Variable | None:
    """The split that decides whether a request takes the route, itself or through a map of its values; None where there is none."""
    for name, _ in re.findall(CHOICE, route.condition or "") if "$" in (route.condition or "") else ():
        variable = topology.variables.get(name.lower())
        if variable is not None and variable.kind == "map":
            variable = topology.variables.get(variable.source.strip("${}").lower())
        if variable is not None and variable.kind == "split_clients":
            return variable
    return None


def own_entries(split: Variable, keys: Sequence[str], pool: str) -> list[Value]:
    """The entries of the split with these keys that lead to the pool: of two that give the same percentage, the one that names it."""
    found = [value for value in split.values if value.key in keys]
    twice = {key for key, times in Counter(value.key for value in split.values).items() if times > 1}
    # A pool that only a target names is called as the target is written, whichever value led there.
    return [value for value in found if value.key not in twice or "$" in pool or _host(value.text) == pool.lower()]


def _host(text: str) -> str:
    return text.rpartition("://")[2].partition("/")[0].lower()


def _entries(split: Variable, variable: Variable, keys: list[str], pool: str) -> list[Value]:
    """The entries of the split that the variable's entries `keys` stand for: these themselves, or those that a map translates."""
    if variable is split:
        return own_entries(split, keys, pool)
    named = {value.key for value in variable.values}
    return [value for value in split.values if value.text in keys or ("default" in keys and value.text not in named)]


def share(split: Variable, entry: Value) -> float:
    """The part of the clients that an entry is for, 0–1."""
    given = [float(value.key[:-1]) / 100 for value in split.values if re.fullmatch(PERCENT, value.key)]
    if entry.key == "*":
        return max(0.0, 1 - sum(given))
    return float(entry.key[:-1]) / 100 if re.fullmatch(PERCENT, entry.key) else 0.0


def _part(split: Variable, pool: Pool | None, entries: list[Value]) -> Part | None:
    return None if pool is None or not entries else Part(pool, sum(share(split, entry) for entry in entries), entries[0].location)
