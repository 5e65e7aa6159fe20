"""What every load balancer keeps: the requests that each server holds, in its own view, and the limit of each."""

from collections.abc import Sequence
from math import inf

import numpy as np

from poise.balancers.simulation.arrays import Bools, Floats, Ints
from poise.balancers.simulation.draws import Stream
from poise.balancers.simulation.policy import REFUSE, WAIT_AT


class Held:
    """Requests in flight by view and server. `limits` are the most that each may hold, None without; a policy builds on this."""

    queues = False
    looks_at_present = False
    queue_seconds = inf

    def __init__(self, weights: Sequence[float], limits: Sequence[int | None] = (), workers: int = 1) -> None:
        self.weights = np.array(weights, dtype=np.float64)
        self.n = len(self.weights)
        self.limits = np.array([inf if limit is None else float(limit) for limit in limits] or [inf] * self.n)
        self.workers = workers
        self.refuses = self.limited = bool(np.isfinite(self.limits).any())
        self.held: Floats = np.zeros(0)
        self.bounded = False

    def begin(self, replicas: int, uniform: Stream) -> None:
        """All idle."""
        self.uniform = uniform
        self.views = replicas * self.workers
        self.held = np.zeros(self.views * self.n)
        self.table: Floats = self.held.reshape(self.views, self.n)
        self.waiting = np.zeros(self.views * self.n if self.bounded else 0)

    def joined(self, views: Ints, servers: Ints) -> None:
        """One more."""
        self.held[views * self.n + servers] += 1

    def left(self, views: Ints, servers: Ints) -> None:
        """One less."""
        self.held[views * self.n + servers] -= 1

    def takes(self, views: Ints, servers: Ints, present: Ints) -> Bools:
        """Below its limit. HAProxy's servers without a maxconn never look into a queue."""
        limits = self.limits[servers]
        found: Bools = (self.held[views * self.n + servers] < limits) & (limits < inf)
        return found

    def bounded_queues(self, most: Sequence[int | None]) -> None:
        """So many may wait at each server (None or 0: any number); who would be one more is refused."""
        self.longest = np.array([float(limit) if limit else inf for limit in most])
        self.bounded = bool(np.isfinite(self.longest).any())
        self.refuses = self.refuses or self.bounded

    def wait_at(self, views: Ints, servers: Ints, full: Bools) -> Ints:
        """These servers, where they are full their queues, and where these are full too a refusal."""
        chosen: Ints = np.where(full, WAIT_AT - servers, servers)
        if self.bounded:
            cells = views * self.n + servers
            chosen = np.where(full & (self.waiting[cells] >= self.longest[servers]), REFUSE, chosen)
            self.waiting[cells[chosen <= WAIT_AT]] += 1
        return chosen

    def gave_up(self, views: Ints, servers: Ints) -> None:
        """Requests that waited at these servers do so no longer."""
        if self.bounded:
            self.waiting[views * self.n + servers] -= 1

    def open_at(self, views: Ints) -> Bools:
        """Which servers are below their limit, a row for each of these views."""
        found: Bools = self.table.take(views, 0) < self.limits
        return found


class Sampler:
    """Draws servers by weight."""

    def __init__(self, weights: Floats) -> None:
        self._edges = np.cumsum(weights)
        self._starts = self._edges - weights
        self._weights = weights
        self._total = float(self._edges[-1])
        self._last = len(weights) - 1
        self._even = bool((weights == weights[0]).all())

    def one(self, uniform: Stream, count: int) -> Ints:
        """One each."""
        if self._even:
            return (uniform.take(count) * (self._last + 1)).astype(np.int64)
        found: Ints = np.searchsorted(self._edges, uniform.take(count) * self._total, "right")
        return np.minimum(found, self._last)

    def another(self, uniform: Stream, first: Ints) -> Ints:
        """One each that is not `first`, by weight among the others."""
        weight = self._weights[first]
        at = uniform.take(len(first)) * (self._total - weight)
        at += weight * (at >= self._starts[first])
        found: Ints = np.searchsorted(self._edges, at, "right")
        return np.minimum(found, self._last)


def draw_among(weights: Floats, usable: Bools, uniform: Stream) -> Ints:
    """One server by weight among those usable in each row, of which there must be one."""
    edges = (usable * weights).cumsum(axis=1)
    at = uniform.take(len(usable)) * edges[:, -1]
    found: Ints = (edges > at[:, None]).argmax(axis=1)
    return found
