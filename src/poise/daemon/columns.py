"""The rows of one table of one scraper: bounded, full resolution for the last minutes, merged before."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from poise.model.frame import STATES, Floats, Frame, Row, is_counter
from poise.model.sample import Block

Number = TypeVar("Number", np.float32, np.float64)
FIRST_CAPACITY = 64
# Whatever the bound: fewer rows say nothing to a detector.
LEAST_ROWS = 8
# Full resolution is that of so many looks: for who is asked every ten seconds, three minutes and not five.
MOST_FULL_LOOKS = 20
LEAST_FULL_SECONDS = 120.0
SELDOM_SECONDS = 5.0
# Of a load balancer that is asked every ten seconds a minute becomes one row, whatever `coarse` is.
LOOKS_MERGED = 6
ROW_OVERHEAD_BYTES = 128
# A pool that flaps all the time must not keep its past at full resolution: so many rows of a merged stretch are kept for their changes.
MOST_CHANGES = 8


class Columns:
    """Rows of the last `span` seconds. Those of the last `full` seconds (`MOST_FULL_LOOKS` looks where they are seldom) stay as they came;
    older ones become one in `coarse` seconds and in `LOOKS_MERGED` looks: a counter keeps what it rose, a gauge its mean, a state its last
    value and the rows where it changed (`MOST_CHANGES` a stretch).

    Memory: a row costs 4 bytes a component for each metric that moved since the row before and 8 bytes for each that did not. So m moving
    metrics of C components that are looked at every i seconds take at most 4·m·C·(full/i + span/coarse·(1 + changes)) bytes, and 8 bytes
    a counter and component, and never more than `most_bytes`: the oldest rows go first.
    """

    def __init__(self, metrics: tuple[str, ...], span: float, full: float, coarse: float, most_bytes: int) -> None:
        self.metrics = metrics
        self._span, self._full, self._coarse, self._most_bytes = span, full, coarse, most_bytes
        self._by_name = {metric: i for i, metric in enumerate(metrics)}
        self._counters = [i for i, metric in enumerate(metrics) if is_counter(metric)]
        self._states = [i for i, metric in enumerate(metrics) if metric in STATES]
        self._components: tuple[str, ...] = ()
        self._places: dict[str, int] = {}
        self._known: tuple[str, ...] | None = None
        self._where: NDArray[np.intp] | None = None
        self._seconds: Floats = np.empty(FIRST_CAPACITY)
        self._rows: list[list[Row]] = [[] for _ in metrics]
        self._start = self._count = self._merged = 0
        self._totals: Floats = np.empty((len(self._counters), 0))
        self._held: NDArray[np.float32] = np.empty((len(self._states), 0), dtype=np.float32)
        self._changed: dict[str, Floats] = {}  # of the states that ever did
        self._born: Floats = np.empty(0)
        self._seen: Floats = np.empty(0)
        self._bytes = 0

    def add(self, block: Block) -> None:
        """Keep this block, which is taken as one of the newest instant if it is older."""
        at = block.at.timestamp()
        if block.components is not self._known:
            self._adopt(block.components)
        values = block.values.T
        if self._where is not None:
            values = np.full((len(self.metrics), len(self._components)), np.nan)
            values[:, self._where] = block.values.T
        missing = np.isnan(values)
        self._lives(missing, at)
        row = values.astype(np.float32)
        if self._counters:
            row[self._counters] = self._rises(values[self._counters], missing[self._counters])
        if self._states:
            self._note_changes(row[self._states], missing[self._states], at)
        if self._count > self._start and at <= self._seconds[self._count - 1]:
            self._again(row)
        else:
            self._append(row, at)

    def frame(self) -> Frame:
        """All that is kept, as it stands."""
        totals = {self.metrics[m]: self._totals[i] for i, m in enumerate(self._counters)}
        return Frame(
            self._components,
            self._places,
            self._by_name,
            self._seconds[self._start : self._count],
            tuple(self._rows),
            self._start,
            totals,
            self._born,
            self._seen,
            dict(self._changed),
            self._gap(),
        )

    def forget(self, before: float) -> bool:
        """Let go of rows older than that, and merge what is no longer young. Whether anything is left."""
        self._start += int(np.searchsorted(self._seconds[self._start : self._count], before))
        self._merged = max(self._merged, self._start)
        if self._count > self._start and self._seconds[self._merged] < self._seconds[self._count - 1] - self._young() - self._coarse:
            self._merge()
        elif self._bytes > self._most_bytes:
            self._shrink()
        elif self._start > 256:
            self._copy(self._start)
        return self._count > self._start

    def _adopt(self, components: tuple[str, ...]) -> None:
        """Other components than last time, or the same in another tuple. Those that left stay until their rows are old."""
        self._known = components
        if components == self._components:
            self._where = None
            return
        self._copy(self._start)
        oldest = self._seconds[0] if self._count else 0.0
        here = set(components)
        kept = [n for n, seen in zip(self._components, self._seen.tolist(), strict=True) if n not in here and seen >= oldest]
        names = (*components, *kept)
        source = np.array([self._places.get(name, -1) for name in names], dtype=np.intp)
        shifted = {id(row): _moved(row, source, np.nan) for rows in self._rows for row in rows}
        self._rows = [[shifted[id(row)] for row in rows] for rows in self._rows]
        self._totals = _moved(self._totals, source, np.nan)
        self._held = _moved(self._held, source, np.nan)
        self._changed = {metric: _moved(when, source, -np.inf) for metric, when in self._changed.items()}
        self._born, self._seen = _moved(self._born, source, np.nan), _moved(self._seen, source, np.nan)
        self._components = components if not kept else names
        self._places = {name: i for i, name in enumerate(names)}
        self._where = None if not kept else np.arange(len(components), dtype=np.intp)

    def _lives(self, missing: NDArray[np.bool_], at: float) -> None:
        gone = missing.all(axis=0)
        self._seen = np.where(gone, self._seen, at)
        fresh = np.isnan(self._born) & ~gone
        if fresh.any():
            self._born = np.where(fresh, at, self._born)

    def _rises(self, values: Floats, missing: NDArray[np.bool_]) -> Floats:
        steps = values - self._totals
        # A fall is a restart: it has risen from zero since (as in Prometheus). The first value of all says nothing of a rise.
        steps = np.where(steps < 0, values, steps)
        steps[np.isnan(self._totals)] = 0.0
        steps[missing] = np.nan
        self._totals = np.where(missing, self._totals, values)
        return steps

    def _note_changes(self, row: NDArray[np.float32], missing: NDArray[np.bool_], at: float) -> None:
        differs = (row != self._held) & ~missing
        if not differs.any():
            return
        moved = differs & ~np.isnan(self._held)
        for i in np.flatnonzero(moved.any(axis=1)).tolist():
            metric = self.metrics[self._states[i]]
            self._changed[metric] = np.where(moved[i], at, self._changed.get(metric, -np.inf))
        self._held = np.where(missing, self._held, row)

    def _append(self, row: NDArray[np.float32], at: float) -> None:
        if self._count == len(self._seconds):
            self._copy(self._start)
        # Bit by bit, as nothing is equal to NaN; all metrics at once, for of few servers it is the number of comparisons that costs.
        last = np.array([rows[-1] for rows in self._rows]) if all(self._rows) else np.empty((0, 0), dtype=np.float32)
        same = (row.view(np.int32) == last.view(np.int32)).all(axis=1).tolist() if len(last) else [False] * len(row)
        for rows, values, equal in zip(self._rows, row, same, strict=True):
            if equal:
                rows.append(rows[-1])
            else:
                rows.append(values.copy())
                self._bytes += values.nbytes + ROW_OVERHEAD_BYTES
        self._bytes += 8 * len(self._rows)
        self._seconds[self._count] = at
        self._count += 1

    def _again(self, row: NDArray[np.float32]) -> None:
        """More of the newest instant: what was measured now holds, and counters add what they rose."""
        self._copy(self._start)
        for m, rows in enumerate(self._rows):
            old, new = rows[-1], row[m]
            rows[-1] = np.where(np.isnan(new), old, np.where(np.isnan(old), new, old + new) if m in self._counters else new)

    def _copy(self, start: int) -> None:
        """Lists and instants of our own, without those before `start`: windows that were given out keep theirs."""
        kept = self._count - start
        seconds = np.empty(max(FIRST_CAPACITY, 2 * kept))
        seconds[:kept] = self._seconds[start : self._count]
        self._seconds, self._rows = seconds, [rows[start : self._count] for rows in self._rows]
        self._start, self._count, self._merged = self._start - start, kept, max(0, self._merged - start)

    def _gap(self) -> float:
        late = self._seconds[max(self._start, self._count - 5) : self._count]
        return float(late[-1] - late[0]) / max(1, len(late) - 1)

    def _pace(self) -> float:
        """The seconds between two looks, those left out that came before they were due because something looked wrong: with these a load
        balancer that is asked every ten seconds kept twice the rows."""
        late = self._seconds[max(self._start, self._count - MOST_FULL_LOOKS) : self._count]
        gaps = sorted((late[1:] - late[:-1]).tolist())
        return float(gaps[len(gaps) * 3 // 4]) if gaps else 0.0

    def _young(self) -> float:
        """For how many seconds rows stay as they came."""
        pace = self._pace()
        return min(self._full, max(LEAST_FULL_SECONDS, MOST_FULL_LOOKS * pace)) if pace > SELDOM_SECONDS else self._full

    def _merge(self) -> None:
        self._copy(self._start)
        seconds = self._seconds[: self._count]
        young = int(np.searchsorted(seconds, seconds[-1] - self._young()))
        # Only whole stretches are merged: a stretch goes on until its last row is no longer young.
        bins = np.floor(seconds / max(self._coarse, LOOKS_MERGED * self._pace()))
        while young > self._merged and bins[young - 1] == bins[min(young, self._count - 1)]:
            young -= 1
        if young - self._merged > 0:
            groups = self._stretches(bins, self._merged, young)
            head = list(range(self._merged))
            ends = [last - 1 for _, last in groups]
            self._rows = [
                [*rows[: self._merged], *(_joined(rows[a:b], self._kind(m)) for a, b in groups), *rows[young:]]
                for m, rows in enumerate(self._rows)
            ]
            kept = seconds[[*head, *ends, *range(young, self._count)]]
            self._seconds[: len(kept)] = kept
            self._count, self._merged = len(kept), self._merged + len(groups)
        # What was merged is not taken off `_bytes`: to count what is held takes as long as to merge, and is of use only near the bound.
        if self._bytes > self._most_bytes:
            self._shrink()
        if self._known is not None and len(self._known) < len(self._components):
            oldest = self._seconds[self._start]
            if bool((self._seen[len(self._known) :] < oldest).any()):
                self._known = None  # the next block drops those that left, for their last row is gone

    def _kind(self, metric: int) -> str:
        return "counter" if metric in self._counters else "state" if metric in self._states else "gauge"

    def _stretches(self, bins: Floats, first: int, last: int) -> list[tuple[int, int]]:
        """Rows that become one: those of the same stretch between two changes of a state."""
        found: list[tuple[int, int]] = []
        begin, changes = first, 0
        for row in range(first + 1, last + 1):
            new_bin = row == last or bins[row] != bins[row - 1]
            moved = not new_bin and any(self._rows[m][row] is not self._rows[m][row - 1] for m in self._states)
            if new_bin or (moved and changes < MOST_CHANGES):
                found.append((begin, row))
                begin, changes = row, 0 if new_bin else changes + 1
        return found

    def _shrink(self) -> None:
        """Count what is held, and let go of the oldest rows until it is within the bound."""
        while True:
            held = {id(row): row.nbytes + ROW_OVERHEAD_BYTES for rows in self._rows for row in rows[self._start : self._count]}
            count = self._count - self._start
            self._bytes = sum(held.values()) + 8 * count * len(self._rows)
            if self._bytes <= self._most_bytes or count <= LEAST_ROWS:
                return
            fewer = max(LEAST_ROWS, min(count - 1, int(count * 0.9 * self._most_bytes / self._bytes)))
            self._start = self._count - fewer
            self._copy(self._start)


def _moved(matrix: NDArray[Number], source: NDArray[np.intp], fill: float) -> NDArray[Number]:
    """The columns of other components: `source` is where each stood before, −1 for a new one."""
    found = np.full((*matrix.shape[:-1], len(source)), fill, dtype=matrix.dtype)
    known = source >= 0
    found[..., known] = matrix[..., source[known]]
    return found


def _joined(rows: list[Row], kind: str) -> Row:
    if len(rows) == 1 or kind == "state":
        return rows[-1]
    if all(row is rows[0] for row in rows) and (kind == "gauge" or not rows[0].any()):
        return rows[0]
    table = np.array(rows, dtype=np.float64)
    here = ~np.isnan(table)
    count = here.sum(axis=0)
    total = np.where(here, table, 0.0).sum(axis=0)
    value = total if kind == "counter" else total / np.maximum(count, 1)
    joined: Row = np.where(count > 0, value, np.nan).astype(np.float32)
    return joined
