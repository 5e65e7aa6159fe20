"""Envoy's MAGLEV: in which order hosts take places in the table, and which host has which place. Pure.

Sources: Eisenbud et al., Maglev (NSDI 2016), listing 1; Envoy's documentation (maglev, table_size), its maglev_lb.cc, and what Envoy 1.40
did (tests/conformance/envoy_keys.py).
"""

from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from poise.balancers.envoy.hashing import xx_hash

# A host looks for a free place one by one, M/f looks when f of M are left: half of all looks are for the last thousandths. From here on
# hosts go through lists of the free places only. That many times the hosts are sorted, which costs the same as the looks they save.
RANKED_PART = 64
RANKED_ENTRIES = 100_000


def counts(weights: Sequence[float], size: int) -> NDArray[np.int64]:
    """How many places of the table each host takes. It does not depend on which, so no table is laid out."""
    rounds = _rounds(weights, size)
    heaviest = max(weights)
    times = {weight: _times(weight, heaviest, rounds) for weight in set(weights)}
    low, high = 0, rounds
    while low < high:  # the last round that is over before the table is full
        middle = (low + high + 1) // 2
        taken = {weight: int(np.searchsorted(times[weight], middle, "right")) for weight in times}
        low, high = (middle, high) if sum(taken[weight] for weight in weights) <= size else (low, middle - 1)
    taken = {weight: int(np.searchsorted(times[weight], low, "right")) for weight in times}
    found = np.array([taken[weight] for weight in weights], np.int64)
    again = np.array([low + 1 in times[weight][taken[weight] : taken[weight] + 1] for weight in weights])
    found[np.flatnonzero(again)[: size - int(found.sum())]] += 1
    return found


def table(hosts: Sequence[tuple[bytes, float]], size: int) -> NDArray[np.int64]:
    """The table: the number of the host at each place. `hosts`: what is hashed of each, and its weight as a part of 1; `size` a prime."""
    offsets, skips = orders([key for key, _ in hosts], size)
    turns = turns_of([weight for _, weight in hosts], size).tolist()
    ranked = min(size, max(size // RANKED_PART, 1), RANKED_ENTRIES // len(hosts))
    places, at = [-1] * size, list(offsets)
    for host in turns[: size - ranked]:
        place, skip = at[host], skips[host]
        while places[place] >= 0:
            place += skip
            if place >= size:
                place -= size
        places[place] = host
        at[host] = place
    _fill_rest(places, turns[size - ranked :], offsets, skips)
    return np.array(places, np.int64)


def orders(keys: Sequence[bytes], size: int) -> tuple[list[int], list[int]]:
    """In which order each host would have the places: from its offset on by its skip, round the table."""
    return [xx_hash(key) % size for key in keys], [xx_hash(key, 1) % (size - 1) + 1 for key in keys]


def _fill_rest(places: list[int], turns: Sequence[int], offsets: Sequence[int], skips: Sequence[int]) -> None:
    """Fills what is free: each host goes through the free places in its own order."""
    if not turns:
        return
    size = len(places)
    free = np.flatnonzero(np.array(places) < 0)
    # Where place p stands in a host's order: (p − offset) / skip modulo the prime.
    inverse = np.array([pow(skip, -1, size) for skip in skips], np.int64)
    ranks = (free[None, :] - np.array(offsets, np.int64)[:, None]) % size * inverse[:, None] % size
    ahead = [iter(row) for row in free[np.argsort(ranks, axis=1)].tolist()]
    for host in turns:
        place = next(place for place in ahead[host] if places[place] < 0)
        places[place] = host


def _rounds(weights: Sequence[float], size: int) -> int:
    """Rounds that surely fill the table: the heaviest host takes a place in each, the others in proportion."""
    return ceil(size * max(weights) / sum(weights)) + 2


def _times(weight: float, heaviest: float, rounds: int) -> NDArray[np.int64]:
    """The rounds, from 1, in which a host of this weight takes a place: when its sum of weights reaches that many times the heaviest.

    The sums are added up in the same order and with the same rounding as Envoy's.
    """
    count = min(rounds, int(rounds * weight / heaviest) + 2)
    targets = np.concatenate(([0.0], np.cumsum(np.full(count, heaviest))))[:count]
    times = np.maximum(np.ceil(targets / weight), 1.0)
    times = np.where((times > 1) & ((times - 1) * weight >= targets), times - 1, times)
    times = np.where(times * weight < targets, times + 1, times)
    steps = np.arange(count)
    return (np.maximum.accumulate(times - steps) + steps).astype(np.int64)


def turns_of(weights: Sequence[float], size: int) -> NDArray[np.int64]:
    """The hosts in the order in which they take the places of the table."""
    if len(set(weights)) == 1:
        return np.arange(size) % len(weights)
    rounds = _rounds(weights, size)
    heaviest = max(weights)
    times = {weight: _times(weight, heaviest, rounds) for weight in set(weights)}
    hosts = np.repeat(np.arange(len(weights)), [len(times[weight]) for weight in weights])
    order = np.argsort(np.concatenate([times[weight] for weight in weights]), kind="stable")
    return hosts[order[:size]]
