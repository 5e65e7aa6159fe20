"""Where HAProxy sends a key: its hash functions, its map and its ring, computed as the program computes them.

Source: HAProxy's `hash.c`, `lb_map.c` and `lb_chash.c`. tests/live/test_conformance.py asks the real binary.
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, reduce
from math import gcd

from poise.balancers.haproxy.values import integer
from poise.model.keys import Keys, Placed
from poise.model.topology import Algorithm, Pool

BITS_32 = 0xFFFFFFFF
NODES_PER_WEIGHT = 16  # BE_WEIGHT_SCALE: a server of weight w has 16·w nodes on the ring


def sdbm(key: bytes) -> int:
    """The default function of `hash-type`."""
    value = 0
    for byte in key:
        value = (byte + (value << 6) + (value << 16) - value) & BITS_32
    return value


def djb2(key: bytes) -> int:
    """`hash-type … djb2`."""
    value = 5381
    for byte in key:
        value = ((value << 5) + value + byte) & BITS_32
    return value


def wt6(key: bytes) -> int:
    """`hash-type … wt6`."""
    high, low = 0xA53C965A, 0x5CA6953A
    step_high, step_low = 6, 18
    for byte in key:
        high, low = ~(high ^ byte) & BITS_32, ~(low + byte) & BITS_32
        turned = ((low << step_high) | (low >> (32 - step_high))) & BITS_32
        low = ((high << step_low) | (high >> (32 - step_low))) & BITS_32
        high = turned
        mixed = ((high >> 16) ^ low) & 0xFFFF
        step_high, step_low = mixed & 0x1F, mixed >> 11
    return high ^ low


FUNCTIONS: Mapping[str, Callable[[bytes], int]] = {"sdbm": sdbm, "djb2": djb2, "wt6": wt6, "crc32": zlib.crc32}


def avalanche(value: int) -> int:
    """HAProxy's `full_hash`: Jenkins' integer hash and a multiplication that spreads the result over the ring."""
    a = value
    a = (a + 0x7ED55D16 + (a << 12)) & BITS_32
    a = ((a ^ 0xC761C23C) ^ (a >> 19)) & BITS_32
    a = (a + 0x165667B1 + (a << 5)) & BITS_32
    a = ((a + 0xD3A2646C) ^ (a << 9)) & BITS_32
    a = (a + 0xFD7046C5 + (a << 3)) & BITS_32
    a = ((a ^ 0xB55A4F09) ^ (a >> 16)) & BITS_32
    return (a * 3221225473) & BITS_32


def is_consistent(algorithm: Algorithm) -> bool:
    """Whether a ring decides; HAProxy's default is the map."""
    return algorithm.name == "random" or algorithm.hash_method == "consistent"


def hash_of(algorithm: Algorithm, key: str) -> int | None:
    """The 32-bit value that HAProxy computes for that key, None where poise cannot: no address, or a function it does not know.

    The key is what the algorithm looks at: a client address for `source`, a request target for `uri`, else the header's or parameter's
    value.
    """
    mixed = algorithm.hash_modifier == "avalanche" or (is_consistent(algorithm) and algorithm.hash_function is None)
    if algorithm.name == "source":
        value = _address(key)
        if value is None:
            return None
    else:
        function = FUNCTIONS.get(algorithm.hash_function or "sdbm")
        if function is None:
            return None
        value = function((_target(algorithm, key) if algorithm.name == "uri" else key).encode(errors="surrogateescape"))
    return avalanche(value) if mixed else value


def _address(key: str) -> int | None:
    """`source` folds an address into 32 bits by exclusive or of its words; it never uses `hash-type`'s function."""
    try:
        from ipaddress import ip_address  # noqa: PLC0415 - only keys that are addresses pay for it

        packed = ip_address(key.strip()).packed
    except ValueError:
        return None
    return reduce(lambda a, b: a ^ b, (int.from_bytes(packed[i : i + 4], "big") for i in range(0, len(packed), 4)))


def _target(algorithm: Algorithm, target: str) -> str:
    """The part of a request target that `balance uri [whole] [len N] [depth N] [path-only]` hashes."""
    words = (algorithm.argument or "").replace(",", " ").split()
    limits = {word: max(0, integer(words[i + 1])) for i, word in enumerate(words[:-1]) if word in ("len", "depth")}
    if "path-only" in words and "://" in target:
        target = "/" + target.split("://", 1)[1].partition("/")[2]
    target = target[: limits["len"]] if limits.get("len") else target
    if "whole" not in words:
        target = target.partition("?")[0]
    depth = limits.get("depth")
    if depth:
        pieces = target.split("/")
        # HAProxy's counter starts before the leading slash: depth 1 keeps "/a" of "/a/b/c".
        target = "/".join(pieces[: depth + 1])
    return target


def server_ids(pool: Pool) -> Mapping[str, int]:
    """Each server's id: the one written, else the first free number from its position on, as HAProxy counts them."""
    taken = {s.server_id for s in pool.servers if s.server_id is not None}
    ids: dict[str, int] = {}
    following = 1
    for server in pool.servers:
        if server.server_id is not None:
            ids[server.name] = server.server_id
        else:
            while following in taken:
                following += 1
            taken.add(following)
            ids[server.name] = following
        following += 1
    return ids


def weight_map(weights: Mapping[str, int], divisor: int, count: int | None = None) -> tuple[str, ...]:
    """The map of `static-rr` and map-based hashing: one slot per unit of weight, smoothly interleaved. `divisor` is the greatest
    common divisor of all the pool's weights, the unusable servers' included: HAProxy computes it once, at start. `count` is how many
    slots there are, where not as many as all weights together."""
    names = tuple(weights)
    return tuple(names[slot] for slot in _slots(tuple(-(-weight // divisor) for weight in weights.values()), count))


# Pools alike in weights have the same map, and so has a pool of equal servers whichever of them is lost.
@lru_cache(maxsize=64)
def _slots(scaled: tuple[int, ...], count: int | None) -> tuple[int, ...]:
    total = sum(scaled) if count is None else count
    if total == 1:
        return (0,)
    scores = [0] * len(scaled)
    slots = []
    for _ in range(total):
        best, highest = -1, 0
        for number, weight in enumerate(scaled):
            scores[number] += weight
            # Integer division as in recalc_server_map(): ties go to the server declared first.
            value = (scores[number] + total) // total
            if best < 0 or value > highest:
                best, highest = number, value
        scores[best] -= total
        slots.append(best)
    return tuple(slots)


def place(
    pool: Pool,
    weights: Mapping[str, int],
    keys: Keys,
    configured: Mapping[str, int],
    slots: Sequence[str] = (),
) -> Placed:
    """The server of each key, none where the hash is not known here. `weights` are the usable servers', `configured` all servers'; `slots`
    is the map where it is not the one that the weights make."""
    # numpy takes longer to import than most questions take to answer: only keys pay for it.
    import numpy as np  # noqa: PLC0415

    algorithm = replace(pool.algorithm, location=None)
    hashes = keys.once(
        ("haproxy", algorithm),
        lambda names: np.array([-1 if (value := hash_of(algorithm, key)) is None else value for key in names], np.int64),
    )
    if not weights:
        return Placed(keys, (), np.full(len(hashes), -1, np.int64))
    if is_consistent(algorithm):
        from poise.balancers.haproxy.ring import ring  # noqa: PLC0415

        circle = ring(weights, server_ids(pool))
        # Looked up in their order, one finds the next: five times as fast.
        order, ascending = keys.once(("haproxy in order", algorithm), lambda _: (at := np.argsort(hashes), hashes[at]))
        owners = np.empty_like(hashes)
        owners[order] = np.where(ascending < 0, -1, circle.at(ascending))
        return Placed(keys, circle.names, owners)
    slots = slots or weight_map(weights, gcd(*(w for w in configured.values() if w)))
    names = tuple(dict.fromkeys(slots))
    numbers = {name: number for number, name in enumerate(names)}
    owners = np.array([numbers[name] for name in slots], np.int64)
    return Placed(keys, names, np.where(hashes < 0, -1, owners[hashes % len(slots)]))
