"""What a change of configuration does to the traffic, before it is made."""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from functools import partial

from poise.balance.forecast import Demand, pool_forecast
from poise.balance.keys_moved import keys_moved
from poise.balance.need_checks import percent
from poise.balance.pairing import DEEPEST, Key, paired, tails
from poise.model.could_not import CouldNot
from poise.model.forecast import NeedCheck, PoolDiff, PoolForecast, ServerShare
from poise.model.needs import NOTHING, Needs
from poise.model.topology import Pool, Server, Topology

REQUESTS = 1500
UNMOVED = 0.0005  # less than what one digit of a percentage shows

Placed = tuple[Topology, Pool]


def diff(old: Sequence[Topology], new: Sequence[Topology], needs: Needs) -> tuple[PoolDiff, ...]:
    """One entry for each pool that either side has and whose split poise knows, in the new configuration's order, removed pools last.

    Servers are followed by address, so a renamed one keeps its traffic. Of several pools with one name, each is followed by its file.
    A pool that is missing under its name is looked for under another one with the same addresses.
    """
    before, after = _pools(old), _pools(new)
    pairs = paired(before, after, _keys({placed[1].name for placed in before}, {placed[1].name for placed in after}))
    named = _named(before, after)
    made = (_pool_diff(a, b, needs, named) for a, b in pairs)
    return tuple(d for d in made if d is not None)


def unknown(topologies: Sequence[Topology]) -> tuple[CouldNot, ...]:
    """What to say of the pools whose split poise does not know: `diff` has no entry for them."""
    asked = Demand(REQUESTS, None, NOTHING)
    made = (pool_forecast(topology, pool, asked, losses=False) for topology in topologies for pool in topology.pools if pool.servers)
    return tuple(each for each in made if isinstance(each, CouldNot))


def _pools(topologies: Sequence[Topology]) -> list[Placed]:
    return [(topology, pool) for topology in topologies for pool in topology.pools if pool.servers]


def _keys(before: Collection[str], after: Collection[str]) -> Iterator[Key[Placed]]:
    """What makes two pools the same, the surest first."""
    for at in range(DEEPEST):
        yield partial(_in_file, at)
    yield lambda placed: (placed[1].name, placed[1].product, _addresses(placed[1]))
    yield lambda placed: (placed[1].name, placed[1].product)
    yield lambda placed: placed[1].name
    # Renamed: one side has no pool of that name at all.
    yield lambda placed: _addresses(placed[1]) if (placed[1].name in before) != (placed[1].name in after) else None


def _in_file(at: int, placed: Placed) -> Hashable:
    _, pool = placed
    return pool.name, pool.product, tails(pool.location.file)[at]


def _addresses(pool: Pool) -> frozenset[str]:
    return frozenset(server.address for server in pool.servers)


def _named(*sides: Sequence[Placed]) -> Callable[[Placed], str]:
    """Says which pool is meant where its name alone does not: by its file, and by its product where that differs too."""
    several = {name for side in sides for name, count in Counter(pool.name for _, pool in side).items() if count > 1}
    products: dict[str, set[str]] = {}
    for _, pool in (placed for side in sides for placed in side):
        products.setdefault(pool.name, set()).add(pool.product)

    def named(placed: Placed) -> str:
        topology, pool = placed
        if pool.name not in several:
            return ""
        return f"{topology.file} ({pool.product}): " if len(products[pool.name]) > 1 else f"{topology.file}: "

    return named


def _pool_diff(old: Placed | None, new: Placed | None, needs: Needs, named: Callable[[Placed], str]) -> PoolDiff | None:
    before, after = _forecast(old, needs), _forecast(new, needs)
    if isinstance(before, CouldNot) or isinstance(after, CouldNot) or (before is None and after is None):
        return None
    names = (_identities(old[1].servers) if old else {}, _identities(new[1].servers) if new else {})
    shares = (_by_address(before, names[0]), _by_address(after, names[1]))
    moved = share_moved(*shares)
    pool = after.pool if after else before.pool if before else ""
    keys = keys_moved(old[1], new[1], names) if old and new else None
    broken, repaired = _needs_changed(before, after)
    sides = (before.servers if before else (), after.servers if after else ())
    placed = new or old
    assert placed is not None
    story = named(placed) + _story(pool, before, after, shares, moved, names)
    return PoolDiff(pool, moved, keys, *sides, story, broken, repaired, placed[0].file, placed[1].product)


def share_moved(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """½ Σ |after − before| over the servers of both; what nobody serves counts as a server of its own."""
    rest = abs((1 - sum(after.values())) - (1 - sum(before.values())))
    return (rest + sum(abs(after.get(a, 0.0) - before.get(a, 0.0)) for a in {**before, **after})) / 2


def _forecast(placed: Placed | None, needs: Needs) -> PoolForecast | CouldNot | None:
    if placed is None:
        return None
    topology, pool = placed
    return pool_forecast(topology, pool, Demand(REQUESTS, None, needs.of(pool.name)))


def _identities(servers: Sequence[Server]) -> dict[str, str]:
    """Address by name; the second server of an address is told apart by `#2`."""
    seen: Counter[str] = Counter()
    found = {}
    for server in servers:
        seen[server.address] += 1
        found[server.name] = server.address if seen[server.address] == 1 else f"{server.address}#{seen[server.address]}"
    return found


def _by_address(forecast: PoolForecast | None, identity: Mapping[str, str]) -> dict[str, float]:
    return {identity[s.server]: s.share for s in forecast.servers} if forecast else {}


def _needs_changed(before: PoolForecast | None, after: PoolForecast | None) -> tuple[tuple[NeedCheck, ...], tuple[NeedCheck, ...]]:
    """Needs that are met no longer, with the reason now, and needs that are met again."""
    met_before = {check.need: check.met for check in before.needs} if before else {}
    now = after.needs if after else ()
    broken = tuple(check for check in now if not check.met and met_before.get(check.need, True))
    return broken, tuple(check for check in now if check.met and met_before.get(check.need) is False)


def _story(
    pool: str,
    before: PoolForecast | None,
    after: PoolForecast | None,
    shares: tuple[Mapping[str, float], Mapping[str, float]],
    moved: float,
    identities: tuple[Mapping[str, str], Mapping[str, str]],
) -> str:
    if after is None:
        return f"{pool} is removed"
    if before is None:
        return f"{pool} is new: " + ", ".join(f"{s.server} {percent(s.share)}" for s in after.servers[:4])
    renamed = f"{before.pool} is now called {pool}; " if before.pool != pool else ""
    if not any(s.share for s in after.servers):
        return f"{renamed}{pool} loses all its traffic: no server can take any"
    if moved < UNMOVED:
        return f"{renamed}none of {pool}'s traffic moves"
    old, new = shares
    names = _names(before.servers, identities[0]) | _names(after.servers, identities[1])
    furthest = max({**old, **new}, key=lambda address: abs(new.get(address, 0.0) - old.get(address, 0.0)))
    # A name that stands at two addresses says nothing of which of them is meant.
    server = f"{names[furthest]} ({furthest})" if list(names.values()).count(names[furthest]) > 1 else names[furthest]
    change = f"{server} {percent(old.get(furthest, 0.0))} → {percent(new.get(furthest, 0.0))}"
    return f"{renamed}{percent(moved)} of {pool}'s traffic moves: {change}"


def _names(servers: Sequence[ServerShare], identity: Mapping[str, str]) -> dict[str, str]:
    """Name by address."""
    return {identity[s.server]: s.server for s in servers}
