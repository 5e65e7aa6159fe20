"""What a change of configuration does to the traffic, before it is made."""

from collections import Counter
from collections.abc import Mapping, Sequence

from poise.balance.forecast import Demand, pool_forecast
from poise.balance.keys_moved import keys_moved
from poise.balance.need_checks import percent
from poise.model.could_not import CouldNot
from poise.model.forecast import NeedCheck, PoolDiff, PoolForecast, ServerShare
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology

REQUESTS = 1500
UNMOVED = 0.0005  # less than what one digit of a percentage shows

Placed = tuple[Topology, Pool]


def diff(old: Sequence[Topology], new: Sequence[Topology], needs: Needs) -> tuple[PoolDiff, ...]:
    """One entry for each pool that either side has and whose split poise knows, in the new configuration's order, removed pools last.

    Servers are followed by address, so a renamed one keeps its traffic. A pool that is missing under its name is looked for
    under another one with the same addresses.
    """
    before, after = _pools(old), _pools(new)
    pairs: list[tuple[Placed | None, Placed | None]] = []
    left = dict(before)
    for name, placed in after.items():
        partner = name if name in left else _renamed(placed[1], left, after)
        pairs.append((left.pop(partner) if partner else None, placed))
    pairs += [(gone, None) for gone in left.values()]
    made = (_pool_diff(a, b, needs) for a, b in pairs)
    return tuple(d for d in made if d is not None)


def _pools(topologies: Sequence[Topology]) -> dict[str, Placed]:
    return {pool.name: (topology, pool) for topology in topologies for pool in topology.pools if pool.servers}


def _renamed(pool: Pool, left: Mapping[str, Placed], after: Mapping[str, Placed]) -> str | None:
    addresses = {s.address for s in pool.servers}
    return next((n for n, (_, p) in left.items() if n not in after and {s.address for s in p.servers} == addresses), None)


def _pool_diff(old: Placed | None, new: Placed | None, needs: Needs) -> PoolDiff | None:
    before, after = _forecast(old, needs), _forecast(new, needs)
    if isinstance(before, CouldNot) or isinstance(after, CouldNot) or (before is None and after is None):
        return None
    names = tuple(_identities(placed[1].servers) if placed else {} for placed in (old, new))
    shares = tuple(_by_address(forecast, identity) for forecast, identity in zip((before, after), names, strict=True))
    moved = share_moved(*shares)
    pool = after.pool if after else before.pool if before else ""
    keys = keys_moved(old[1], new[1], (names[0], names[1])) if old and new else None
    broken, repaired = _needs_changed(before, after)
    sides = (before.servers if before else (), after.servers if after else ())
    return PoolDiff(pool, moved, keys, *sides, _story(pool, before, after, shares, moved), broken, repaired)


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
    pool: str, before: PoolForecast | None, after: PoolForecast | None, shares: tuple[Mapping[str, float], ...], moved: float
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
    names = _names(before.servers, old) | _names(after.servers, new)
    furthest = max({**old, **new}, key=lambda address: abs(new.get(address, 0.0) - old.get(address, 0.0)))
    change = f"{names[furthest]} {percent(old.get(furthest, 0.0))} → {percent(new.get(furthest, 0.0))}"
    return f"{renamed}{percent(moved)} of {pool}'s traffic moves: {change}"


def _names(servers: Sequence[ServerShare], shares: Mapping[str, float]) -> dict[str, str]:
    """Name by address, in the order both were made."""
    return dict(zip(shares, (s.server for s in servers), strict=True))
