"""Which routes a change leads to another pool, and how many servers these requests had and have. Pure."""

import re
from collections.abc import Iterator, Mapping

from poise.model.change import Change
from poise.model.light import dataclass
from poise.model.location import Location
from poise.model.topology import Listener, Pool, Route, Server, Topology
from poise.rules.addresses import is_number, parted, same
from poise.rules.chances import all_parts
from poise.rules.pools import serving

Key = tuple[str, tuple[str, ...], str | None]


@dataclass(frozen=True, slots=True)
class Repointed:
    """One route before and after. `was` and `has` are its servers, counted by weight: 2/1/1 are worth two of the largest."""

    listener: Listener
    condition: str | None
    location: Location
    before: Pool
    after: Pool
    was: float
    has: float

    @property
    def growth(self) -> float:
        """How many times as many of these requests its busiest server gets."""
        return self.was / self.has


def repointed(change: Change) -> Iterator[Repointed]:
    """The routes of both configurations whose pool is another one now, with other servers; not to a pool that chance chose before."""
    before = _routes(change.before)
    chances = all_parts(change.before) if change.before.product == "haproxy" else ()
    drawn = {listener.name: {part.pool.name for part in found} for listener, found in chances}
    for key, (listener, route, place) in _routes(change.after).items():
        if key not in before or route.pool in (before[key][1].pool, *drawn.get(key[0], ())):
            continue
        old, new = change.before.pool(before[key][1].pool), change.after.pool(route.pool)
        if old is None or new is None or not (_counted(old) and _counted(new)):
            continue
        was, has = _by_weight(old), _by_weight(new)
        if not _renamed(change, old, new, was / has):
            yield Repointed(listener, key[2], place, old, new, was, has)


def _routes(topology: Topology) -> Mapping[Key, tuple[Listener, Route, Location]]:
    """Every route that alone takes what it asks for, by listener and condition, with where its pool is named."""
    found: dict[Key, tuple[Listener, Route, Location]] = {}
    twice: set[Key] = set()
    for listener in topology.listeners:
        # nginx calls listeners by their host name: one at 80 and one at 443 have the same.
        ends = tuple(sorted(bind.address for bind in listener.binds)) if topology.product == "nginx" else ()
        for route in listener.routes:
            if route.weight is not None or "(split_clients " in (route.condition or ""):
                continue
            for condition, place in _conditions(route, topology):
                key = (listener.name, ends, condition)
                if key in found:
                    twice.add(key)
                found[key] = (listener, route, place)
    return {key: route for key, route in found.items() if key not in twice}


def _conditions(route: Route, topology: Topology) -> Iterator[tuple[str | None, Location]]:
    """The route's condition and the place of its pool's name; of nginx's maps one for each entry, at the entry."""
    found = _mapped(route.condition or "") if topology.product == "nginx" else None
    variable = topology.variables.get(found[1].lower()) if found else None
    if found is None or variable is None:
        yield route.condition, route.places.get("cluster", route.location)
        return
    entries = {value.key: value.location for value in variable.values}
    for key in found[2].split(", "):
        yield f"{found[0]}{key})", entries.get(key, route.location)


def _mapped(condition: str) -> tuple[str, str, str] | None:
    """What stands before the entries of a map, its variable, and the entries: of `a.example / (map $http_x $pool: v1, v2)`.

    Looked for from the end, as the words of a location before it may be any, and as many as somebody likes.
    """
    if "(map " not in condition or not condition.endswith(")"):
        return None
    begin = max(condition.rfind(sign, 0, -1) for sign in "()") + 1
    name = re.search(r"\$(\w+): ", condition[begin:-1])
    return (condition[: begin + name.end()], name[1], condition[begin + name.end() : -1]) if name else None


def _counted(pool: Pool) -> bool:
    """Whether the file says how many servers share the pool's requests."""
    unknown = pool.discovered or any(s.template for s in pool.servers)
    name = pool.implicit and not all(is_number(parted(s.address)[0]) for s in pool.servers)
    return not unknown and not name and bool(first(pool))


def first(pool: Pool) -> tuple[Server, ...]:
    """The servers that get all while all is well: Envoy's first priority."""
    servers = serving(pool)
    highest = min((each.priority for each in servers), default=0)
    return tuple(s for s in servers if s.priority == highest)


def _by_weight(pool: Pool) -> float:
    weights = [s.weight for s in first(pool)]
    return sum(weights) / max(weights)


def _renamed(change: Change, old: Pool, new: Pool, growth: float) -> bool:
    """The same servers under another name; also with a few more or fewer of them where the new name replaces the old one."""
    one, other = ({same(s.address) for s in first(pool)} for pool in (old, new))
    if one == other:
        return growth < 1 + 1e-9
    replaced = change.before.pool(new.name) is None and change.after.pool(old.name) is None
    return replaced and 2 * len(one & other) >= max(len(one), len(other))
