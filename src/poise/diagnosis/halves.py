"""The window cut at the onset: what was normal before, what is so now."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from poise.diagnosis.shift import ENOUGH, Shift, against, middle, shift
from poise.model.memo import Memo
from poise.model.sample import Series, Window

# Long baselines add cost, not certainty; a fault is judged by what it does first, before timeouts and retries spread it.
LONGEST_BEFORE = 300.0
LONGEST_AFTER = 60.0
# A fault whose traces ended before the last scrapes has passed.
PASSED_SECONDS = 2.0
NOTHING: NDArray[np.float64] = np.empty(0)


@dataclass(slots=True)
class Kept:
    """What one cut was asked before: the observers ask for the same figures two or three times."""

    normal: dict[tuple[str, str], NDArray[np.float64]] = field(default_factory=dict)
    now: dict[tuple[str, str], NDArray[np.float64]] = field(default_factory=dict)
    risen: dict[tuple[str, str], tuple[float, float] | None] = field(default_factory=dict)
    rose: dict[tuple[str, str], tuple[float, float] | None] = field(default_factory=dict)
    memo: Memo = field(default_factory=Memo)


@dataclass(frozen=True, slots=True)
class Halves:
    """`before` and `after` are (start, end) in epoch seconds; `before` is None where no time without the fault is known; `onset` is
    None where nothing changed; `ended` is when the trouble seems to have ended, None while it lasts. Of a trouble that was there from the
    window's first second what came after it is `before`: as good a normal."""

    window: Window
    before: tuple[float, float] | None
    after: tuple[float, float]
    onset: float | None = None
    ended: float | None = None
    kept: Kept = field(default_factory=Kept, init=False, compare=False, repr=False)

    def normal(self, component: str, metric: str) -> NDArray[np.float64]:
        """Finite values before the onset, empty if there is no such time."""
        if self.before is None:
            return NOTHING
        key = component, metric
        if (found := self.kept.normal.get(key)) is None:
            found = self.kept.normal[key] = _finite(self.window.get(component, metric).between(*self.before).values)
        return found

    def now(self, component: str, metric: str) -> NDArray[np.float64]:
        """Finite values since the onset."""
        key = component, metric
        if (found := self.kept.now.get(key)) is None:
            found = self.kept.now[key] = _finite(self.window.get(component, metric).between(*self.after).values)
        return found

    def median_now(self, component: str, metric: str) -> float | None:
        """The median since the onset, None without samples."""
        values = self.now(component, metric)
        return middle(values) if len(values) else None

    def median_normal(self, component: str, metric: str) -> float | None:
        """The median before the onset, None with too few samples."""
        values = self.normal(component, metric)
        return middle(values) if len(values) >= ENOUGH else None

    def last(self, component: str, metric: str) -> float | None:
        """The newest value of the time since the onset, else of all."""
        values = self.now(component, metric)
        return float(values[-1]) if len(values) else self.window.get(component, metric).last()

    def setting(self, component: str, metric: str) -> float | None:
        """What a weight, limit or state was set to, as it stands. Of a fault that has passed: as it stood in the middle of it, for the
        repair comes before the end of what the fault did."""
        values = self.now(component, metric)
        if len(values) and self.after[1] < self.window.now.timestamp() - PASSED_SECONDS:
            return float(values[len(values) // 2])
        return self.last(component, metric)

    def shift(self, component: str, metric: str, floor: float, relative: float = 0.15, implied: float | None = None) -> Shift | None:
        """The shift of that metric; where nothing is known of before, against what is `implied`, trusted by half."""
        after = self.now(component, metric)
        moved = shift(self.normal(component, metric), after, floor, relative)
        if moved is None and implied is not None:
            moved = against(implied, after, max(floor, 0.5 * abs(implied)), 0.7)
        return moved

    def counter_now(self, component: str, metric: str) -> tuple[float, float] | None:
        """(increase, seconds) of a counter since the onset, the sample before the onset included so that no rise is lost."""
        key = component, metric
        if key not in self.kept.risen:
            self.kept.risen[key] = self._risen(component, metric)
        return self.kept.risen[key]

    def _risen(self, component: str, metric: str) -> tuple[float, float] | None:
        series = self.window.get(component, metric)
        low = max(int(np.searchsorted(series.seconds, self.after[0], side="right")) - 1, 0)
        high = int(np.searchsorted(series.seconds, self.after[1], side="right"))
        return _increase(Series(series.seconds[low:high], series.values[low:high]))

    def counter_lately(self, component: str, metric: str) -> tuple[float, float] | None:
        """(increase, seconds) of a counter in the later half of the time since the onset: how it is now, whenever it began."""
        middle = (self.after[0] + self.after[1]) / 2
        return _increase(self.window.get(component, metric).between(middle, self.after[1]))

    def counter_normal(self, component: str, metric: str) -> tuple[float, float] | None:
        """(increase, seconds) of a counter before the onset."""
        key = component, metric
        if key not in self.kept.rose:
            span = self.before
            self.kept.rose[key] = None if span is None else _increase(self.window.get(component, metric).between(*span))
        return self.kept.rose[key]


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.isfinite(values)
    return values if known.all() else values[known]


def _increase(series: Series) -> tuple[float, float] | None:
    rise = series.increase()
    return None if rise is None else (rise, float(series.seconds[-1] - series.seconds[0]))
