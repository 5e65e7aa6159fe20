"""HAProxy's algorithms as policies of the simulation, which ask nothing but what the program itself keeps.

Sources: lb_fwlc.c, lb_fwrr.c, lb_fas.c, lb_chash.c, backend.c and queue.c as the manual describes what they do, and the real binary
(tests/balancers/haproxy/test_haproxy_load_live.py).
"""

from collections.abc import Sequence
from math import inf

import numpy as np

from poise.balancers.simulation.arrays import Bools, Floats, Ints
from poise.balancers.simulation.best_of_many import ONE_BY_ONE, best_of_many
from poise.balancers.simulation.draws import Stream
from poise.balancers.simulation.held import Held, Sampler
from poise.balancers.simulation.policy import WAIT
from poise.balancers.simulation.tournament import Tournament
from poise.model.light import dataclass

GREATEST_WEIGHT = 256.0
LATER = 1e-9  # what tells apart servers of one key by their time: keys are whole numbers below 10^6


@dataclass(frozen=True, slots=True)
class Limits:
    """maxconn by server (None: no limit), minconn where the limit moves with the pool's load, `fullconn` where it reaches maxconn."""

    maxconn: tuple[int | None, ...]
    minconn: tuple[int | None, ...] = ()
    fullconn: float = inf
    queue_seconds: float = inf
    maxqueue: tuple[int | None, ...] = ()


class Queued(Held):
    """Servers with a maxconn: where all that may be chosen are full, requests wait, and who ends one takes the next."""

    def __init__(self, weights: Sequence[float], limits: Limits) -> None:
        super().__init__(weights, limits.maxconn)
        self.queues = self.limited
        self.queue_seconds = limits.queue_seconds
        lowest = [most if low is None else low for low, most in zip(limits.minconn or limits.maxconn, limits.maxconn, strict=True)]
        self._lowest = np.array([inf if low is None else float(low) for low in lowest])
        self._moves = bool((self._lowest < self.limits).any()) and limits.fullconn < inf
        self._full = limits.fullconn
        self.looks_at_present = self._moves

    def room(self, views: Ints, present: Ints) -> Bools:
        """Which servers are below their limit."""
        if not self._moves:
            return self.open_at(views)
        found: Bools = self.table.take(views, 0) < self._dynamic(self.limits, self._lowest, present[:, None])
        return found

    def _dynamic(self, most: Floats, lowest: Floats, present: Ints) -> Floats:
        """max(minconn, maxconn · requests in the pool / fullconn), in whole numbers (srv_dynamic_maxconn)."""
        moved = np.maximum(lowest, np.floor(most * np.minimum(1.0, present / self._full)))
        found: Floats = np.where(np.isfinite(most), moved, inf)
        return found

    def takes(self, views: Ints, servers: Ints, present: Ints) -> Bools:
        """Below its limit; a server without one never looks into the queue."""
        limits = self.limits[servers]
        now = self._dynamic(limits, self._lowest[servers], present) if self._moves else limits
        found: Bools = (self.held[views * self.n + servers] < now) & (limits < inf)
        return found


class Leastconn(Queued):
    """`leastconn`: the least key, (in flight + 1) / weight and 0 where idle; of equal ones the one that came to its key first."""

    def __init__(self, weights: Sequence[float], limits: Limits) -> None:
        super().__init__(weights, limits)
        self._inverse = GREATEST_WEIGHT / self.weights

    def begin(self, replicas: int, uniform: Stream) -> None:
        """All idle, in any order: in the long run the first one does not matter, and replicas must not all begin with the same."""
        super().begin(replicas, uniform)
        self._turn = 0
        self._keys = Tournament(uniform.take(replicas * self.n).reshape(replicas, self.n) * LATER)

    def choose(self, views: Ints, present: Ints) -> Ints:
        """The first of the tree that has room."""
        if not self.limited:
            return self._keys.first_of(views)
        keys = np.where(self.room(views, present), self._keys.values.take(views, 0)[:, : self.n], inf)
        found = keys.argmin(axis=1)
        return np.where(np.isfinite(keys.min(axis=1)), found, WAIT)

    def joined(self, views: Ints, servers: Ints) -> None:
        """One more, and a new key."""
        self._moved(views, servers, 1.0)

    def left(self, views: Ints, servers: Ints) -> None:
        """One less, and a new key."""
        self._moved(views, servers, -1.0)

    def _moved(self, views: Ints, servers: Ints, by: float) -> None:
        cells = views * self.n + servers
        held = self.held[cells] + by
        self.held[cells] = held
        self._turn += 1
        self._keys.put(views, servers, np.floor((held + 1) * self._inverse[servers]) * (held > 0) + self._turn * LATER)


class InTurn(Queued):
    """`roundrobin` and `static-rr` with full servers, which lose the turns that they are passed over in."""

    def begin(self, replicas: int, uniform: Stream) -> None:
        """Turns spread over each server's own step."""
        super().begin(replicas, uniform)
        self._step = 1 / self.weights
        self._turns: Floats = uniform.take(replicas * self.n).reshape(replicas, self.n) * self._step

    def choose(self, views: Ints, present: Ints) -> Ints:
        """The next in turn that has room."""
        turns = self._turns.take(views, 0)
        room = self.room(views, present) if self.limited else np.ones(turns.shape, dtype=bool)
        open_turns = np.where(room, turns, inf)
        found = open_turns.argmin(axis=1)
        least = open_turns[np.arange(len(views)), found]
        some = np.isfinite(least)
        # A full server whose turn it was has had it.
        passed = ~room & (turns <= least[:, None]) & some[:, None]
        passed[np.flatnonzero(some), found[some]] = True
        self._turns[views] = turns + passed * self._step
        return np.where(some, found, WAIT)


class First(Queued):
    """`first`: servers in the order of their ids, each filled to its limit. `order` is that of their places in the file."""

    def __init__(self, order: Sequence[int], limits: Limits) -> None:
        super().__init__([1.0] * len(order), limits)
        self._order = np.array(order)

    def choose(self, views: Ints, present: Ints) -> Ints:
        """The first with room."""
        room = self.room(views, present)[:, self._order]
        return np.where(room.any(axis=1), self._order[room.argmax(axis=1)], WAIT)


class Draws(Queued):
    """`random(n)`: n draws on the ring's arcs. The last drawn is kept unless the best before serves fewer by weight."""

    def __init__(self, weights: Sequence[float], arcs: Sequence[float], draws: int, limits: Limits) -> None:
        super().__init__(weights, limits)
        self._arcs = np.array(arcs, dtype=np.float64)
        self._ring = Sampler(self._arcs)
        self._draws = draws

    def choose(self, views: Ints, present: Ints) -> Ints:
        """The best of the draws; where it is full, the request waits for any server although another may have room."""
        best = self._best(views)
        if not self.limited:
            return best
        room = self.room(views, present)[np.arange(len(views)), best]
        return np.where(room, best, WAIT)

    def _best(self, views: Ints) -> Ints:
        if self._draws > ONE_BY_ONE:
            return best_of_many(self.table.take(views, 0) / self.weights, self._arcs, self._draws, self.uniform)
        best = self._ring.one(self.uniform, len(views))
        for _ in range(self._draws - 1):
            drawn = self._ring.one(self.uniform, len(views))
            ours = self.held[views * self.n + drawn] * self.weights[best]
            theirs = self.held[views * self.n + best] * self.weights[drawn]
            best = np.where(ours > theirs, best, drawn)
        return best


class Balanced(Queued):
    """A consistent hash with `hash-balance-factor`: whoever holds more than its part of all requests is passed over along the ring."""

    def __init__(self, weights: Sequence[float], ring: tuple[Ints, Floats], factor: int, limits: Limits, hot: float) -> None:
        super().__init__(weights, limits)
        self._servers, self._chances = ring
        self._edges = np.cumsum(self._chances)
        self._factor, self._hot = factor, hot
        self._total = float(self.weights.sum())
        self._before = np.cumsum(self.weights) - self.weights
        self.bounded_queues(limits.maxqueue)
        self.refuses = True

    def begin(self, replicas: int, uniform: Stream) -> None:
        """All idle; the hot key lies anywhere on the ring, elsewhere in each replica."""
        super().begin(replicas, uniform)
        self._hot_at = uniform.take(replicas).copy()
        self._serving = np.zeros(replicas)

    def choose(self, views: Ints, present: Ints) -> Ints:
        """The first on the ring, from the key's place on, that is not overloaded; its own queue where it is full."""
        at = self.uniform.take(len(views))
        if self._hot:
            at = np.where(self.uniform.take(len(views)) < self._hot, self._hot_at[views], at)
        node = np.searchsorted(self._edges, at * self._edges[-1], "right") % len(self._servers)
        found: Ints = self._servers[node]
        slots = self._slots(views)
        rows = np.arange(len(views))
        held = self.table.take(views, 0)
        for _ in range(len(self._servers)):
            over = held[rows, found] >= slots[rows, found]
            if not over.any():
                break
            node = np.where(over, (node + 1) % len(self._servers), node)
            found = self._servers[node]
        if not self.limited:
            return found
        room = self.room(views, present)[rows, found]
        return self.wait_at(views, found, ~room)

    def _slots(self, views: Ints) -> Floats:
        """Each server's part of factor · (requests served + 1), in whole numbers and at least 1 (chash_server_is_eligible)."""
        in_all: Floats = np.floor(((self.table.take(views, 0).sum(axis=1) + 1) * self._factor + 99) / 100)[:, None]
        whole, rest = np.floor(in_all / self._total), in_all % self._total
        slots: Floats = self.weights * whole
        slots += np.floor((self._before + self.weights) * rest / self._total) - np.floor(self._before * rest / self._total)
        at_least: Floats = np.maximum(slots, 1.0)
        return at_least
