"""Envoy's RING_HASH: how the ring is laid out, which host has which part of it, and which host a hash meets. Pure.

Source: Envoy's documentation (ring hash, minimum_ring_size, maximum_ring_size), its ring_hash_lb.cc, and what Envoy 1.40 did
(tests/conformance/envoy_keys.py).
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import ceil, log2

import numpy as np
from numpy.typing import NDArray

from poise.balancers.envoy.hashing import numbered_murmur, numbered_xx
from poise.model.light import dataclass

# Rings of more hosts are not laid out without each of them at once.
MOST_AT_ONCE = 256
KEPT_UP_TO = 1 << 16  # places that are kept for the next ring of the same hosts; 100 MB for 64 such rings


@dataclass(frozen=True, slots=True)
class Ring:
    """Places in ascending order, and the host of each by its number."""

    places: NDArray[np.uint64]
    hosts: NDArray[np.int64]
    number_of_hosts: int

    def at(self, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The host of each hash: that of the first place at or behind it, round the ring."""
        return self.hosts[np.searchsorted(self.places, hashes) % len(self.places)]

    def parts(self) -> NDArray[np.float64]:
        """The part 0–1 of all hashes that each host gets: the arcs that end in its places."""
        if self.number_of_hosts == 1:
            return np.ones(1)
        gaps = (self.places - np.roll(self.places, 1)).astype(np.float64) / 2.0**64
        return np.bincount(self.hosts, weights=gaps, minlength=self.number_of_hosts).astype(np.float64)


def ring(
    hosts: Sequence[tuple[bytes, float]],
    smallest: int,
    largest: int,
    murmur: bool = False,
    among: Mapping[bytes, int] | None = None,
) -> Ring:
    """The ring of these hosts (what is hashed of each, and its weight as a part of 1) in Envoy's order.

    `among` are the weights of all the hosts that there are, where other rings of them will be asked for: their places are sorted once.
    """
    counts = places_of([weight for _, weight in hosts], smallest, largest)
    numbers: dict[bytes, int] = {}
    taken: dict[bytes, int] = {}
    for number, ((key, _), count) in enumerate(zip(hosts, counts, strict=True)):
        # An address that stands there twice has the same places twice, and the first of both gets what they are hit by.
        numbers.setdefault(key, number)
        taken[key] = max(count, taken.get(key, 0))
    laid = _enough(taken, among) if among else None
    if laid is None:
        places, owners = _sorted(tuple(taken.items()), murmur)
        return Ring(places, np.array(list(numbers.values()))[owners[0]], len(hosts))
    places, owners = _kept(laid, murmur)
    has = np.array([taken.get(key, 0) for key, _ in laid])
    here = owners[1] < has[owners[0]]
    return Ring(places[here], np.array([numbers.get(key, 0) for key, _ in laid])[owners[0][here]], len(hosts))


def parts_without_each(
    keys: Sequence[bytes], weights: Sequence[int], smallest: int, largest: int, murmur: bool = False
) -> list[list[float]] | None:
    """For each of these hosts (what is hashed of it, and its weight), the parts of the ring that the others get without it, in order.

    The same as those of one ring after the other, for a third of the time. None for two hosts of one key, and where it is too much.
    """
    count, all_of_them = len(keys), sum(weights)
    if len(set(keys)) < count or not 2 < count <= MOST_AT_ONCE:
        return None
    has = np.zeros((count, count), np.int64)
    for lost in range(count):
        total = all_of_them - weights[lost]
        taken = places_of([weight * 1.0 / total for number, weight in enumerate(weights) if number != lost], smallest, largest)
        has[lost] = [*taken[:lost], 0, *taken[lost:]]
    laid = _enough(dict(zip(keys, has.max(0).tolist(), strict=True)), dict(zip(keys, weights, strict=True)))
    if laid is None or count * sum(places for _, places in laid) > KEPT_UP_TO * 64:
        return None
    places, (owners, numbers) = _kept(laid, murmur)
    rows, here = np.nonzero(numbers < has[:, owners])
    found = places[here]
    firsts = np.flatnonzero(np.diff(rows, prepend=-1))
    before = np.roll(found, 1)
    before[firsts] = found[np.append(firsts[1:], len(found)) - 1]
    gaps = (found - before).astype(np.float64) / 2.0**64
    parts = np.bincount(rows * count + owners[here], weights=gaps, minlength=count * count).reshape(count, count).tolist()
    return [[*row[:lost], *row[lost + 1 :]] for lost, row in enumerate(parts)]


def _enough(taken: Mapping[bytes, int], among: Mapping[bytes, int]) -> tuple[tuple[bytes, int], ...] | None:
    """So many places of each host that the rings of most of them are in there; None where that is too much to keep.

    By weight, of which a ring has so many places each, and half as many again or twice as many, so that the next ring finds the same.
    """
    each = max(count / among[key] for key, count in taken.items())
    counts = tuple((key, ceil(2.0 ** ceil(log2(each)) * weight)) for key, weight in among.items())
    return counts if sum(count for _, count in counts) <= KEPT_UP_TO else None


def places_of(weights: Sequence[float], smallest: int, largest: int) -> list[int]:
    """How many places each host has. The lightest gets a whole number of them; the sums of the others' fractions are rounded up."""
    scale = size_of(weights, smallest, largest)
    counts, target, placed = [], 0.0, 0
    for weight in weights:
        target += scale * weight
        end = ceil(target)
        counts.append(end - placed)
        placed = end
    return counts


def size_of(weights: Sequence[float], smallest: int, largest: int) -> float:
    """How many places the ring has before the rounding."""
    least = min(1.0, *weights)
    return min(ceil(least * smallest) / least, float(largest))


def _sorted(keys: Sequence[tuple[bytes, int]], murmur: bool) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The places of hosts that have so many each, in ascending order; of each place, the host's number and the place's number there."""
    places = np.concatenate([(numbered_murmur if murmur else numbered_xx)(key + b"_", count) for key, count in keys])
    counts = [count for _, count in keys]
    owners = np.stack((np.repeat(np.arange(len(keys)), counts), np.concatenate([np.arange(count) for count in counts])))
    order = np.argsort(places, kind="stable")
    return places[order], owners[:, order]


_kept = lru_cache(maxsize=64)(_sorted)
