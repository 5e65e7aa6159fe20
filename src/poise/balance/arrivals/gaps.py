"""Times between arrivals, a row of lanes at once."""

from collections.abc import Sequence

import numpy as np

from poise.balance.arrivals.station import Lane
from poise.balancers.simulation.arrays import Floats, Ints

BLOCK = 64  # steps drawn at once


class Gaps:
    """Gaps of mean 1: exponential, or of as many requests as lie between two turns, which is Erlang's distribution (a gamma one)."""

    def __init__(self, generator: np.random.Generator, lanes: Sequence[Lane]) -> None:
        self._generator = generator
        self._every = np.array([lane.every for lane in lanes])
        self._refill()

    def _refill(self) -> None:
        size = (BLOCK, len(self._every))
        if (self._every == 1).all():
            self._block: Floats = self._generator.standard_exponential(size)
        else:
            self._block = self._generator.standard_gamma(self._every, size) / self._every
        self._at = 0

    def take(self) -> Floats:
        """The next gap of each lane."""
        if self._at == BLOCK:
            self._refill()
        self._at += 1
        row: Floats = self._block[self._at - 1]
        return row

    def keep(self, rows: Ints) -> None:
        """Forget all lanes but these."""
        self._every, self._block = self._every[rows], self._block[:, rows]
