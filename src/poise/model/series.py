"""One metric of one component over time."""

import numpy as np
from numpy.typing import NDArray

from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of one component: `seconds` since the epoch (UTC), ascending, and `values`, of equal length."""

    seconds: NDArray[np.float64]
    values: NDArray[np.float64]

    def between(self, start: float, end: float) -> "Series":
        """The samples with start <= t <= end, both in epoch seconds."""
        seconds = self.seconds
        low = int(seconds.searchsorted(start, side="left"))
        # Most ask up to now.
        high = len(seconds) if not len(seconds) or seconds[-1] <= end else int(seconds.searchsorted(end, side="right"))
        return Series(seconds[low:high], self.values[low:high])

    def last(self) -> float | None:
        """The newest value, None if there is none."""
        return float(self.values[-1]) if len(self.values) else None

    def increase(self) -> float | None:
        """How much a counter rose over the series; a fall is a reset to zero, as in Prometheus. None with fewer than two samples."""
        if len(self.values) < 2:
            return None
        steps = self.values[1:] - self.values[:-1]
        fell = ~(steps >= 0)
        return float((np.where(fell, self.values[1:], steps) if fell.any() else steps).sum())

    def rate(self) -> float | None:
        """Increase per second over the series."""
        rise = self.increase()
        span = float(self.seconds[-1] - self.seconds[0]) if len(self.seconds) > 1 else 0.0
        return None if rise is None or span <= 0 else rise / span


EMPTY = Series(np.empty(0), np.empty(0))


@dataclass(frozen=True, slots=True)
class Table:
    """One metric of many components: `values[t, i]` at `seconds[t]` since the epoch, ascending; NaN where it was not measured."""

    seconds: NDArray[np.float64]
    values: NDArray[np.float64]
