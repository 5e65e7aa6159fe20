"""Which host of an Envoy pool a key gets, and which part of all keys each host gets. Pure.

Sources: Envoy's documentation (RING_HASH, MAGLEV, priority levels, locality weights), its thread_aware_lb_impl.cc, and what Envoy 1.40 did
(tests/conformance/envoy_keys.py).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import isqrt
from typing import TYPE_CHECKING

from poise.balancers.envoy.hash_keys import host_keys
from poise.balancers.envoy.priorities import Level, levels, locality_weighted, number, setting, weights
from poise.balancers.envoy.settings import ending, message
from poise.model.hashes import ENVOY_HASHES
from poise.model.keys import Keys, Placed
from poise.model.light import dataclass
from poise.model.topology import Pool, Server

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SMALLEST_RING, LARGEST_RING, TABLE = 1024, 8 * 1024 * 1024, 65537
LARGEST_TABLE = 5_000_011  # Envoy refuses larger ones
# Larger rings are as even as their weights to a part in three hundred, and take longer to lay out than a forecast may.
MEASURED_RING = 1 << 17
# In larger tables the number of a host's places is its weight's but for one or two, a ten-thousandth of the whole.
EVEN_TABLE = 20_000
# What chooses among hosts before the hash does, or passes over those that are busy.
_AROUND = ("subset_selectors", "subset_lb_policy", "endpoint_picking_policy", "override_host_sources", "hash_balance_factor")


@dataclass(frozen=True, slots=True)
class _Laid:
    """The hosts of one ring or table: names, what is hashed of each, and weights as parts of 1; in Envoy's order.

    `among`: what is hashed of each host of the priority, those that have no place included, and its weight.
    """

    names: tuple[str, ...]
    hosts: tuple[tuple[bytes, float], ...]
    among: Mapping[bytes, int]


def hash_decides(pool: Pool) -> bool:
    """Whether a key decides which server a request gets, and poise can compute it."""
    return _hashed(pool) is not None


def _hashed(pool: Pool) -> Mapping[str, bytes] | None:
    """What is hashed of each server, None where no hash decides or where that cannot be told."""
    return pool.once("hashed", _hashed_of)


def _hashed_of(pool: Pool) -> Mapping[str, bytes] | None:
    if pool.algorithm.name not in ENVOY_HASHES or any(message(pool.options, name) is not None for name in _AROUND):
        return None
    if pool.algorithm.name == "MAGLEV" and not _is_prime(_table_size(pool)):
        return None
    return host_keys(pool)


def by_weight(pool: Pool) -> bool:
    """Whether the part of the keys that a host gets is its weight's, whichever host it is."""
    return pool.algorithm.name == "MAGLEV" and _table_size(pool) >= EVEN_TABLE


def placed(
    pool: Pool,
    keys: Keys,
    up: Callable[[Server], bool] | None = None,
    running: Mapping[str, int] | None = None,
) -> Placed | None:
    """The server of each key, none where Envoy has none and answers 503; None altogether where no hash decides.

    A key is the string that the route's hash policy takes from a request: a header's, a cookie's or a query parameter's value, or the
    client's address without its port.
    """
    hashed = _hashed(pool)
    if hashed is None:
        return None
    # numpy and the hashes take longer to import than most questions take to answer: only a hash pays for them.
    import numpy as np  # noqa: PLC0415

    from poise.balancers.envoy.hashing import xx_hash  # noqa: PLC0415

    order, hashes, percents = keys.once(
        "envoy", lambda listed: _in_order([xx_hash(key.encode(errors="surrogateescape")) for key in listed])
    )
    numbers = {server.name: number for number, server in enumerate(pool.servers)}
    owners = np.full(len(hashes), -1, np.int64)
    # The same hash chooses the priority and, within it, the host.
    reached = 0
    known = levels(pool, up)
    for percent, level in ((part, level) for kind in ("fit", "worn") for level in known if (part := getattr(level, kind))):
        here = np.flatnonzero((percents >= reached) & (percents < reached + percent))
        reached += percent
        laid = _laid(pool, level, hashed, running)
        if laid is not None and len(here):
            owners[order[here]] = np.array([numbers[name] for name in laid.names], np.int64)[_hosts(pool, level, laid, hashes[here])]
    return Placed(keys, tuple(numbers), owners)


def _in_order(hashes: Sequence[int]) -> tuple["NDArray[np.int64]", "NDArray[np.uint64]", "NDArray[np.uint64]"]:
    """Where each hash stands, the hashes in ascending order (looked up so, one finds the next), and the percent that each is."""
    import numpy as np  # noqa: PLC0415

    found = np.array(hashes, np.uint64)
    order = np.argsort(found)
    return order, found[order], found[order] % np.uint64(100)


def placement(
    pool: Pool,
    keys: Sequence[str],
    up: Callable[[Server], bool] | None = None,
    running: Mapping[str, int] | None = None,
) -> Mapping[str, str | None] | None:
    """`placed`, as the server by key."""
    found = placed(pool, Keys(keys), up, running)
    return None if found is None else found.by_key()


def key_shares(pool: Pool, known: Sequence[Level], running: Mapping[str, int] | None = None) -> Mapping[str, float] | None:
    """The part 0–1 of many equally popular keys that each server gets at these `levels`; what is missing from 1 gets 503.

    None where no hash decides, and for rings so large that their weights say it.
    """
    hashed = _hashed(pool)
    if hashed is None:
        return None
    found = dict.fromkeys([server.name for server in pool.servers], 0.0)
    for level in known:
        laid = _laid(pool, level, hashed, running) if level.fit + level.worn else None
        parts = None if laid is None else _parts(pool, level, laid)
        if parts is None and laid is not None:
            return None
        for name, part in zip(laid.names if laid else (), parts or (), strict=True):
            found[name] += (level.fit + level.worn) / 100 * part
    return found


def _laid(pool: Pool, level: Level, hashed: Mapping[str, bytes], running: Mapping[str, int] | None) -> _Laid | None:
    """What Envoy lays out for one priority: its healthy hosts, all in panic; degraded ones have no place (measured). None for no host."""
    chosen = level.servers if level.panic else level.healthy
    weighed = weights(chosen, running)
    groups: list[tuple[float, list[str]]] = [(1.0, [server.name for server in chosen])]
    if locality_weighted(pool):
        groups = _by_locality(pool, level, chosen)
    names: list[str] = []
    parts: list[float] = []
    for part, members in groups:
        total = sum(weighed[name] for name in members)
        names += members
        # In this order, for the rounding: multiplied first, then divided.
        parts += [weighed[name] * part / total for name in members]
    if not names:
        return None
    # MAGLEV sorts its hosts by what is hashed of them.
    order = sorted(range(len(names)), key=lambda i: hashed[names[i]]) if pool.algorithm.name == "MAGLEV" else range(len(names))

    def all_of_them(_: Pool) -> Mapping[bytes, int]:
        return {hashed[name]: weight for name, weight in weights(level.servers, running).items()}

    among = pool.once(f"hashed weights {level.servers[0].priority}", all_of_them) if running is None else all_of_them(pool)
    return _Laid(tuple(names[i] for i in order), tuple((hashed[names[i]], parts[i]) for i in order), among)


def _by_locality(pool: Pool, level: Level, chosen: Sequence[Server]) -> list[tuple[float, list[str]]]:
    """Hosts by locality, in Envoy's order, with their locality's part. The weights of localities without a host left count in the sum."""
    priority = level.servers[0].priority
    weight = {each.name: each.weight or 0 for each in pool.localities if each.priority == priority and each.name}
    total = sum(weight.values())
    members: dict[str, list[str]] = {}
    for server in chosen:
        members.setdefault(server.locality or "", []).append(server.name)
    order = sorted(members, key=lambda name: name.split("/"))
    return [(weight[name] / total, members[name]) for name in order if weight.get(name)]


def _hosts(pool: Pool, level: Level, laid: _Laid, hashes: "NDArray[np.uint64]") -> "NDArray[np.int64]":
    if pool.algorithm.name == "MAGLEV":
        size = _table_size(pool)
        return _in_table(pool, level, laid, (hashes % size).astype("int64"))
    from poise.balancers.envoy.ring import ring  # noqa: PLC0415

    return ring(laid.hosts, *_ring_sizes(pool), _murmur(pool), laid.among).at(hashes)


def _in_table(pool: Pool, level: Level, laid: _Laid, places: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """The hosts at these places of the table. That of all hosts tells those without a few, as forecasts of losses ask for by hundreds."""
    import numpy as np  # noqa: PLC0415

    from poise.balancers.envoy.filled_table import FEW, MOST_PLACES, filled  # noqa: PLC0415
    from poise.balancers.envoy.maglev import table  # noqa: PLC0415

    size = _table_size(pool)
    whole = pool.once("laid whole", _laid_whole).get(level.servers[0].priority)
    numbers = {name: number for number, name in enumerate(whole.names)} if whole and len(laid.names) < len(whole.names) else {}
    if whole and size <= MOST_PLACES and all(name in numbers for name in laid.names):
        left = {numbers[name]: part for name, (_, part) in zip(laid.names, laid.hosts, strict=True)}
        if sum(part for number, (_, part) in enumerate(whole.hosts) if number not in left) <= FEW:
            found = filled(whole.hosts, size).without(left)
            if found is not None:
                own = np.zeros(len(whole.names), np.int64)
                own[list(left)] = np.arange(len(left))
                return own[found[places]]
    return table(laid.hosts, size)[places]


def loss_in_rows(pool: Pool) -> int:
    """What the loss of a server costs over keys: as much as so many rows of a forecast. A table takes 40 to 80 ms."""
    if pool.algorithm.name != "MAGLEV":
        return 0
    from poise.balancers.envoy.filled_table import FEW, MOST_PLACES  # noqa: PLC0415 - it needs numpy

    size = _table_size(pool)
    few = len({server.weight for server in pool.servers}) == 1 and len(pool.servers) * FEW >= 1 and size <= MOST_PLACES
    return size // (256 if few else 64)


def _laid_whole(pool: Pool) -> Mapping[int, _Laid]:
    """What is laid out with nobody lost, by priority."""
    hashed = _hashed(pool)
    found = {level.servers[0].priority: _laid(pool, level, hashed, None) for level in levels(pool, None)} if hashed else {}
    return {priority: laid for priority, laid in found.items() if laid is not None}


def _parts(pool: Pool, level: Level, laid: _Laid) -> list[float] | None:
    sizes = [weight for _, weight in laid.hosts]
    if pool.algorithm.name == "MAGLEV":
        if by_weight(pool):
            total = sum(sizes)
            return [size / total for size in sizes]
        from poise.balancers.envoy.maglev import counts  # noqa: PLC0415

        table: list[float] = (counts(sizes, _table_size(pool)) / _table_size(pool)).tolist()
        return table
    from poise.balancers.envoy.ring import ring, size_of  # noqa: PLC0415

    smallest, largest = _ring_sizes(pool)
    if size_of(sizes, smallest, largest) > MEASURED_RING:
        return None
    whole = pool.once("laid whole", _laid_whole).get(level.servers[0].priority)
    if whole and len(laid.names) == len(whole.names) - 1 and laid.among == whole.among and not locality_weighted(pool):
        without = pool.once(f"rings without each {level.servers[0].priority}", lambda pool: _rings_without_each(pool, whole))
        left = frozenset(laid.names)
        if without and (lost := [number for number, name in enumerate(whole.names) if name not in left])[1:] == []:
            return without[lost[0]]
    arcs: list[float] = ring(laid.hosts, smallest, largest, _murmur(pool), laid.among).parts().tolist()
    return arcs


def _rings_without_each(pool: Pool, whole: _Laid) -> list[list[float]] | None:
    from poise.balancers.envoy.ring import parts_without_each  # noqa: PLC0415

    keys = [key for key, _ in whole.hosts]
    return parts_without_each(keys, [whole.among[key] for key in keys], *_ring_sizes(pool), _murmur(pool))


def _table_size(pool: Pool) -> int:
    return min(LARGEST_TABLE, max(0, int(number(setting(pool, "table_size"), TABLE))))


@lru_cache(maxsize=64)
def _is_prime(size: int) -> bool:
    """Whether a table may have this size: Envoy refuses all others, and in theirs a host would not find every place."""
    return size > 1 and all(size % divisor for divisor in range(2, isqrt(size) + 1))


def _ring_sizes(pool: Pool) -> tuple[int, int]:
    return pool.once("ring sizes", _ring_sizes_of)


def _ring_sizes_of(pool: Pool) -> tuple[int, int]:
    smallest = number(setting(pool, "minimum_ring_size"), SMALLEST_RING)
    largest = number(setting(pool, "maximum_ring_size"), LARGEST_RING)
    return min(LARGEST_RING, max(1, int(smallest))), min(LARGEST_RING, max(1, int(largest)))


def _murmur(pool: Pool) -> bool:
    """Whether the ring is hashed by MURMUR_HASH_2. Its number in the extension is one more than in the cluster's own settings."""
    path = ending(pool.options, "hash_function")
    written = "" if path is None else pool.options[path].upper()
    return written == "MURMUR_HASH_2" or (path is not None and written == ("1" if path.startswith("ring_hash_lb_config") else "2"))
