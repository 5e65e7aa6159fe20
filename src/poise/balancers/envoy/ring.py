"""Envoy's RING_HASH: how the ring is laid out, which host has which part of it, and which host a hash meets. Pure.

Source: Envoy's documentation (ring hash, minimum_ring_size, maximum_ring_size), its ring_hash_lb.cc, and what Envoy 1.40 did
(tests/conformance/envoy_keys.py).
"""

from collections.abc import Sequence
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from poise.balancers.envoy.hashing import numbered_murmur, numbered_xx
from poise.model.light import dataclass

KEPT_UP_TO = 4096  # places of one host that are worth keeping for the next ring; 32 MB for a thousand such hosts


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


def ring(hosts: Sequence[tuple[bytes, float]], smallest: int, largest: int, murmur: bool = False) -> Ring:
    """The ring of these hosts (what is hashed of each, and its weight as a part of 1) in Envoy's order."""
    counts = places_of([weight for _, weight in hosts], smallest, largest)
    places = np.concatenate([_places(key, count, murmur) for (key, _), count in zip(hosts, counts, strict=True)])
    owners = np.repeat(np.arange(len(hosts)), counts)
    order = np.argsort(places, kind="stable")
    return Ring(places[order], owners[order], len(hosts))


def places_of(weights: Sequence[float], smallest: int, largest: int) -> list[int]:
    """How many places each host has. The lightest gets a whole number of them; the sums of the others' fractions are rounded up."""
    least = min(1.0, *weights)
    scale = min(ceil(least * smallest) / least, float(largest))
    counts, target, placed = [], 0.0, 0
    for weight in weights:
        target += scale * weight
        count = max(0, ceil(target) - placed)
        counts.append(count)
        placed += count
    return counts


def _places(key: bytes, count: int, murmur: bool) -> NDArray[np.uint64]:
    if count > KEPT_UP_TO:
        return _hashed(key, count, murmur)
    # Losing a host gives the others a few places more or fewer: the next power of two serves them all.
    return _kept(key, 1 << max(0, count - 1).bit_length(), murmur)[:count]


def _hashed(key: bytes, count: int, murmur: bool) -> NDArray[np.uint64]:
    return (numbered_murmur if murmur else numbered_xx)(key + b"_", count)


_kept = lru_cache(maxsize=1024)(_hashed)
