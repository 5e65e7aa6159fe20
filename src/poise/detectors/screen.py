"""Which pools may be uneven: what no uneven one can be below, asked of all pools and windows at once.

To judge one window of one pool (`poise.detectors.comparison`) takes a millisecond, so only those few that may be uneven are judged.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from poise.balance.evenness import FEWEST_EXPECTED, FEWEST_REQUESTS, critical_value, threshold
from poise.balance.exact import EXACT_UP_TO, surely_above
from poise.detectors.comparison import LOOKS_EVERY_SECONDS, POINTS, RATIO, SPANS
from poise.detectors.expected_shares import Scaled
from poise.detectors.servers import Floats, Mask, Servers

# Sums in another order differ in their last digits: the screen leaves that much to the judge.
SLACK = 1e-6
# Where χ² over the servers that expect a request or more gives this much, the exact distribution gives far more than LIMIT
# (tests/balance/test_exact.py).
EXACT_ABOVE = 1e-3
_SPANS = np.array(SPANS)[:, None]
# A look pays for itself, whatever its span.
LIMIT = threshold(SPANS[0], 1.0, len(SPANS), LOOKS_EVERY_SECONDS)


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """References for every pool at once, a row for each kind: by server its share (0 where none is expected) and its uncertainty, by pool
    whether there is one, its dispersion (of all kinds), for how long it has held and the least ratio that matters."""

    scaled: Scaled
    exists: Mask
    dispersion: Floats
    steady: Floats
    least_ratio: Floats


def screen(servers: Servers, counts: Floats, by: Shares) -> tuple[Mask, Mask]:
    """By pool: whether `furthest` may find it uneven against one of these references, and whether it could judge any window by one.

    `counts` has a row for each of the `SPANS`, 0 where nothing is known. Nothing that `furthest` finds is missed.
    """
    maybe, judged = np.zeros((2, len(servers.pools)), dtype=np.bool_)
    if not len(servers.names):
        return maybe, judged
    full, starts, of = servers.full, servers.first[:-1][servers.full], servers.dense
    total, known, expected = np.add.reduceat(counts, starts, axis=1), by.scaled.known, by.scaled.expected
    usable = ((by.exists[:, full] & (known > 0))[:, None] & (by.steady[:, full][:, None] >= _SPANS)) & (total >= FEWEST_REQUESTS)
    judged[full] = usable.any(axis=(0, 1))
    if not judged.any():
        return maybe, judged
    with np.errstate(divide="ignore", invalid="ignore"):
        away = counts / total[:, of] - expected[:, None]
        ratios = away / expected[:, None]
        ratios = np.where(np.isnan(ratios), 0.0, ratios) + 1
        least_ratio = by.least_ratio[:, full][:, None]
        usable &= np.maximum.reduceat(np.abs(away), starts, axis=2) >= POINTS * (1 - SLACK)
        usable &= (np.maximum.reduceat(ratios, starts, axis=2) >= least_ratio * (1 - SLACK)) | (
            (least_ratio == RATIO) & (np.minimum.reduceat(ratios, starts, axis=2) <= (1 + SLACK) / RATIO)
        )
        if not usable.any():
            return maybe, judged
        mean = total[:, of] * expected[:, None]
        mean[np.isnan(mean)] = 0.0
        g = _g(counts, mean, starts) / _widened(total, by, full) * (1 + SLACK)
    least, few = _least(total, mean, starts)
    pools = full.nonzero()[0].tolist()
    for kind, row, column in np.argwhere(usable & ~(g < least)).tolist():
        pool = pools[column]
        if not maybe[pool]:
            where = servers.of(pool)
            exact = few[kind, row, column] and np.isfinite(g[kind, row, column])
            maybe[pool] = not (exact and surely_above(counts[row, where].tolist(), expected[kind, where].tolist(), LIMIT))
    return maybe, judged


def _g(counts: Floats, mean: Floats, starts: NDArray[np.intp]) -> Floats:
    """G as the judge has it: infinite where something came that nothing was expected of."""
    terms = np.where(counts > 0, counts * np.log(counts / mean), 0.0)
    return 2 * np.add.reduceat(terms, starts, axis=2)


def _widened(total: Floats, by: Shares, full: Mask) -> Floats:
    """By how much more than independent requests the counts may scatter, as the judge has it."""
    return np.maximum(1.0, by.dispersion[full] + total * by.scaled.doubt[:, None])


def _least(total: Floats, mean: Floats, starts: NDArray[np.intp]) -> tuple[Floats, Mask]:
    """The least G of a window that may be uneven, for expected counts `mean` by server, and which windows are counted exactly.

    Pooled to cells of five expected and more, G becomes no larger: so it must reach what χ² asks of as many cells as surely remain. The
    exact distribution of few requests is near enough to χ² over the servers that expect one or more (EXACT_ABOVE).
    """
    enough = mean >= FEWEST_EXPECTED
    apart, among, merged = (
        np.add.reduceat(each, starts, axis=2)
        for each in (enough.astype(np.float64), (mean >= 1).astype(np.float64), np.where(enough, 0.0, mean))
    )
    # What is merged of rare cells has less than ten, but for the last, which goes to any.
    cells = apart + np.ceil(np.maximum(0.0, merged - FEWEST_EXPECTED) / (2 * FEWEST_EXPECTED) - SLACK)
    few = (merged > 0) & (total <= EXACT_UP_TO)
    pooled, exact = _asked(int(max(cells.max(), among.max())) + 1)
    return np.where(few, exact[among.astype(np.intp)], pooled[cells.astype(np.intp)]) * (1 - SLACK), few


@lru_cache(maxsize=64)
def _asked(most: int) -> tuple[Floats, Floats]:
    """What χ² asks of each number of cells up to there: of pooled ones, and of windows that are counted exactly."""
    # One cell alone contradicts nothing, unless something came that nothing was expected of.
    pooled = np.array([0.0, np.inf, *(critical_value(LIMIT, n) for n in range(2, most))])
    exact = np.array([0.0, 0.0, *(critical_value(EXACT_ABOVE, n) for n in range(2, most))])
    return pooled, exact
