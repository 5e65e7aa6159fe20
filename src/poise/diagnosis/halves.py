"""The window cut at the onset: what was normal before, what is so now."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from poise.diagnosis.matrices import Matrices, Matrix, matrices_of
from poise.diagnosis.shift import ENOUGH, Shift, against
from poise.diagnosis.stretch import Stretch
from poise.model.memo import Memo
from poise.model.sample import Window

# Long baselines add cost, not certainty; a fault is judged by what it does first, before timeouts and retries spread it.
LONGEST_BEFORE = 300.0
LONGEST_AFTER = 60.0
# A fault whose traces ended before the last scrapes has passed.
PASSED_SECONDS = 2.0
Spans = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
NOTHING: NDArray[np.float64] = np.empty(0)


@dataclass(frozen=True, slots=True)
class Cut:
    """A matrix cut at the onset. `counted` begins one sample before `after`, so that no rise of a counter is lost; `lately` is the later
    half of `after`."""

    before: Stretch | None
    after: Stretch
    counted: Stretch
    lately: Stretch


@dataclass(slots=True)
class Kept:
    """What one cut was asked before: the observers ask for the same figures two or three times."""

    cuts: dict[int, Cut] = field(default_factory=dict)
    clocks: dict[int, Spans] = field(default_factory=dict)
    places: dict[tuple[str, str], tuple[Cut, int] | None] = field(default_factory=dict)
    shifts: dict[tuple[str, str, float, float, float | None], Shift | None] = field(default_factory=dict)
    memo: Memo = field(default_factory=Memo)
    matrices: Matrices | None = None
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class Halves:
    """`before` and `after` are (start, end) in epoch seconds; `before` is None where no time without the fault is known; `onset` is
    None where nothing changed; `ended` is when the trouble seems to have ended, None while it lasts. Of a trouble that was there from the
    window's first second what came after it is `before`: as good a normal.

    What is asked of one component is worked out for all of its kind at once."""

    window: Window
    before: tuple[float, float] | None
    after: tuple[float, float]
    onset: float | None = None
    ended: float | None = None
    kept: Kept = field(default_factory=Kept, init=False, compare=False, repr=False)

    @property
    def matrices(self) -> Matrices:
        """The window's series."""
        if (found := self.kept.matrices) is None:
            found = self.kept.matrices = matrices_of(self.window)
        return found

    def normal(self, component: str, metric: str) -> NDArray[np.float64]:
        """Finite values before the onset, empty if there is no such time."""
        found = self._place(component, metric)
        return NOTHING if found is None or found[0].before is None else found[0].before.rows[found[1]]

    def now(self, component: str, metric: str) -> NDArray[np.float64]:
        """Finite values since the onset."""
        found = self._place(component, metric)
        return NOTHING if found is None else found[0].after.rows[found[1]]

    def median_now(self, component: str, metric: str) -> float | None:
        """The median since the onset, None without samples."""
        found = self._place(component, metric)
        return None if found is None or not found[0].after.counts[found[1]] else found[0].after.middles[found[1]]

    def median_normal(self, component: str, metric: str) -> float | None:
        """The median before the onset, None with too few samples."""
        found = self._place(component, metric)
        if found is None or (before := found[0].before) is None or before.counts[found[1]] < ENOUGH:
            return None
        return before.middles[found[1]]

    def mean_now(self, component: str, metric: str) -> float | None:
        """The mean since the onset, None without samples."""
        found = self._place(component, metric)
        return None if found is None or not found[0].after.counts[found[1]] else found[0].after.means[found[1]]

    def mean_normal(self, component: str, metric: str) -> float | None:
        """The mean before the onset, None without samples."""
        found = self._place(component, metric)
        if found is None or (before := found[0].before) is None or not before.counts[found[1]]:
            return None
        return before.means[found[1]]

    def last(self, component: str, metric: str) -> float | None:
        """The newest value of the time since the onset, else of all."""
        found = self._place(component, metric)
        if found is None:
            return None
        values = found[0].after.rows[found[1]]
        return float(values[-1]) if len(values) else float(found[0].after.matrix.row(found[1])[-1])

    def setting(self, component: str, metric: str) -> float | None:
        """What a weight, limit or state was set to, as it stands. Of a fault that has passed: as it stood in the middle of it, for the
        repair comes before the end of what the fault did."""
        if self._passed and len(values := self.now(component, metric)):
            return float(values[len(values) // 2])
        return self.last(component, metric)

    def shift(self, component: str, metric: str, floor: float, relative: float = 0.15, implied: float | None = None) -> Shift | None:
        """The shift of that metric's median; where nothing is known of before, against what is `implied`, trusted by half. `floor` in the
        figure's unit and `relative` of the normal bound the scale from below."""
        key = component, metric, floor, relative, implied
        if key not in self.kept.shifts:
            self.kept.shifts[key] = self._shift(component, metric, floor, relative, implied)
        return self.kept.shifts[key]

    def _shift(self, component: str, metric: str, floor: float, relative: float, implied: float | None) -> Shift | None:
        found = self._place(component, metric)
        if found is None or not (count := found[0].after.counts[found[1]]):
            return None
        (cut, row), observed = found, found[0].after.middles[found[1]]
        if cut.before is not None and cut.before.counts[row] >= ENOUGH:
            normal, trust = cut.before.middles[row], 1.0
            scale = max(floor, 1.4826 * cut.before.spreads[row], relative * abs(normal))
        elif implied is not None:
            normal, trust, scale = implied, 0.7, max(floor, 0.5 * abs(implied))
        else:
            return None
        return against(normal, observed, count, scale, trust)

    def counter_now(self, component: str, metric: str) -> tuple[float, float] | None:
        """(increase, seconds) of a counter since the onset, the sample before the onset included so that no rise is lost."""
        found = self._place(component, metric)
        if found is None or (rises := found[0].counted.increases) is None:
            return None
        return rises[found[1]]

    def counter_lately(self, component: str, metric: str) -> tuple[float, float] | None:
        """(increase, seconds) of a counter in the later half of the time since the onset: how it is now, whenever it began."""
        found = self._place(component, metric)
        if found is None or (rises := found[0].lately.increases) is None:
            return None
        return rises[found[1]]

    def counter_normal(self, component: str, metric: str) -> tuple[float, float] | None:
        """(increase, seconds) of a counter before the onset."""
        found = self._place(component, metric)
        if found is None or (before := found[0].before) is None or (rises := before.increases) is None:
            return None
        return rises[found[1]]

    @property
    def _passed(self) -> bool:
        if (found := self.kept.passed) is None:
            found = self.kept.passed = self.after[1] < self.window.now.timestamp() - PASSED_SECONDS
        return found

    def _place(self, component: str, metric: str) -> tuple[Cut, int] | None:
        key = component, metric
        places = self.kept.places
        if key in places:
            return places[key]
        kind = self.window.stack.kinds.get(component)
        if kind is None:
            found = self.matrices.place(component, metric)
            places[key] = told = None if found is None else (self._cut(found[0]), found[1])
            return told
        # Who asks of one asks of all of its kind: their places are noted at once.
        for name in self.matrices.names(kind):
            places[name, metric] = None
        for matrix in self.matrices.of(kind, metric):
            cut = self._cut(matrix)
            for row, name in enumerate(matrix.names):
                places[name, metric] = cut, row
        return places[key]

    def _cut(self, matrix: Matrix) -> Cut:
        cut = self.kept.cuts.get(id(matrix))
        if cut is None:
            spans = self.kept.clocks.get(id(matrix.seconds)) or self._spans(matrix.seconds)
            before = None if self.before is None else Stretch(matrix, *spans[0])
            cut = self.kept.cuts[id(matrix)] = Cut(before, *(Stretch(matrix, *span) for span in spans[1:]))
        return cut

    def _spans(self, seconds: NDArray[np.float64]) -> Spans:
        """From which instant to which (without it) the parts of a cut reach."""
        start, end = self.after
        low, high = _between(seconds, start, end)
        counted = max(int(seconds.searchsorted(start, side="right")) - 1, 0)
        before = _between(seconds, *(self.before or self.after))
        found = self.kept.clocks[id(seconds)] = before, (low, high), (counted, high), _between(seconds, (start + end) / 2, end)
        return found


def _between(seconds: NDArray[np.float64], start: float, end: float) -> tuple[int, int]:
    return int(seconds.searchsorted(start, side="left")), int(seconds.searchsorted(end, side="right"))
