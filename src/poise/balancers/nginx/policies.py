"""nginx's algorithms as policies of the simulation. Without a `zone` each worker keeps counts of its own, which views are for.

Sources: what the documentation of the upstream modules says of least_conn, random and max_conns, and the real binary
(tests/balancers/nginx/test_nginx_load_live.py).
"""

from collections.abc import Iterator
from math import inf

import numpy as np

from poise.balancers.simulation.arrays import Bools, Floats, Ints
from poise.balancers.simulation.draws import Stream
from poise.balancers.simulation.held import Held, Sampler, draw_among
from poise.balancers.simulation.policy import REFUSE

# nginx compares whole products, held × weight; these are quotients in floats, so equal loads may differ in the last digit (by 1e-13 at a
# thousand held). Different ones differ by 1 / (w₁·w₂) at least, which is below this only where weights are above 31,000.
CLOSE = 1e-9


class InTurn(Held):
    """Smooth round robin over the servers below their max_conns; without one there is 502 at once."""

    def begin(self, replicas: int, uniform: Stream) -> None:
        """Every view at some point of its round."""
        super().begin(replicas, uniform)
        self._turns: Floats = (uniform.take(self.views * self.n).reshape(self.views, self.n) - 0.5) * self.weights
        self._turns -= self._turns.mean(axis=1, keepdims=True)

    def choose(self, views: Ints, present: Ints) -> Ints:
        """The next in turn that has room."""
        return self._in_turn(views, self.open_at(views))

    def _in_turn(self, views: Ints, among: Bools) -> Ints:
        """Each gains its weight, the one that has most is taken and pays what all gained; the first of equal ones."""
        gains = among * self.weights
        turns = self._turns.take(views, 0) + gains
        found = np.where(among, turns, -inf).argmax(axis=1)
        turns[np.arange(len(views)), found] -= gains.sum(axis=1)
        self._turns[views] = turns
        chosen: Ints = np.where(among.any(axis=1), found, REFUSE)
        return chosen


class LeastConn(InTurn):
    """`least_conn`: the least requests per weight; who ties takes turns by weight."""

    def choose(self, views: Ints, present: Ints) -> Ints:
        """The least loaded below its limit."""
        held = self.table.take(views, 0)
        load = held / self.weights
        if self.limited:
            load = np.where(held < self.limits, load, inf)
        least = load.min(axis=1)[:, None]
        return self._in_turn(views, (load <= least + CLOSE) & (load < inf))


class OneDraw(Held):
    """`random`: one draw by weight, again where it is full."""

    def choose(self, views: Ints, present: Ints) -> Ints:
        """Drawn by weight among those with room."""
        return _drawn(self, views, self.open_at(views))


class Backed(Held):
    """Servers and the backups that get what these refuse: where all of the first are full, the algorithm goes on among the second."""

    def __init__(self, first: InTurn, second: InTurn) -> None:
        super().__init__([1.0] * (first.n + second.n), [None if limit == inf else int(limit) for limit in (*first.limits, *second.limits)])
        self.workers = first.workers
        self._first, self._second = first, second

    def begin(self, replicas: int, uniform: Stream) -> None:
        """All idle."""
        super().begin(replicas, uniform)
        self._first.begin(replicas, uniform)
        self._second.begin(replicas, uniform)

    def choose(self, views: Ints, present: Ints) -> Ints:
        """One of the first with room, else one of the second."""
        chosen = self._first.choose(views, present)
        full = (chosen == REFUSE).nonzero()[0]
        if full.size:
            backup = self._second.choose(views[full], present)
            chosen[full] = np.where(backup == REFUSE, REFUSE, backup + self._first.n)
        return chosen

    def joined(self, views: Ints, servers: Ints) -> None:
        """One more."""
        super().joined(views, servers)
        for part, of, at in self._by_part(servers):
            part.joined(views[of], at)

    def left(self, views: Ints, servers: Ints) -> None:
        """One less."""
        super().left(views, servers)
        for part, of, at in self._by_part(servers):
            part.left(views[of], at)

    def _by_part(self, servers: Ints) -> Iterator[tuple[InTurn, Ints, Ints]]:
        backup = servers >= self._first.n
        for part, of, before in ((self._first, (~backup).nonzero()[0], 0), (self._second, backup.nonzero()[0], self._first.n)):
            if of.size:
                yield part, of, servers[of] - before


class TwoDraws(Held):
    """`random two`: two different servers drawn by weight; the second is kept unless it is busier by its weight."""

    def begin(self, replicas: int, uniform: Stream) -> None:
        """All idle."""
        super().begin(replicas, uniform)
        self._by_weight = Sampler(self.weights)

    def choose(self, views: Ints, present: Ints) -> Ints:
        """The less loaded of the two; where only one has room, that one."""
        if not self.limited:
            first = self._by_weight.one(self.uniform, len(views))
            return self._kept(views, first, self._by_weight.another(self.uniform, first))
        room = self.open_at(views)
        first = _drawn(self, views, room)
        room[np.arange(len(views)), np.maximum(first, 0)] = False
        second = _drawn(self, views, room)
        both = self._kept(views, np.maximum(first, 0), np.maximum(second, 0))
        chosen: Ints = np.where(second == REFUSE, first, both)
        return chosen

    def _kept(self, views: Ints, first: Ints, second: Ints) -> Ints:
        busier = self.held[views * self.n + second] * self.weights[first] > self.held[views * self.n + first] * self.weights[second]
        chosen: Ints = np.where(busier, first, second)
        return chosen


def _drawn(policy: Held, views: Ints, room: Bools) -> Ints:
    some = room.any(axis=1)
    chosen: Ints = np.where(some, draw_among(policy.weights, room, policy.uniform), REFUSE)
    return chosen
