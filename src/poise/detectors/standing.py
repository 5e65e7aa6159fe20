"""What stands as it stood at the look before, and so need not be worked out again.

A frame's row is the same array until one of its values changes, and the same array does not come again after another
(`poise.model.frame`): so whatever follows from a row holds while the row is the newest. With ten pools a look's cost is the number of
array operations and not their length, and most of what a load balancer tells (states, weights, counters of failures) stands still. Who asks
gets **the same** array as at the look before, so that what is derived from it can be kept by identity too (`Window.memo`).
"""

import numpy as np

from poise.detectors.servers import Floats
from poise.model.frame import LOOKS_LATE, Frame, Place, Row
from poise.model.sample import Window

# Tuples of names that are asked for at once: servers, pools, and the parts of each kind.
MOST_TUPLES = 16


class Standing:
    """Of one tuple of names: which frame tells each metric, and what its newest row gives. One row of each metric is kept."""

    __slots__ = ("_constants", "_latest", "_nothing", "_risen", "_sources", "_steady", "names")

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._sources: dict[str, tuple[int, Place] | None] = {}
        self._latest: dict[str, tuple[Row, Floats, bool]] = {}
        self._risen: dict[tuple[str, int], tuple[Row, Floats | None]] = {}
        self._steady: dict[str, tuple[Floats, float]] = {}
        self._constants: dict[float, Floats] = {}
        self._nothing: dict[int, Floats] = {}

    def source(self, window: Window, metric: str) -> tuple[Frame, Place] | None:
        """The frame that alone tells that metric of any of these, and tells it of all: then no other series need be asked."""
        try:
            found = self._sources[metric]
        except KeyError:
            places = [(i, window.columns(frame, self.names)) for i, frame in enumerate(window.frames) if metric in frame.metrics]
            telling = [(i, place) for i, place in places if place is not None]
            found = telling[0] if len(telling) == 1 and not len(telling[0][1].missing) else None
            self._sources[metric] = found
        return None if found is None else (window.frames[found[0]], found[1])

    def latest(self, window: Window, metric: str, within: float) -> Floats | None:
        """As `columns.latest`; None where the newest row does not say it of all of these."""
        source = self.source(window, metric)
        if source is None or metric in source[0].totals:
            return None
        frame, place = source
        row = frame.newest(metric)
        since = window.now_seconds - max(within, LOOKS_LATE * frame.gap)
        if row is None or frame.last_second < since:
            return None
        values, whole = self._taken(metric, row, place)
        # What is not in the newest row may stand in one before, if that is another.
        return values if whole or frame.stood(metric, since) else None

    def risen(self, window: Window, metric: str, spans: tuple[float, ...]) -> Floats | None:
        """As `columns.risen` where nothing rose in any of these spans, None where something did or may have."""
        source = self.source(window, metric)
        row = None if source is None else source[0].unmoved(metric, window.now_seconds, spans)
        if row is None:
            return None
        kept = self._risen.get((metric, len(spans)))
        if kept is None or kept[0] is not row:
            # Of one that was measured at the newest look the total is known (no NaN in the row).
            kept = self._risen[metric, len(spans)] = row, None if row.any() else self._zeros(len(spans))
        return kept[1]

    def steady(self, window: Window, metric: str, seconds: float) -> Floats | None:
        """As `columns.steady_seconds` where no state changed in that time, None where one did or may have."""
        source = self.source(window, metric)
        if source is None:
            return None
        changed = source[0].changed.get(metric)
        if changed is not None:
            kept = self._steady.get(metric)
            if kept is None or kept[0] is not changed:
                kept = self._steady[metric] = changed, float(changed.max())
            # NaN is not above.
            if not window.now_seconds - kept[1] >= seconds:
                return None
        return self.constant(seconds)

    def row(self, window: Window, metric: str, seconds: float, looks: int) -> Floats | None:
        """The one value that each of these had at every look of the last `seconds`, of which there were `looks` or more; None where it
        moved, or may have."""
        source = self.source(window, metric)
        if source is None or metric in source[0].totals:
            return None
        frame, place = source
        row, count = frame.newest(metric), frame.looks(window.now_seconds - seconds, window.now_seconds)
        if row is None or count < looks or frame.newest(metric, count) is not row:
            return None
        return self._taken(metric, row, place)[0]

    def _taken(self, metric: str, row: Row, place: Place) -> tuple[Floats, bool]:
        """Their part of that row, which is kept, and whether it is whole."""
        kept = self._latest.get(metric)
        if kept is None or kept[0] is not row:
            values = _kept(place.taken(row.astype(np.float64)))
            # Most states and weights are the same of all.
            alike = bool(len(values)) and bool((values == values[0]).all())
            values = self.constant(float(values[0])) if alike else values
            kept = self._latest[metric] = row, values, alike or not np.isnan(values).any()
        return kept[1], kept[2]

    def _zeros(self, spans: int) -> Floats:
        """That nothing rose, in so many spans."""
        found = self._nothing.get(spans)
        if found is None:
            found = self._nothing[spans] = np.broadcast_to(0.0, (spans, len(self.names)))
        return found

    def constant(self, value: float) -> Floats:
        """That value for each of these, held once: of a thousand servers there would be dozens of arrays of 8 KB."""
        found = self._constants.get(value)
        if found is None:
            found = self._constants[value] = np.broadcast_to(value, len(self.names))
        return found


def standing(window: Window, names: tuple[str, ...]) -> Standing:
    """Of these names. All is forgotten when a frame has other components or metrics than before."""
    kept: dict[int, Standing] | None = window.looked.get("standing")
    if kept is None:
        frames = window.frames
        inputs = (*[frame.components for frame in frames], *[frame.metrics for frame in frames])
        kept = window.looked["standing"] = window.memo.of("standing", inputs, dict)
    found = kept.get(id(names))
    if found is None or found.names is not names:
        if len(kept) >= MOST_TUPLES:
            kept.clear()
        found = kept[id(names)] = Standing(names)
    return found


def _kept(values: Floats) -> Floats:
    values.setflags(write=False)
    return values
