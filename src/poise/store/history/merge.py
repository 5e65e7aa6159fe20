"""Many rows become one of a minute or an hour. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poise.model.frame import STATES, is_counter

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """One metric of some components: `values[t, i]` at `seconds[t]`, NaN where it was not measured, and the least and the most of each row.
    A counter's are what it rose since the row before."""

    components: tuple[str, ...]
    seconds: Floats
    values: Floats
    least: Floats
    most: Floats

    def between(self, start: float, end: float) -> "Rows":
        """Those with start <= t < end."""
        low, high = (int(self.seconds.searchsorted(at, side="left")) for at in (start, end))
        return Rows(self.components, self.seconds[low:high], self.values[low:high], self.least[low:high], self.most[low:high])


def nothing(components: tuple[str, ...] = ()) -> Rows:
    """No row."""
    none = np.empty((0, len(components)))
    return Rows(components, np.empty(0), none, none, none)


def risen(totals: Floats, before: Floats | None = None) -> Floats:
    """What a counter rose from row to row; a fall was a restart, from zero. The first total of all says nothing of a rise: NaN.

    `before` are the totals before the first row, NaN where there are none.
    """
    missing = np.isnan(totals)
    rows = np.where(missing, -1, np.arange(len(totals))[:, None])
    last = np.maximum.accumulate(rows, axis=0)
    known = np.where(last < 0, np.nan, np.take_along_axis(totals, np.maximum(last, 0), axis=0))
    first = np.full((1, totals.shape[1]), np.nan) if before is None else before[None, :]
    known = np.where(np.isnan(known), first, known)
    steps = np.diff(known, axis=0, prepend=first)
    return np.where(missing, np.nan, np.where(steps < 0, totals, steps))


def merged(rows: Rows, metric: str, row_seconds: int) -> Rows:
    """One row for each span of `row_seconds` (counted from the epoch) that has any, at the instant of its last: a counter's rises add up, a
    state keeps its last value, anything else its mean; the least and the most stay."""
    if not len(rows.seconds):
        return rows
    spans = np.floor(rows.seconds / row_seconds)
    starts = np.flatnonzero(np.diff(spans, prepend=np.nan) != 0)
    ends = np.append(starts[1:], len(spans)) - 1
    here = ~np.isnan(rows.values)
    counts = np.add.reduceat(here, starts, axis=0, dtype=np.int64)
    if metric in STATES:
        order = np.where(here, np.arange(len(spans))[:, None], -1)
        last = np.maximum.reduceat(order, starts, axis=0)
        values = np.where(last < 0, np.nan, np.take_along_axis(rows.values, np.maximum(last, 0), axis=0))
    else:
        sums = np.add.reduceat(np.where(here, rows.values, 0.0), starts, axis=0)
        values = np.where(counts > 0, sums if is_counter(metric) else sums / np.maximum(counts, 1), np.nan)
    least, most = values, values
    if not is_counter(metric):
        least, most = np.fmin.reduceat(rows.least, starts, axis=0), np.fmax.reduceat(rows.most, starts, axis=0)
    return Rows(rows.components, rows.seconds[ends], values, least, most)


def joined(parts: list[Rows]) -> Rows:
    """All of them, in the order of time, with the components of all. Of one instant that comes twice both rows stay."""
    if len(parts) == 1:
        return parts[0]
    # A hundred chunks of a thousand servers have one tuple of names.
    distinct = list({id(part.components): part.components for part in parts}.values())
    names = distinct[0] if len(distinct) == 1 else tuple(dict.fromkeys(name for each in distinct for name in each))
    if not parts or not names:
        return nothing(names)
    place = {name: i for i, name in enumerate(names)}
    seconds = np.concatenate([part.seconds for part in parts])
    order = np.argsort(seconds, kind="stable")
    wide: list[Floats] = []
    for which in ("values", "least", "most"):
        whole = np.full((len(seconds), len(names)), np.nan)
        row = 0
        for part in parts:
            columns = slice(None) if part.components is names else [place[name] for name in part.components]
            whole[row : row + len(part.seconds), columns] = getattr(part, which)
            row += len(part.seconds)
        wide.append(whole[order])
    return Rows(names, seconds[order], *wide)
