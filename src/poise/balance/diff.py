"""What a change of configuration does to the traffic, before it is made."""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from poise.balance.changes import story, survival
from poise.balance.changes.causes import causes, changed
from poise.balance.changes.followed_needs import followed_needs
from poise.balance.changes.identity import identities, of_both, share_moved
from poise.balance.changes.key_costs import key_costs
from poise.balance.changes.parts import route_changes, words_by_pool
from poise.balance.changes.routes import rerouted
from poise.balance.changes.sides import Sides, pair
from poise.balance.forecast import Demand, pool_forecast
from poise.balance.keys_moved import keys_moved, sample_size
from poise.balance.pairing import DEEPEST, Key, paired, tails
from poise.balance.played import Played, played
from poise.balance.splits import hashes_something, routes_agree
from poise.model.could_not import CouldNot
from poise.model.forecast import NeedCheck, PoolDiff, PoolForecast, RouteDiff
from poise.model.light import dataclass
from poise.model.needs import NOTHING, Needs
from poise.model.topology import Pool, Topology

__all__ = ["diff", "routes", "share_moved", "unknown"]

REQUESTS = 1500
MOST_TRIED = 100

# Alone decided by shares: where none has moved, none of these is broken or repaired.
OF_SHARES = ("split", "max_share")

Placed = tuple[Topology, Pool]
Whereabouts = Mapping[str, Sequence[str]]
Own = tuple[Mapping[str, Needs], Mapping[str, Needs]]
SharesOf = tuple[Mapping[str, float], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Asked:
    """The needs, those of configurations before and after that have their own, and how many pools of both sides have a load by them:
    these share the time that simulations may take."""

    needs: Needs
    own: Own
    loaded: int

    def of(self, old: Placed | None, new: Placed | None) -> Needs:
        """What both sides of a pool are held against: the needs of the new configuration, where there is one."""
        side, placed = (1, new) if new else (0, old)
        return self.own[side].get(placed[0].file, self.needs) if placed else self.needs

    def tried(self, demands: tuple[Demand, Demand]) -> tuple[Played | None, Played | None]:
        """The loads that causes are tried under: each takes as long as the pool itself, so only where pools are few."""
        return (demands[0].played, demands[1].played) if self.loaded <= MOST_TRIED else (None, None)


def diff(old: Sequence[Topology], new: Sequence[Topology], needs: Needs, own: Own = ({}, {})) -> tuple[PoolDiff, ...]:
    """One entry for each pool that either side has and whose split poise knows, in the new configuration's order, removed pools last.

    `own` are needs that hold instead of `needs` for configurations of the old and of the new side, by their file.

    Servers are followed by address, so a renamed one keeps its traffic. Of several pools with one name, each is followed by its file.
    A pool that is missing under its name is looked for under another one with the same addresses.
    """
    before, after = _pools(old), _pools(new)
    pairs = paired(before, after, _keys({placed[1].name for placed in before}, {placed[1].name for placed in after}))
    named = _named(before, after)
    where = _moved(pairs)
    sample = sample_size((a[1], b[1]) for a, b in pairs if a and b)
    parts = words_by_pool(route_changes(old, new, _renamed(pairs)))
    sides = ((own[0], before), (own[1], after))
    loaded = sum(held.get(t.file, needs).of(pool.name).load() is not None for held, side in sides for t, pool in side)
    made = (_pool_diff(a, b, Asked(needs, own, loaded), named, where, sample, parts.get(b[1].name, ()) if b else ()) for a, b in pairs)
    return tuple(d for d in made if d is not None)


def routes(old: Sequence[Topology], new: Sequence[Topology]) -> tuple[RouteDiff, ...]:
    """How the change moves requests between pools, where both sides tell their parts; pools are followed as in `diff`."""
    before, after = _pools(old), _pools(new)
    pairs = paired(before, after, _keys({placed[1].name for placed in before}, {placed[1].name for placed in after}))
    return route_changes(old, new, _renamed(pairs))


def _renamed(pairs: Sequence[tuple[Placed | None, Placed | None]]) -> dict[str, str]:
    return {old[1].name: new[1].name for old, new in pairs if old and new and old[1].name != new[1].name}


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


def _moved(pairs: Sequence[tuple[Placed | None, Placed | None]]) -> tuple[Whereabouts, Whereabouts]:
    """By address, the pools that have a server which their old selves lacked, and those that had one which they lack now."""
    went: dict[str, list[str]] = {}
    came: dict[str, list[str]] = {}
    for old, new in pairs:
        had, has = (_addresses(placed[1]) if placed else frozenset() for placed in (old, new))
        for address in has - had if new else ():
            went.setdefault(address, []).append(new[1].name if new else "")
        for address in had - has if old else ():
            came.setdefault(address, []).append(old[1].name if old else "")
    return went, came


def _pool_diff(
    old: Placed | None,
    new: Placed | None,
    asked: Asked,
    named: Callable[[Placed], str],
    where: tuple[Whereabouts, Whereabouts],
    sample: int,
    parts: Sequence[str],
) -> PoolDiff | None:
    demands = _demands(old, new, asked)
    before, after = _forecast(old, demands[0]), _forecast(new, demands[1])
    if isinstance(before, CouldNot) or isinstance(after, CouldNot):
        return None
    broken, repaired = _needs_changed(before, after)
    placed = new or old
    assert placed is not None
    moved, keys = 1.0, None
    because: Sequence[str] = ()
    costs: Sequence[str] = ()
    if old and new and before and after:
        names = (identities(old[1].servers), identities(new[1].servers))
        shares: SharesOf = (_by_address(before, names[0]), _by_address(after, names[1]))
        chance = of_both(_errors(before, names[0]), _errors(after, names[1]))
        moved = share_moved(*shares, chance)
        if any(chance.values()) and moved < story.UNMOVED:
            after, shares = _as_before(after, shares, names[1])
            broken, repaired = (tuple(c for c in checks if c.need not in OF_SHARES) for checks in (broken, repaired))
        sides = Sides(
            old[1], new[1], (_version(old[0]), _version(new[0])), demands[1].concurrency, *where,
            pair(old[1], new[1]), routes_agree(old, new), asked.tried(demands), any(chance.values()),
        )  # fmt: skip
        differences = changed(sides)
        ways = rerouted(old, new, parts)
        # Thousands of keys are placed only where something is another.
        bound_by_key = sides.routes_agree and hashes_something(*new)
        keys = keys_moved(old[1], new[1], names, sample if differences else 0) if bound_by_key else None
        bound = key_costs(sides, shares, keys)
        because = causes(sides, differences, moved >= story.UNMOVED, bool(bound))
        past, lost = [*ways, *survival.ruled(sides)], survival.losses(sides, because)
        costs = [*past, *bound, *lost]
        notes = [*survival.gains(sides), *survival.stays(sides, moved >= story.UNMOVED), *survival.renamed(sides)]
        told = story.changed((before, after), shares, moved, keys, story.Told(because, past, bound, lost, notes, broken, repaired))
    elif new and after:
        moved = share_moved({}, after.shares())
        told = story.added(after, new[1], where[1])
    elif old and before:
        moved = share_moved(before.shares(), {})
        told = story.removed(old[1], where[0])
    else:
        return None
    pool = placed[1].name
    ends = (before.servers if before else (), after.servers if after else ())
    return PoolDiff(
        pool, moved, keys, *ends, named(placed) + told, broken, repaired, placed[0].file, placed[1].product, tuple(because), tuple(costs)
    )


def _version(topology: Topology) -> str | None:
    return topology.target or topology.assumed


def _demands(old: Placed | None, new: Placed | None, asked: Asked) -> tuple[Demand, Demand]:
    """What both forecasts are made for; a renamed pool has the needs that are declared under either name."""
    needs = asked.of(old, new)
    own = [needs.of(placed[1].name) if placed else NOTHING for placed in (old, new)]
    own = [own[0] if own[0] != NOTHING else own[1], own[1] if own[1] != NOTHING else own[0]]
    if old and new:
        pairs = pair(old[1], new[1])
        own = [followed_needs(declared, pairs)[side] for side, declared in enumerate(own)]
    workers = [placed[0].workers if placed else None for placed in (old, new)]
    before, after = (
        Demand(REQUESTS, None, declared, played(declared, own_workers, asked.loaded))
        for declared, own_workers in zip(own, workers, strict=True)
    )
    return before, after


def _forecast(placed: Placed | None, demand: Demand) -> PoolForecast | CouldNot | None:
    if placed is None:
        return None
    # What the loss of a server does is asked by one need only, and costs most of the time.
    return pool_forecast(*placed, demand, losses=bool(demand.needs.survive))


def _errors(forecast: PoolForecast, identity: Mapping[str, str]) -> dict[str, float]:
    return {identity[server]: error for server, error in forecast.sampling.items()}


def _as_before(after: PoolForecast, shares: SharesOf, identity: Mapping[str, str]) -> tuple[PoolForecast, SharesOf]:
    """The forecast with the shares of before: of two samples of one thing, one is shown."""
    servers = tuple(replace(s, share=shares[0].get(identity[s.server], s.share)) for s in after.servers)
    return replace(after, servers=servers), (shares[0], {identity[s.server]: s.share for s in servers})


def _by_address(forecast: PoolForecast, identity: Mapping[str, str]) -> dict[str, float]:
    return {identity[s.server]: s.share for s in forecast.servers}


def _needs_changed(before: PoolForecast | None, after: PoolForecast | None) -> tuple[tuple[NeedCheck, ...], tuple[NeedCheck, ...]]:
    """Needs that are met no longer, with the reason now, and needs that are met again."""
    met_before = {check.need: check.met for check in before.needs} if before else {}
    now = after.needs if after else ()
    broken = tuple(check for check in now if not check.met and met_before.get(check.need, True))
    return broken, tuple(check for check in now if check.met and met_before.get(check.need) is False)
