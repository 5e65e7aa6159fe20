"""The servers of all lanes: when their slots are free, who waits in them, and how many the load balancer holds there."""

from math import inf

import numpy as np

from poise.balance.arrivals.station import Lane, Station
from poise.balancers.simulation.arrays import Bools, Floats, Ints

LONGEST_RING = 4096  # requests waiting in one server that are told apart; beyond, the oldest are forgotten
# … and of all servers of all lanes together: a quarter of a gigabyte. No fewer of one than it takes to fill the largest that are usual.
MOST_TOLD, FEWEST_TOLD = 1 << 24, 256


class Servers:
    """State by lane and server. A *cell* is lane · servers + server."""

    def __init__(self, station: Station, lanes: list[Lane], seconds: float) -> None:
        self.n = n = len(station.means)
        self.slots = np.array(station.slots)
        self.means = np.array(station.means)
        # A limit below the slots is what the server works on at once.
        self.slots = np.minimum(self.slots, np.array(station.limits))
        self.room_behind = np.array(station.limits) - self.slots  # how many the load balancer lets wait in a server
        self.limits = np.array(station.limits)
        # One server in which nobody waits: what the load balancer does is told by when a slot is free.
        self.alone = self.n == 1 and bool(self.room_behind[0] == 0) and bool(np.isfinite(self.limits[0]))
        self.limited = bool(np.isfinite(self.limits).any()) and not self.alone
        self.queue, self.server_seconds = station.queue, station.server_seconds
        self.whole = station.way in ("least", "two", "request") or station.most_held < inf
        self.tracked = self.limited or self.queue < inf or self.whole
        most = int(self.slots.max())
        self.free = np.zeros((len(lanes), n, most))
        self.free[:, np.arange(most)[None, :] >= self.slots[:, None]] = inf
        self.unused = most - self.slots
        busiest = max(lane.rate * max(lane.weights) / sum(lane.weights) for lane in lanes)
        affordable = max(FEWEST_TOLD, min(LONGEST_RING, MOST_TOLD // (len(lanes) * n)))
        longest = min(affordable, max(self.limits[np.isfinite(self.limits)], default=0) + self.queue_or(0) + seconds * busiest + most)
        self.ring = 1 << max(4, int(longest) - 1).bit_length() if self.tracked else 1
        self.begins = np.full((len(lanes) * n, self.ring), -inf)
        self.given_at = np.full((len(lanes) * n, self.ring), -inf)
        self.count, self.begun, self.gone = (np.zeros(len(lanes) * n, dtype=np.int64) for _ in range(3))
        for row, lane in enumerate(lanes):
            # Below 0 where limits leave nothing that could wait.
            if lane.backlog_seconds > 0:
                self._fill(row, lane.backlog_seconds)
        self._index(len(lanes))
        self.earliest: Floats = self.free.min(axis=2)

    def queue_or(self, other: float) -> float:
        """The limit of a server's own queue, `other` where it has none."""
        return self.queue if self.queue < inf else other

    def _fill(self, row: int, seconds: float) -> None:
        """Work for that long in every server of a lane; who waits for it has been given to the server all along that time."""
        self.free[row] += seconds
        for server in range(self.n if self.tracked else 0):
            held = int(min(self.ring, seconds * self.slots[server] / self.means[server]))
            cell = row * self.n + server
            self.begins[cell, :held] = np.linspace(0, seconds, held)
            self.given_at[cell, :held] = np.linspace(-min(seconds, self.server_seconds), 0, held)
            self.count[cell] = held

    def _index(self, rows: int) -> None:
        self.rows: Ints = np.arange(rows)
        self.cells: Ints = np.arange(rows * self.n)
        self.flat = self.free.reshape(rows * self.n, -1)

    def keep(self, rows: Ints) -> None:
        """Forget all lanes but these."""
        cells = (rows[:, None] * self.n + np.arange(self.n)).reshape(-1)
        self.free, self.earliest = self.free[rows], self.earliest[rows]
        self.begins, self.given_at = self.begins[cells], self.given_at[cells]
        self.count, self.begun, self.gone = self.count[cells], self.begun[cells], self.gone[cells]
        self._index(len(rows))

    def pass_to(self, now: Floats) -> None:
        """Time has come so far in each lane. One request of each cell moves on: in the long run there are no more than arrivals."""
        if not self.tracked:
            return
        at = np.repeat(now, self.n)
        mask = self.ring - 1
        np.maximum(self.begun, self.count - self.ring, out=self.begun)
        self.begun += (self.begun < self.count) & (self.begins[self.cells, self.begun & mask] <= at)
        if self.server_seconds < inf:
            np.maximum(self.gone, self.count - self.ring, out=self.gone)
            self.gone += (self.gone < self.count) & (self.given_at[self.cells, self.gone & mask] + self.server_seconds <= at)
        self.waiting: Ints = (self.count - self.begun).reshape(-1, self.n)
        if self.whole:
            working = (self.free > now[:, None, None]).sum(axis=2) - self.unused
            # Whoever waited too long has left the load balancer, though the server may still work for them.
            self.held: Floats = np.minimum(working + self.waiting, (self.count - self.gone).reshape(-1, self.n)).astype(np.float64)

    def room(self, now: Floats) -> Bools:
        """Which servers the load balancer would give one more."""
        full = (self.earliest > now[:, None]) & (self.waiting >= self.room_behind)
        found: Bools = ~full | ((self.count - self.gone).reshape(-1, self.n) < self.limits)
        return found

    def dispatch(self, rows: Ints, now: Floats) -> Floats:
        """When each server of these lanes takes a request that waits for it in the load balancer."""
        cells = rows[:, None] * self.n + np.arange(self.n)
        mask, count = self.ring - 1, self.count[cells]
        behind = np.where(np.isfinite(self.room_behind), self.room_behind, 0).astype(np.int64)
        found = np.where(behind > 0, self.begins[cells, (count - behind) & mask], self.earliest[rows])
        if self.server_seconds < inf:
            limits = np.where(np.isfinite(self.limits), self.limits, 1).astype(np.int64)
            left = self.given_at[cells, (count - limits) & mask] + self.server_seconds
            found = np.where((count >= limits) & (behind > 0), np.minimum(found, left), found)
        taken: Floats = np.maximum(found, now[rows, None])
        return taken

    def accept(self, cells: Ints, given: Floats, seconds: Floats, which: Bools) -> tuple[Floats, Floats, Bools]:
        """Begin and end of one request for each lane, and whether the server refuses it; the others (not `which`) leave no trace."""
        slots = self.flat[cells]
        slot = slots.argmin(axis=1)
        free = slots[self.rows, slot]
        begin = np.maximum(given, free)
        refused = np.zeros(len(cells), dtype=bool)
        if self.queue < inf:
            refused = which & (free > given) & (self.waiting.reshape(-1)[cells] >= self.queue)
            which = which & ~refused
        end = begin + seconds
        self.flat[cells, slot] = np.where(which, end, free)
        slots[self.rows, slot] = self.flat[cells, slot]
        self.earliest.reshape(-1)[cells] = slots.min(axis=1)
        if self.tracked:
            place = self.count[cells] & (self.ring - 1)
            self.begins[cells, place] = np.where(which, begin, self.begins[cells, place])
            self.given_at[cells, place] = np.where(which, given, self.given_at[cells, place])
            self.count[cells] += which
        return begin, end, refused
