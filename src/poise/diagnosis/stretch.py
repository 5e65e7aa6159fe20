"""Some instants of a matrix: the figures of all its rows, each kind worked out for all when it is first asked of one."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from poise.diagnosis.matrices import Matrix
from poise.diagnosis.shift import middle

Floats = NDArray[np.float64]


class Stretch:
    """The samples of a matrix from instant number `low` to `high` (without it). Every list has one figure for each of its k components,
    in the metric's unit; values that are no finite numbers count for nothing."""

    def __init__(self, matrix: Matrix, low: int, high: int) -> None:
        self.matrix, self.low, self.high = matrix, low, high

    @cached_property
    def values(self) -> Floats:
        """k × m, whatever they are."""
        return self.matrix.values[:, self.low : self.high]

    @cached_property
    def rows(self) -> list[Floats]:
        """The finite values of each component."""
        known = np.isfinite(self.values)
        if known.all():
            return list(self.values)
        return [values[here] for values, here in zip(self.values, known, strict=True)]

    @cached_property
    def counts(self) -> list[int]:
        """How many finite values."""
        return [len(row) for row in self.rows]

    @cached_property
    def middles(self) -> list[float]:
        """Medians, NaN without samples."""
        if self._whole:
            return _middles(np.sort(self.values, axis=1))
        return [middle(row) if len(row) else np.nan for row in self.rows]

    @cached_property
    def spreads(self) -> list[float]:
        """Medians of the distance from the median, NaN without samples."""
        if self._whole:
            return _middles(np.sort(np.abs(self.values - np.array(self.middles)[:, None]), axis=1))
        return [middle(np.abs(row - at)) if len(row) else np.nan for row, at in zip(self.rows, self.middles, strict=True)]

    @cached_property
    def means(self) -> list[float]:
        """Means, NaN without samples."""
        if self._whole:
            found: list[float] = self.values.mean(axis=1).tolist()
            return found
        return [float(row.mean()) if len(row) else np.nan for row in self.rows]

    @cached_property
    def increases(self) -> list[tuple[float, float]] | None:
        """(rise, seconds) of counters, None with fewer than two samples; a fall is a reset to zero, as in Prometheus."""
        if self.high - self.low < 2:
            return None
        steps = np.diff(self.values, axis=1)
        rises = np.where(steps >= 0, steps, self.values[:, 1:]).sum(axis=1)
        lasted = float(self.matrix.seconds[self.high - 1] - self.matrix.seconds[self.low])
        return [(rise, lasted) for rise in rises.tolist()]

    @cached_property
    def _whole(self) -> bool:
        return self.high > self.low and bool(np.isfinite(self.values).all())


def _middles(ordered: Floats) -> list[float]:
    count = ordered.shape[1]
    found: list[float] = ((ordered[:, (count - 1) // 2] + ordered[:, count // 2]) / 2).tolist()
    return found
