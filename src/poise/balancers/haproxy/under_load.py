"""What HAProxy's algorithms do under a declared load."""

from collections.abc import Callable, Mapping
from math import inf

import numpy as np

from poise.balancers.haproxy.hashing import is_consistent, server_ids
from poise.balancers.haproxy.policies import Balanced, Draws, First, InTurn, Leastconn, Limits
from poise.balancers.haproxy.ring import ring
from poise.balancers.haproxy.split import HTTP_ONLY, eligible
from poise.balancers.haproxy.values import integer
from poise.balancers.simulation.arrays import Floats, Ints
from poise.balancers.simulation.by_share import ByShare
from poise.balancers.simulation.policy import Policy
from poise.balancers.simulation.splitting import alike, by_address, play, reaches, refined
from poise.model.hashes import HAPROXY_HASHES
from poise.model.load import Horizon, Load, Simulated
from poise.model.split import Split
from poise.model.topology import Pool, Server

Up = Callable[[Server], bool]
DEFAULT_DRAWS = 2


def simulated(pool: Pool, split: Split, up: Up | None, weights: Mapping[str, int] | None, load: Load, horizon: Horizon) -> Simulated | None:
    """The servers that get traffic in that split, under that load; None where none does."""
    chosen = by_address(pool, eligible(pool, up, weights))
    if not chosen:
        return None
    return play(pool, tuple(chosen), chosen, _policy(pool, chosen, split, load), load, horizon, _own(pool))


def refine(pool: Pool, split: Split, up: Up | None, weights: Mapping[str, int] | None, load: Load, horizon: Horizon) -> Split:
    """The split as it is under that load; unchanged where the load does not decide."""
    chosen = eligible(pool, up, weights)
    if not _decides(pool, chosen, split, load):
        return split
    found = simulated(pool, split, up, weights, load, horizon)
    return split if found is None else refined(split, found, load, _how(pool, load), _bounded(pool) and load.hot_key_share > 0)


def decides(pool: Pool, split: Split, load: Load) -> bool:
    """Whether `refine` would simulate that load with every server up."""
    return _decides(pool, eligible(pool), split, load)


def _how(pool: Pool, load: Load) -> str:
    """What the algorithm does, in words."""
    name, argument = pool.algorithm.name, pool.algorithm.argument
    if name == "leastconn":
        return "the least requests in flight per weight"
    if name == "first":
        return "each server filled to its maxconn in the order of ids"
    if name == "random":
        return f"the less loaded of {_draws(pool)} draws on the ring"
    if _bounded(pool):
        hot = f", {100 * load.hot_key_share:.3g} % of the requests with one key, whose place is not known" if load.hot_key_share else ""
        key = f"{name} {argument}" if argument else name
        factor = pool.algorithm.hash_balance_factor
        return f"a hash of `{key}` decides, and whoever holds more than {factor} % of the average is passed over{hot}"
    return "in turn by weight, full servers (maxconn) passed over"


def _hashes(pool: Pool) -> bool:
    return pool.algorithm.name in HAPROXY_HASHES and not (pool.mode == "tcp" and pool.algorithm.name in HTTP_ONLY)


def _bounded(pool: Pool) -> bool:
    return _hashes(pool) and is_consistent(pool.algorithm) and bool(pool.algorithm.hash_balance_factor)


def _own(pool: Pool) -> bool:
    return pool.algorithm.name in ("first", "random", "sticky") or _hashes(pool)


def _decides(pool: Pool, chosen: Mapping[str, int], split: Split, load: Load) -> bool:
    """Whether the load moves the shares."""
    name = pool.algorithm.name
    if len(chosen) < 2:
        return False
    if name == "leastconn":
        return not alike(pool, chosen, load)
    limits = {s.name: s.maxconn for s in pool.servers if s.name in chosen and s.maxconn}
    if name == "first":
        return bool(limits)
    if name == "random":
        return _draws(pool) > 1
    if _hashes(pool):
        return _bounded(pool)
    if name == "sticky":
        return False
    return reaches(limits, split.shares, load)


def _draws(pool: Pool) -> int:
    return integer(pool.algorithm.argument) or DEFAULT_DRAWS if pool.algorithm.argument else DEFAULT_DRAWS


def _limits(pool: Pool, chosen: Mapping[str, int]) -> Limits:
    servers = [server for name in chosen if (server := pool.server(name))]
    # `timeout queue` falls back to `timeout connect`.
    timeout = pool.timeouts.queue or pool.timeouts.connect
    return Limits(
        tuple(s.maxconn or s.minconn or None for s in servers),
        tuple(s.minconn or s.maxconn or None for s in servers),
        float(pool.fullconn) if pool.fullconn else inf,
        timeout.total_seconds() if timeout and timeout.total_seconds() else inf,
        tuple(s.maxqueue for s in servers),
    )


def _policy(pool: Pool, chosen: Mapping[str, int], split: Split, load: Load) -> Policy:
    name, limits, weights = pool.algorithm.name, _limits(pool, chosen), list(chosen.values())
    if name == "leastconn":
        return Leastconn(weights, limits)
    if name in ("first", "sticky"):
        return First(_by_id(pool, chosen) if name == "first" else _by_line(pool, chosen), limits)
    if name == "random":
        arcs = ring(chosen, server_ids(pool)).arcs()
        return Draws(weights, [arcs[server] for server in chosen], _draws(pool), limits)
    if _bounded(pool):
        return Balanced(weights, _nodes(pool, chosen), pool.algorithm.hash_balance_factor or 0, limits, load.hot_key_share)
    if _hashes(pool):
        made = ByShare([split.shares[server] for server in chosen], limits.maxconn, queue_seconds=limits.queue_seconds)
        # Beyond maxqueue HAProxy 2.6 and 2.8 answer 503 at once, also with `option redispatch`. It bounds the queue of a server alone:
        # where any server may take a request (roundrobin, leastconn) it waits in the pool's, which has no bound (measured).
        made.bounded_queues(limits.maxqueue)
        return made
    return InTurn(weights, limits)


def _by_id(pool: Pool, chosen: Mapping[str, int]) -> list[int]:
    ids = server_ids(pool)
    names = list(chosen)
    return sorted(range(len(names)), key=lambda at: ids[names[at]])


def _by_line(pool: Pool, chosen: Mapping[str, int]) -> list[int]:
    names = list(chosen)
    return [names.index(server.name) for server in pool.servers if server.name in chosen]


def _nodes(pool: Pool, chosen: Mapping[str, int]) -> tuple[Ints, Floats]:
    """The ring's servers in order, and the part of all hash values that each node draws."""
    found = ring(chosen, server_ids(pool))
    gaps = np.diff(found.nodes, append=found.nodes[:1] + (1 << 32)).astype(np.float64)
    return found.servers, (gaps + np.roll(gaps, 1)) / 2
