"""How far a figure has moved from its normal, robustly: medians, a floor under the scale, and a degree between 0 and 1."""

from dataclasses import dataclass
from math import exp, log2

import numpy as np
from numpy.typing import NDArray

# A shift of this many scales is where "moved" and "not moved" are equally likely. With a scale of at least 15 % a doubling is 6 scales.
MIDDLE = 3.0
# A logit beyond this (0.25 %) would claim more than probes and counters can keep.
FARTHEST = 6.0
# Normal figures need this many samples before they count as a baseline.
ENOUGH = 4


@dataclass(frozen=True, slots=True)
class Shift:
    """`expected` and `observed` in the figure's unit; `scales` signed distance in scales; `degree_up`, `degree_down` 0–1."""

    expected: float
    observed: float
    scales: float
    certainty: float

    @property
    def degree_up(self) -> float:
        """How surely it rose."""
        return degree(self.scales, self.certainty)

    @property
    def degree_down(self) -> float:
        """How surely it fell."""
        return degree(-self.scales, self.certainty)

    @property
    def compressed(self) -> float:
        """Signed log2(1 + |scales|): comparable among metrics, no outlier rules."""
        return log2(1 + abs(self.scales)) * (1 if self.scales >= 0 else -1)


def degree(scales: float, certainty: float = 1.0) -> float:
    """Logistic in the distance from the middle; what certainty lacks draws the logit to 0, "cannot be told". Both 0–1."""
    logit = min(max(scales - MIDDLE, -FARTHEST), FARTHEST) * min(max(certainty, 0.0), 1.0)
    return 1 / (1 + exp(-logit))


def certainty(samples: int, share_present: float = 1.0) -> float:
    """How much to trust a figure from that many samples, 0–1: one sample half, three three quarters."""
    return samples / (samples + 1) * min(max(share_present, 0.0), 1.0) if samples > 0 else 0.0


def middle(values: NDArray[np.float64]) -> float:
    """The median of at least one value; for some hundred values ten times faster than numpy's, which is made for many axes."""
    ordered = np.sort(values)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def against(normal: float, observed: float, samples: int, scale: float, trust: float = 1.0) -> Shift:
    """The shift of the median `observed` of so many samples from a `normal`; both and `scale` in the figure's unit; `trust` 0–1 in that
    normal, where needs or topology imply it."""
    return Shift(normal, observed, (observed - normal) / scale, certainty(samples) * trust)
