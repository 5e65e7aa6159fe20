"""The exact distribution of G for few requests."""

from collections.abc import Sequence
from functools import lru_cache
from math import comb, exp, lgamma, log

import numpy as np
from numpy.typing import NDArray

from poise.balance.chi_square import survival

EXACT_UP_TO = 64  # requests; beyond, rare servers are pooled until χ² holds
# Bins of G below the observed value. Each term is rounded up, so p errs upwards, by at most K bins' worth: few suffice where p is large.
FINE_BINS, COARSE_BINS = 1000, 200
LARGE_P = 0.01
# To know that p is surely larger than what would be told: terms rounded down, counts of a server that are rarer than that left out.
ROUGH_BINS, RARE = 100, 1e-10


def g_tail(total: int, shares: tuple[float, ...], g: float) -> float:
    """P(G ≥ g) for `total` independent requests over servers of these shares (all > 0, sum 1).

    Counts are Poisson given their sum, and G is the sum of the terms 2 (n ln(n/e) − n + e) ≥ 0, e the expected count: so servers are added
    one by one over a table of (requests so far, G so far), and what passes g never comes back.
    """
    if g <= 1e-9 or total <= 0:
        return 1.0
    bins = COARSE_BINS if survival(g, len(shares) - 1) > LARGE_P else FINE_BINS
    return _tail(total, tuple(sorted(round(share, 12) for share in shares)), float(f"{g:.9g}"), bins)


@lru_cache(maxsize=512)
def _tail(total: int, shares: tuple[float, ...], g: float, bins_below: int) -> float:
    width = g / bins_below
    below: NDArray[np.float64] = np.zeros((total + 1, bins_below))
    above: NDArray[np.float64] = np.zeros(total + 1)
    below[0, 0] = 1.0
    n = np.arange(total + 1)
    factorials = np.array([lgamma(k + 1) for k in n])
    for share in shares:
        expected = total * share
        chance = np.exp(n * log(expected) - expected - factorials)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = 2 * (np.where(n > 0, n * np.log(n / expected), 0.0) - n + expected)
        bins = np.ceil(np.maximum(terms, 0.0) / width - 1e-9).astype(int)
        after = np.zeros_like(below)
        passed = np.convolve(above, chance)[: total + 1]
        for k in range(total + 1):
            rows = total + 1 - k
            step = int(bins[k])
            if step < bins_below:
                after[k:, step:] += chance[k] * below[:rows, : bins_below - step]
            passed[k:] += chance[k] * below[:rows, max(0, bins_below - step) :].sum(axis=1)
        below, above = after, passed
    # Given the sum: divide by the Poisson chance of `total` requests in all.
    return float(min(1.0, above[total] / np.exp(total * log(total) - total - factorials[total])))


def least_tail(total: int, shares: Sequence[float], g: float) -> float:
    """A probability that P(G ≥ g) is surely not below: as `g_tail`, with terms rounded down, few bins, and without what is very rare. A
    thirtieth of its time."""
    width = g / ROUGH_BINS
    below: NDArray[np.float64] = np.zeros((total + 1, ROUGH_BINS))
    above: NDArray[np.float64] = np.zeros(total + 1)
    below[0, 0] = 1.0
    for share in shares:
        expected = total * share
        after, passed = np.zeros_like(below), np.zeros_like(above)
        for k in range(total + 1):
            chance = exp(k * log(expected) - expected - lgamma(k + 1))
            if chance < RARE:
                continue
            term = 2 * ((k * log(k / expected) if k else 0.0) - k + expected)
            step, rows = int(max(0.0, term / width - 1e-9)), total + 1 - k
            passed[k:] += chance * above[:rows]
            if step < ROUGH_BINS:
                after[k:, step:] += chance * below[:rows, : ROUGH_BINS - step]
            if step:
                passed[k:] += chance * below[:rows, max(0, ROUGH_BINS - step) :].sum(axis=1)
        below, above = after, passed
    return float(above[total] / exp(total * log(total) - total - lgamma(total + 1))) * (1 - 1e-9)


def surely_above(counts: Sequence[float], shares: Sequence[float], p: float) -> bool:
    """Is `g_tail` of these counts surely above `p`? A few microseconds, where the tail takes milliseconds.

    The counts dealt out in any other order among servers of the same share have the same G: the tail holds the chance of all of these.
    `shares` sum to 1; a server of which nothing was expected must have got nothing.
    """
    chance, dealt = 0.0, 0
    alike: dict[tuple[float, int], int] = {}
    among: dict[float, int] = {}
    for share, given in zip(shares, counts, strict=True):
        if share > 0:
            key = (round(share, 12), int(given))
            alike[key] = alike.get(key, 0) + 1
    for (share, count), many in alike.items():
        chance += many * (count * log(share) - lgamma(count + 1))
        dealt += many * count
        among[share] = among.get(share, 0) + many
        if many > 1:
            chance -= lgamma(many + 1)
    for many in among.values():
        chance += lgamma(many + 1)
    return chance + lgamma(dealt + 1) > log(p) + 1e-6


@lru_cache(maxsize=8192)
def often_reached(total: int, share: float, alike: int, p: float) -> float:
    """A G that `total` independent requests reach with a probability surely above `p`, where `alike` of the servers have that share each.

    Where one of them gets k requests of n or more, G is at least 2 n KL(k/n ‖ share): all others counted as one cell make G no larger.
    That one of them does has at least the chance that Bonferroni's second inequality gives, for counts that share a total are never both
    high more often than apart. A table of integers asks it again and again: hence the cache.
    """
    chance = reached = 0.0
    for k in range(total, int(total * share), -1):
        chance += comb(total, k) * share**k * (1 - share) ** (total - k)
        if max(chance, alike * chance * (1 - (alike - 1) / 2 * chance)) > p * (1 + 1e-9):
            part = k / total
            reached = 2 * total * (part * log(part / share) + (1 - part) * log((1 - part) / (1 - share)) if k < total else -log(share))
            break
    return max(0.0, reached)
