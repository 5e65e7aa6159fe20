"""What happened in the replicas, counted while that is asked for."""

import numpy as np

from poise.balancers.simulation.arrays import Bools, Floats, Ints

# Events are kept as they come and counted so many at a time: one pass over many costs a tenth of many passes over few.
BATCH = 1 << 15
MOST_TIMES = 400_000  # response times kept: their 99th percentile is then good to a hundredth of its distance to the median


class Tally:
    """Counts and sums by replica and server, since `start`."""

    def __init__(self, replicas: int, servers: int) -> None:
        self.shape = (replicas, servers)
        self.start(np.zeros(replicas))
        self.on = False

    def start(self, now: Floats) -> None:
        """Count from here on."""
        self.on, self.since, self.until = True, now.copy(), np.full(self.shape[0], np.inf)
        self.over: Bools | None = None
        cells = self.shape[0] * self.shape[1]
        self.gave, self.busy, self.held = np.zeros(cells), np.zeros(cells), np.zeros(cells)
        self.refusals, self.expired, self.waits, self.answers, self.took = (np.zeros(self.shape[0]) for _ in range(5))
        self.times: list[Floats] = []
        self._kept = self._pending = 0
        self._given: list[Ints] = []
        self._answered: list[tuple[Ints, Ints, Floats, Floats, Floats, Floats]] = []

    def at(self, now: Floats) -> Ints:
        """What follows happens at that time in each replica: in those that are over nothing is counted any more. Who is so from now on."""
        over = now >= self.until
        new: Ints = (over if self.over is None else over & ~self.over).nonzero()[0]
        self.over = over if over.any() else None
        return new

    def given(self, cells: Ints) -> None:
        """Servers were given a request each; a cell is replica · servers + server."""
        if self.on:
            if self.over is not None:
                cells = cells[~self.over[cells // self.shape[1]]]
            self._given.append(cells)
            self._pending += cells.size
            if self._pending > BATCH:
                self.settle()

    def answered(self, rows: Ints, cells: Ints, held: Floats, seconds: Floats, waited: Floats, now: Floats) -> None:
        """Requests were answered `seconds` after they came: each waited until work began, and its server held it so long."""
        if self.on:
            if self.over is not None:
                kept = ~self.over[rows]
                rows, cells, held, seconds, waited, now = rows[kept], cells[kept], held[kept], seconds[kept], waited[kept], now[kept]
            self._answered.append((rows, cells, held, seconds, waited, now))

    def refused(self, rows: Ints) -> None:
        """A request was refused."""
        if self.on:
            self.refusals[rows if self.over is None else rows[~self.over[rows]]] += 1

    def timed_out(self, rows: Ints) -> None:
        """A request waited too long in the load balancer."""
        if self.on:
            self.expired[rows if self.over is None else rows[~self.over[rows]]] += 1

    def settle(self) -> None:
        """Count what was kept."""
        replicas, cells = self.shape[0], len(self.gave)
        if self._given:
            self.gave += np.bincount(np.concatenate(self._given), minlength=cells)
        if self._answered:
            rows, where, held, seconds, waited, now = (np.concatenate(each) for each in zip(*self._answered, strict=True))
            counted = now - self.since[rows]
            self.held += np.bincount(where, np.minimum(held, counted), cells)
            self.busy += np.bincount(where, np.minimum(seconds - waited, counted), cells)
            self.waits += np.bincount(rows, waited, replicas)
            self.took += np.bincount(rows, seconds, replicas)
            self.answers += np.bincount(rows, minlength=replicas)
            if self._kept < MOST_TIMES:
                self.times.append(seconds)
                self._kept += seconds.size
        self._pending = 0
        self._given, self._answered = [], []

    def underway(self, rows: Ints, cells: Ints, given: Floats, began: Floats, now: Floats) -> None:
        """What servers still hold, and work on, when counting ends: their time counts although no answer does."""
        since = self.since[rows]
        self.held += np.bincount(cells, now - np.maximum(given, since), len(self.held))
        self.busy += np.bincount(cells, np.maximum(0.0, now - np.maximum(began, since)), len(self.held))
