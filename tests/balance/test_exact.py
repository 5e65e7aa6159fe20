"""What is said of the exact distribution without computing it, held against all outcomes and against the distribution."""

from collections.abc import Sequence
from itertools import product
from math import exp, lgamma, log

import numpy as np
import pytest

from poise.balance.evenness import critical_value, g_statistic
from poise.balance.exact import g_tail, least_tail, often_reached, surely_above
from poise.detectors.least_g import EXACT_ABOVE, LIMIT


def g_of(counts: Sequence[int], shares: Sequence[float]) -> float:
    return g_statistic({f"app{i}": c for i, c in enumerate(counts)}, {f"app{i}": s for i, s in enumerate(shares)})


def tail(counts: tuple[int, ...], shares: tuple[float, ...]) -> float:
    """P(G ≥ that of these counts), by adding up every outcome."""
    return tail_of(sum(counts), shares, g_of(counts, shares))


def tail_of(total: int, shares: tuple[float, ...], g: float) -> float:
    """P(G ≥ g) of so many requests."""
    least = g - 1e-9
    found = 0.0
    for outcome in product(range(total + 1), repeat=len(shares) - 1):
        last = total - sum(outcome)
        if last >= 0 and g_of((*outcome, last), shares) >= least:
            each = zip((*outcome, last), shares, strict=True)
            found += exp(lgamma(total + 1) + sum(c * log(s) - lgamma(c + 1) for c, s in each))
    return found


@pytest.mark.parametrize("shares", [(0.25, 0.25, 0.25, 0.25), (0.5, 0.25, 0.25), (0.7, 0.2, 0.1), (0.4, 0.4, 0.1, 0.1)])
def test_what_is_surely_above_is_above(shares: tuple[float, ...]) -> None:
    draw = np.random.default_rng(3)
    said = 0
    for _ in range(60):
        counts = tuple(int(c) for c in draw.multinomial(10, draw.dirichlet(np.ones(len(shares)))))
        for p in (1e-1, 1e-2, 1e-4, LIMIT):
            if surely_above(counts, shares, p):
                said += 1
                assert tail(counts, shares) > p
    # It says so of most that is: otherwise it would spare nothing.
    assert said > 100


@pytest.mark.parametrize(
    ("shares", "share", "alike"),
    [((0.25,) * 4, 0.25, 4), ((0.5, 0.25, 0.25), 0.25, 2), ((0.7, 0.2, 0.1), 0.1, 1), ((0.7, 0.2, 0.1), 0.7, 1)],
)
def test_what_is_often_reached_is_reached_that_often(shares: tuple[float, ...], share: float, alike: int) -> None:
    for total in (8, 11, 14):
        for p in (1e-1, 1e-3, 1e-5, LIMIT):
            assert tail_of(total, shares, often_reached(total, share, alike, p)) > p
    # Of twenty requests over twenty servers G is about 23 (a Poisson count of mean 1 gives 2 Σ n ln n = 1.15): most are spared.
    assert often_reached(20, 0.05, 20, LIMIT) > 27


@pytest.mark.parametrize("shares", [(0.25,) * 4, (0.5, 0.25, 0.25), (0.7, 0.2, 0.1), (0.4, 0.4, 0.1, 0.1)])
def test_the_rough_tail_is_not_above_the_exact_one_and_near_it(shares: tuple[float, ...]) -> None:
    for total in (8, 11, 14):
        for g in (1.0, 3.0, 7.5, 12.0, 20.0):
            rough = least_tail(total, shares, g)
            assert rough <= tail_of(total, shares, g)
            # Terms are rounded down by a bin at most each: it is that of a G larger by as many bins as servers.
            assert rough >= 0.99 * tail_of(total, shares, g * (1 + len(shares) / 100) + 1e-6) - 1e-9


def test_nothing_is_said_of_what_is_rare() -> None:
    assert not surely_above((16, 0, 0, 0), (0.25,) * 4, LIMIT)
    assert surely_above((4, 4, 4, 4), (0.25,) * 4, LIMIT)
    assert surely_above((4, 4, 0), (0.5, 0.5, 0.0), LIMIT)


@pytest.mark.parametrize("servers", [2, 3, 5, 8, 12])
def test_the_exact_tail_is_near_chi_square_over_servers_that_expect_a_request(servers: int) -> None:
    """Where χ² says EXACT_ABOVE the exact tail is a hundred times LIMIT and more, for equal and for very unequal shares."""
    draw = np.random.default_rng(servers)
    for raw in (np.full(servers, 1 / servers), *(draw.dirichlet(np.full(servers, each)) for each in (0.3, 0.3, 1.0))):
        shares = np.maximum(raw, 1e-4) / np.maximum(raw, 1e-4).sum()
        for total in {8, 11, servers, servers + 3, 24, 40}:
            among = int((shares * total >= 1).sum())
            if among >= 2 and total >= 8:
                assert g_tail(total, tuple(shares.tolist()), critical_value(EXACT_ABOVE, among)) > 100 * LIMIT, (total, shares)
