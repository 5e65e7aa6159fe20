"""The least of many values in every replica, for the price of its root."""

from math import isqrt

import numpy as np

from poise.balancers.simulation.arrays import Floats, Ints

# Up to here one pass over all values costs less than the second level does (R = 512, numpy 2.4).
FLAT_UP_TO = 128


class Tournament:
    """A row of values per replica; of long rows the least of each block is kept, so that a change costs two blocks and not the row."""

    def __init__(self, values: Floats) -> None:
        rows, length = values.shape
        self.width = length if length <= FLAT_UP_TO else isqrt(length) + 1
        self.blocks = -(-length // self.width)
        self.length = self.blocks * self.width
        self.values = np.full((rows, self.length), np.inf)
        self.values[:, :length] = values
        self.flat = self.values.reshape(-1)
        self._blocks = self.values.reshape(rows * self.blocks, self.width)
        self._least: Floats = self._blocks.min(axis=1).reshape(rows, self.blocks)
        self._flat_least = self._least.reshape(-1)
        self._all = np.arange(rows)

    def put(self, rows: Ints, at: Ints, values: Floats | float) -> None:
        """Set one value in each of these rows; no row stands twice among them."""
        cells = rows * self.length + at
        if self.blocks == 1:
            self.flat[cells] = values
            return
        before = self.flat[cells]
        self.flat[cells] = values
        blocks = rows * self.blocks + at // self.width
        least = self._flat_least[blocks]
        self._flat_least[blocks] = np.minimum(least, values)
        # Only where the least itself has grown must its block be looked through.
        grown = blocks[(before <= least) & (values > before)]
        if grown.size:
            self._flat_least[grown] = self._blocks.take(grown, 0).min(axis=1)

    def first(self) -> Ints:
        """Where the least value of every row stands, the first of equal ones."""
        found: Ints
        if self.blocks == 1:
            found = self.values.argmin(axis=1)
            return found
        block = self._least.argmin(axis=1)
        found = block * self.width + self._blocks.take(self._all * self.blocks + block, 0).argmin(axis=1)
        return found

    def first_of(self, rows: Ints) -> Ints:
        """The same for some rows."""
        found: Ints
        if self.blocks == 1:
            found = self.values.take(rows, 0).argmin(axis=1)
            return found
        block = self._least.take(rows, 0).argmin(axis=1)
        found = block * self.width + self._blocks.take(rows * self.blocks + block, 0).argmin(axis=1)
        return found
