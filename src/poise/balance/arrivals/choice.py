"""Which server a request gets, in every lane at once."""

from math import inf

import numpy as np

from poise.balance.arrivals.servers import Servers
from poise.balance.arrivals.station import Lane, Station
from poise.balancers.simulation.arrays import Bools, Floats, Ints
from poise.balancers.simulation.draws import Stream

TIE = 1e-6  # chance that decides between equal ones
NONE = -1


class Choice:
    """One way to choose. Lanes differ in weights only."""

    def __init__(self, station: Station, lanes: list[Lane], servers: Servers, uniform: Stream) -> None:
        self.way, self.servers, self.uniform = station.way, servers, uniform
        self.weights: Floats = np.array([lane.weights for lane in lanes])
        self.usable: Bools = self.weights > 0
        self._prepare()
        # Turns spread over each server's own step: replicas must not all begin with the same server.
        self.turns: Floats = np.where(self.usable, uniform.take(self.weights.size).reshape(self.weights.shape) * self.steps, inf)

    def _prepare(self) -> None:
        self.edges: Floats = self.weights.cumsum(axis=1)
        with np.errstate(divide="ignore"):
            self.steps: Floats = np.where(self.usable, 1 / self.weights, inf)
        self.narrow = not self.usable.all()

    def keep(self, rows: Ints) -> None:
        """Forget all lanes but these."""
        self.weights, self.usable, self.turns = self.weights[rows], self.usable[rows], self.turns[rows]
        self._prepare()

    def choose(self, room: Bools | None) -> Ints:
        """The server of each lane's request, NONE where all are full. `room` says who has room, None that all have."""
        if self.way in ("draw", "two", "hash", "request"):
            return self._drawn(room)
        if self.way == "turn":
            keys = self.turns
        elif self.way == "first":
            keys = np.broadcast_to(np.arange(float(self.servers.n)), self.weights.shape)
        else:
            held = self.servers.held
            keys = np.where(held > 0, (held + 1) * self.steps, 0.0) + self.uniform.take(held.size).reshape(held.shape) * TIE
        if self.narrow or room is not None:
            keys = np.where(self.usable if room is None else self.usable & room, keys, inf)
        found: Ints = keys.argmin(axis=1)
        rows = self.servers.rows
        if room is not None:
            found = np.where(keys[rows, found] < inf, found, NONE)
        if self.way == "turn":
            self._had_turn(room, found)
        return found

    def _had_turn(self, room: Bools | None, found: Ints) -> None:
        rows = self.servers.rows
        if room is None:
            self.turns[rows, found] += self.steps[rows, found]
            return
        # A full server whose turn it was has had it.
        least = np.where(found >= 0, self.turns[rows, found], -inf)
        passed = ~room & (self.turns <= least[:, None])
        passed[rows, found] |= found >= 0
        self.turns += np.where(passed & self.usable, self.steps, 0.0)

    def _drawn(self, room: Bools | None) -> Ints:
        edges = self.edges
        if self.way == "request":
            edges = (self.weights / (self.servers.held + 1) * (True if room is None else room)).cumsum(axis=1)
        elif room is not None and self.way == "draw":
            edges = (self.weights * room).cumsum(axis=1)
        found = self._draw(edges)
        if self.way == "two":
            other, held, rows = self._draw(edges), self.servers.held, self.servers.rows
            found = np.where(held[rows, other] * self.steps[rows, other] < held[rows, found] * self.steps[rows, found], other, found)
        if room is not None and self.way != "hash":
            found = np.where(room[self.servers.rows, found], found, NONE)
        return found

    def _draw(self, edges: Floats) -> Ints:
        at = self.uniform.take(len(edges)) * edges[:, -1]
        found: Ints = (edges > at[:, None]).argmax(axis=1)
        return found
