"""The exact distribution of G for few requests."""

from functools import lru_cache
from math import lgamma, log

import numpy as np
from numpy.typing import NDArray

from poise.balance.chi_square import survival

EXACT_UP_TO = 64  # requests; beyond, rare servers are pooled until χ² holds
# Bins of G below the observed value. Each term is rounded up, so p errs upwards, by at most K bins' worth: few suffice where p is large.
FINE_BINS, COARSE_BINS = 1000, 200
LARGE_P = 0.01


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


SCREEN_BIN, SCREEN_UP_TO = 0.5, 100.0


def chance_up_to(total: int, shares: tuple[float, ...], p: float) -> float:
    """A G below which `g_tail` is surely above `p` for these requests and shares: who is only asked "is it below p" need not compute it.

    Made once for a total and shares and kept. Each term is rounded down, so what is said to be chance is chance.
    """
    return _chance_up_to(total, tuple(sorted(round(share, 12) for share in shares)), p)


@lru_cache(maxsize=16384)
def _chance_up_to(total: int, shares: tuple[float, ...], p: float) -> float:
    bins = int(SCREEN_UP_TO / SCREEN_BIN)
    table: NDArray[np.float64] = np.zeros((total + 1, bins))
    table[0, 0] = 1.0
    n = np.arange(total + 1)
    factorials = np.array([lgamma(k + 1) for k in n])
    beyond: NDArray[np.float64] = np.zeros(total + 1)
    for share in shares:
        expected = total * share
        chance = np.exp(n * log(expected) - expected - factorials)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = 2 * (np.where(n > 0, n * np.log(n / expected), 0.0) - n + expected)
        steps = np.floor(np.maximum(terms, 0.0) / SCREEN_BIN + 1e-9).astype(int)
        after = np.zeros_like(table)
        passed = np.convolve(beyond, chance)[: total + 1]
        for k in range(total + 1):
            step = int(steps[k])
            if step < bins:
                after[k:, step:] += chance[k] * table[: total + 1 - k, : bins - step]
            passed[k:] += chance[k] * table[: total + 1 - k, max(0, bins - step) :].sum(axis=1)
        table, beyond = after, passed
    of_total = np.exp(total * log(total) - total - factorials[total])
    tail = (beyond[total] + np.cumsum(table[total, ::-1])[::-1]) / of_total
    above = np.flatnonzero(tail > p * (1 + 1e-6))
    return float(above[-1]) * SCREEN_BIN if len(above) else 0.0
