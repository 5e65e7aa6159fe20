"""What decides which server a key gets, in words that two versions can be compared by. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from itertools import accumulate
from math import gcd, lcm

from poise.model.hashes import ENVOY_HASHES, HAPROXY_HASHES, NGINX_HASHES
from poise.model.topology import Pool, Route, Server, Topology

# Positions of two maps that are compared; a sample of this size is exact to a point.
MOST_POSITIONS = 20_000
# A prime far above them, so that the sample reaches all of a long map and not its beginning alone.
STRIDE = 2_654_435_761


def hashed(pool: Pool) -> bool:
    """Whether a hash of something in the request decides."""
    return pool.algorithm.name in {"haproxy": HAPROXY_HASHES, "nginx": NGINX_HASHES, "envoy": ENVOY_HASHES}.get(pool.product, ())


def on_a_ring(pool: Pool) -> bool:
    """Whether the hash is consistent: a change of the servers moves only the keys that must move."""
    return hashed(pool) and (pool.product == "envoy" or pool.algorithm.hash_method == "consistent")


def wording(pool: Pool, topology: Topology) -> str:
    """The whole of what decides, for a person and for comparison: algorithm, key, function, and for Envoy the ring and the routes' keys."""
    a = pool.algorithm
    words = [a.name, a.argument, a.hash_method, a.hash_function, a.hash_modifier]
    if pool.product == "envoy":
        words += [f"{path}={pool.options[path]}" for path in ring_settings(pool)]
        for _, route in topology.routes_to(pool.name):
            words += [f"{path}={route.options[path]}" for path in keys(route)]
    return " ".join(dict.fromkeys(word for word in words if word))


def ring_settings(pool: Pool) -> list[str]:
    """The paths of what lays out the ring or table of an Envoy pool, in `lb_policy`'s own messages or in the extension's."""
    own = ("ring_hash_lb_config.", "maglev_lb_config.")
    names = ("minimum_ring_size", "maximum_ring_size", "hash_function", "table_size", "use_hostname_for_hashing")
    inside = (path for path in pool.options if path.startswith(own) or path.rpartition(".")[2] in names)
    return sorted(path for path in inside if pool.options[path])


def keys(route: Route) -> list[str]:
    """The paths of what an Envoy route hashes."""
    return sorted(path for path in route.options if path.startswith("hash_policy."))


class Slots:
    """Positions of a map, counted through and never written out: nginx takes weights of a billion."""

    def __init__(self, runs: Iterable[tuple[str, int]]) -> None:
        """`runs`: each address with the number of its positions, in order."""
        kept = [(address, length) for address, length in runs if length > 0]
        self._addresses = [address for address, _ in kept]
        self._ends = list(accumulate(length for _, length in kept))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, position: int) -> str:
        return self._addresses[bisect_right(self._ends, position)]

    @property
    def addresses(self) -> frozenset[str]:
        """Every address that has a position."""
        return frozenset(self._addresses)


def slots(pool: Pool) -> Slots:
    """Addresses of the positions that a map-based hash counts through: one per unit of weight, in the order of the file.

    nginx keeps the position of a server that is `down`, HAProxy counts only those that run. HAProxy interleaves the positions, which
    changes which keys move and hardly how many.
    """
    counted: list[Server] = [s for s in pool.servers if not s.backup and s.weight > 0 and (pool.product == "nginx" or not s.disabled)]
    divisor = gcd(*(s.weight for s in counted)) if counted else 1
    return Slots([(s.address, s.weight // divisor) for s in counted])


def reshuffled(before: Slots, after: Slots) -> float:
    """The part 0–1 of keys whose server stays in the pool and who are sent to another one all the same."""
    if not before or not after:
        return 0.0
    staying = after.addresses
    period = lcm(len(before), len(after))
    positions = range(period) if period <= MOST_POSITIONS else [i * STRIDE % period for i in range(MOST_POSITIONS)]
    kept = [i for i in positions if before[i % len(before)] in staying]
    return sum(before[i % len(before)] != after[i % len(after)] for i in kept) / len(kept) if kept else 0.0


def rescaled(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """The part 0–1 of keys of hosts that stay which another host that stays gets, where the hosts' places on a ring became more or fewer.

    `before` and `after` give each host's number of places. A new place is met first by one key in so many as there are new places among
    all, and a place that is gone leaves its keys to the next one. Measured with Envoy 1.40, ring of 1024, one of four hosts taken out: 12
    and 15 % in two runs, 13.4 % by this arithmetic.
    """
    staying = before.keys() & after.keys()
    had, has, kept = sum(before.values()), sum(after.values()), sum(before[host] for host in staying)
    if not kept or not has:
        return 0.0
    gained = {host: max(0.0, after[host] - before[host]) for host in staying}
    new, left = sum(gained.values()), sum(after[host] for host in staying)
    moved = 0.0
    for host in staying:
        lost = max(0.0, before[host] - after[host]) / before[host] if before[host] else 0.0
        moved += before[host] * ((new - gained[host]) / (had + new) + lost * (left - after[host]) / has)
    return moved / kept
