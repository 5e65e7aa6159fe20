"""What came as blocks, as it stands at one instant: rows of many components, read by whole rows.

The daemon's history makes these; they never change. A row that equals the one before is the same array, so metrics that stand still
(weights, states) cost a reference a look. An array that another one followed does not come again, so between two rows that are the same one
all are; only of counters that rose, or were not measured, older rows that were merged stand between. A counter's rows hold what it rose
since the row before, which float32 holds exactly up to 2²⁴ a look and to seven digits beyond, and its running total stands beside them in
float64: a counter at 10¹² that rises by one is not lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from poise.model.series import Series, Table

Floats = NDArray[np.float64]
Row = NDArray[np.float32]
Reach = tuple[list[int], list[int], NDArray[np.bool_] | None]

# Looks come about a second apart: a row this much inside a span still counts as its beginning.
JITTER_SECONDS = 0.35
# So many looks may be missing before what was seen is no longer news.
LOOKS_LATE = 2.5
# A product of so few terms is made by one processor; a larger one would wake others, which cost more than they help.
MOST_AT_ONCE = 200_000
# What a server is rather than what it does: kept as it last was, and its changes are kept, when older rows are merged.
STATES = frozenset(
    ("up", "maintenance", "drain", "backup", "weight", "loaded_weight", "file_weight", "file_disabled", "effective_weight")
) | frozenset(("check_refused", "maxconn", "session_limit", "limit", "servers_up", "pid"))


def is_counter(metric: str) -> bool:
    """Does this metric only rise, but for restarts? The recording contract says so by the name."""
    return metric.endswith("_total")


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where components stand in the rows of a frame: their `columns` (None: they are its own, in its order), and which are not in it."""

    columns: NDArray[np.intp] | None
    missing: NDArray[np.intp]

    def taken(self, values: Floats) -> Floats:
        """Their part of rows, NaN for what is not there."""
        if self.columns is None:
            return values
        found = values[..., self.columns]
        if len(self.missing):
            found[..., self.missing] = np.nan
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Rows of one table of one scraper: `rows[m][start + t]` is metric m at `seconds[t]`, a value for each component, NaN for none.

    `totals` are the counters' running totals; `born` and `seen` when each component was first and last measured (NaN for never);
    `changed` when a state last changed, −inf where it did not; `gap` the seconds between two looks of late; `reach` keeps how far they
    reach back.
    """

    components: tuple[str, ...]
    places: Mapping[str, int]
    metrics: Mapping[str, int]
    seconds: Floats
    rows: tuple[Sequence[Row], ...]
    start: int
    totals: Mapping[str, Floats]
    born: Floats
    seen: Floats
    changed: Mapping[str, Floats]
    gap: float
    reach: dict[tuple[float, ...], tuple[float, Reach]] = field(default_factory=dict)
    # When the last of the components was first measured, and which was heard longest ago; NaN where one never was.
    ends: list[float] = field(default_factory=list)

    @property
    def last_second(self) -> float:
        """The instant of the newest row, −inf where there is none."""
        return float(self.seconds[-1]) if len(self.seconds) else -np.inf

    @property
    def lives(self) -> tuple[float, float]:
        """When the last of its components was first measured, and when the one that is longest silent was last; NaN where one never was."""
        if not self.ends:
            self.ends.extend((float(self.born.max()), float(self.seen.min())) if len(self.born) else (-np.inf, np.inf))
        return self.ends[0], self.ends[1]

    def newest(self, metric: str, nth: int = 1) -> Row | None:
        """The newest row of a metric, or the second newest …; None where there are not so many."""
        place = len(self.seconds) - nth
        return self.rows[self.metrics[metric]][self.start + place] if place >= 0 else None

    def looks(self, since: float, now: float) -> int:
        """How many of the newest rows are of that time; 0 where there are rows after `now`."""
        count = len(self.seconds)
        return count - int(self.seconds.searchsorted(since)) if count and self.seconds[-1] <= now else 0

    def stood(self, metric: str, since: float) -> bool:
        """Whether all rows of a metric from that instant on are the same."""
        rows, first = self.rows[self.metrics[metric]], int(self.seconds.searchsorted(since))
        return first < len(self.seconds) and rows[self.start + first] is rows[self.start + len(self.seconds) - 1]

    def unmoved(self, metric: str, now: float, spans: tuple[float, ...]) -> Row | None:
        """The newest row of a counter that reaches back over all of these spans for all components, where the first row of them is the
        same (which says of rows in between that they are, if it is 0 for all); None for any other."""
        if metric not in self.totals:
            return None
        usable, firsts, lives = self._reach(now, spans)
        if lives is not None or len(usable) < len(spans):
            return None
        rows = self.rows[self.metrics[metric]]
        row = rows[self.start + len(self.seconds) - 1]
        return row if rows[self.start + firsts[-1] + 1] is row else None

    def place(self, components: tuple[str, ...]) -> Place | None:
        """Where these stand here, None where none of them does."""
        if components == self.components:
            return Place(None, np.empty(0, dtype=np.intp))
        columns = np.array([self.places.get(name, -1) for name in components], dtype=np.intp)
        missing = np.flatnonzero(columns < 0)
        return None if len(missing) == len(components) else Place(columns, missing)

    def stack(self, metric: str, first: int, last: int) -> Row:
        """Rows `first` to `last` (without it) of a metric, as a matrix of instants by components."""
        found = self.rows[self.metrics[metric]][self.start + first : self.start + last]
        return np.array(found, dtype=np.float32).reshape(len(found), len(self.components))

    def latest(self, metric: str, now: float, within: float) -> Floats:
        """The newest value of each component that is not older than `within` seconds, NaN where there is none."""
        rows, place = self.rows[self.metrics[metric]], len(self.seconds) - 1
        total = self.totals.get(metric)
        if total is not None:
            return np.where(self.seen >= now - within, total, np.nan)
        if place < 0 or self.seconds[place] < now - within:
            return np.full(len(self.components), np.nan)
        found = rows[self.start + place].astype(np.float64)
        missing = np.isnan(found)
        before = rows[self.start + place]
        while missing.any() and place > 0 and self.seconds[place - 1] >= now - within:
            place -= 1
            row = rows[self.start + place]
            if row is not before:
                found[missing] = row[missing]
                missing, before = np.isnan(found), row
        return found

    def risen(self, metric: str, now: float, spans: Sequence[float]) -> Floats:
        """How much a counter rose over each of these spans (ascending, in seconds), a row for each; a fall was a reset to zero.

        NaN where it was never measured, does not reach back so far, or has ended.
        """
        usable, firsts, lives = self._reach(now, tuple(spans))
        if not usable:
            return np.full((len(spans), len(self.components)), np.nan)
        rows = self.rows[self.metrics[metric]][self.start + firsts[-1] + 1 : self.start + len(self.seconds)]
        same_row = rows[0] is rows[-1] and len(set(map(id, rows))) == 1
        if not same_row and lives is None and len(usable) == len(spans) and len(rows) * len(spans) * len(self.components) <= MOST_AT_ONCE:
            sums = self._at_once(rows, firsts)
            # There is a figure at each of these looks, and so its total is known.
            if sums is not None:
                return sums
        found = np.full((len(spans), len(self.components)), np.nan)
        if same_row:
            # Most counters of failures stand still.
            same = rows[0].astype(np.float64)
            same[np.isnan(same)] = 0.0
            for row, first in zip(usable, firsts, strict=True):
                found[row] = same * (len(self.seconds) - 1 - first)
        else:
            steps = np.array(rows, dtype=np.float32)
            missing = np.isnan(steps)
            if missing.any():
                steps[missing] = 0.0
            total: Floats | float = 0.0
            end = len(steps)
            for row, first in zip(usable, firsts, strict=True):
                if first - firsts[-1] < end:
                    total = total + np.add.reduce(steps[first - firsts[-1] : end], axis=0, dtype=np.float64)
                    end = first - firsts[-1]
                found[row] = total
        unknown = np.isnan(self.totals[metric])
        if unknown.any():
            found[:, unknown] = np.nan
        if lives is not None:
            found[~lives] = np.nan
        return found

    def _at_once(self, rows: Sequence[Row], firsts: list[int]) -> Floats | None:
        """The sums of the rows after each of these, as one product; None where a figure is missing."""
        steps = np.concatenate(rows).reshape(len(rows), -1).astype(np.float64)
        sums: Floats = _ones(len(rows), tuple(first - firsts[-1] for first in firsts)) @ steps
        total = float(np.add.reduce(sums[-1]))
        return sums if total == total else None  # noqa: PLR0124 - NaN is not itself

    def _reach(self, now: float, spans: tuple[float, ...]) -> Reach:
        """Which of the spans the rows reach back over, the row each begins at, and which components lived through it; None where all did.
        The same for every counter, and each is asked for."""
        kept = self.reach.get(spans)
        if kept is not None and kept[0] == now:
            return kept[1]
        count = len(self.seconds)
        firsts = (self.seconds.searchsorted(now - np.array(spans) + JITTER_SECONDS, side="right") - 1).tolist()
        usable = [i for i, first in enumerate(firsts) if 0 <= first < count - 1]
        at = [firsts[i] for i in usable]
        youngest, silent = self.lives
        if (
            usable
            and youngest <= self.seconds[at[-1]]
            and silent > self.seconds[at[0]]
            and silent >= now - max(3.0, spans[0] / 2, LOOKS_LATE * self.gap)
        ):
            # All of them lived through the longest of the spans, and are heard: as they nearly always are.
            self.reach[spans] = now, (usable, at, None)
            return usable, at, None
        begins = np.full((len(spans), 1), np.inf)
        begins[usable, 0] = self.seconds[at]
        late = now - np.array([max(3.0, span / 2, LOOKS_LATE * self.gap) for span in spans])[:, None]
        lives = (self.born <= begins) & (self.seen > begins) & (self.seen >= late)
        told = usable, at, None if lives.all() else lives
        self.reach[spans] = now, told
        return told

    def measured(self, metric: str) -> NDArray[np.bool_]:
        """Which components have any figure of that metric here."""
        found: NDArray[np.bool_] = np.zeros(len(self.components), dtype=np.bool_)
        before = None
        for row in self.rows[self.metrics[metric]][self.start : self.start + len(self.seconds)]:
            if row is not before:
                found |= ~np.isnan(row)
                before = row
        return found

    def steady(self, metric: str, now: float, most: float) -> Floats:
        """How long each component's state has been what it is, at most `most` seconds; `most` where it was never measured."""
        changed = self.changed.get(metric)
        return np.full(len(self.components), most) if changed is None else np.minimum(most, now - changed)

    def table(self, metric: str, start: float, end: float) -> Table:
        """All components between these instants; counters as their running totals."""
        seconds = self.seconds
        low = int(seconds.searchsorted(start, side="left"))
        high = len(seconds) if not len(seconds) or seconds[-1] <= end else int(seconds.searchsorted(end, side="right"))
        if metric not in self.totals:
            return Table(self.seconds[low:high], self.stack(metric, low, high).astype(np.float64))
        steps = self.stack(metric, low, len(self.seconds)).astype(np.float64)
        return Table(self.seconds[low:high], _totals(steps, self.totals[metric])[: high - low])

    def series(self, component: str, metric: str) -> Series | None:
        """One metric of one component, None where it was never measured. Before a restart a counter stands as far below its first total
        after it as it had risen: what it rose is right everywhere, and the newest value is what the product says."""
        place = self.places[component]
        rows = self.rows[self.metrics[metric]][self.start : self.start + len(self.seconds)]
        values = np.array([row[place] for row in rows], dtype=np.float64)
        here = ~np.isnan(values)
        if not here.any():
            return None
        if metric in self.totals:
            values = _totals(values[:, None], self.totals[metric][[place]])[:, 0]
        return Series(self.seconds, values) if here.all() else Series(self.seconds[here], values[here])


@lru_cache(maxsize=64)
def _ones(count: int, firsts: tuple[int, ...]) -> Floats:
    """Which of so many rows are added up, for each of the places where that begins."""
    found: Floats = (np.arange(count) >= np.array(firsts)[:, None]).astype(np.float64)
    return found


def _totals(steps: Floats, now: Floats) -> Floats:
    """The running totals at each row, from what they rose at each and where they stand at the last."""
    missing = np.isnan(steps)
    risen = np.where(missing, 0.0, steps)
    after = np.zeros_like(risen)
    after[:-1] = np.cumsum(risen[:0:-1], axis=0)[::-1]
    totals: Floats = np.where(missing, np.nan, now - after)
    return totals
