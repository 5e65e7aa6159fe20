"""Random numbers in long streams: one call of the generator for many steps."""

from math import log, sqrt

import numpy as np

from poise.balancers.simulation.arrays import Floats
from poise.model.load import LARGEST_P99, Z_99, Distribution

BLOCK = 1 << 15
SIGMA_OF_CV_1 = sqrt(log(2))  # a lognormal distribution whose standard deviation is its mean


class Stream:
    """Numbers of one distribution; `take` gives the next so many."""

    def __init__(self, generator: np.random.Generator, distribution: Distribution | None, sigma: float = 0.0) -> None:
        self._generator, self._distribution, self._sigma = generator, distribution, sigma
        self._block = np.empty(0)
        self._at = 0

    def take(self, count: int) -> Floats:
        """The next numbers: uniform over 0–1, or of mean 1 where the distribution has a name."""
        end = self._at + count
        if end > len(self._block):
            self._block, self._at, end = self._more(max(BLOCK, count)), 0, count
        found = self._block[self._at : end]
        self._at = end
        return found

    def _more(self, count: int) -> Floats:
        if self._distribution is None:
            return self._generator.random(count)
        if self._distribution == "exponential":
            return self._generator.standard_exponential(count)
        if self._distribution == "constant":
            return np.ones(count)
        return np.exp(self._sigma * self._generator.standard_normal(count) - self._sigma**2 / 2)


def sigma_of(mean: float, p99: float | None) -> float:
    """The σ of the lognormal distribution with this mean and 99th percentile, or the nearest there is (LARGEST_P99).

    Its standard deviation is the mean where p99 is not known.
    """
    if p99 is None:
        return SIGMA_OF_CV_1
    ratio = log(min(max(p99 / mean, 1.0), LARGEST_P99))
    return Z_99 - sqrt(max(0.0, Z_99**2 - 2 * ratio))
