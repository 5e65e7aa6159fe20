"""Envoy's load-dependent algorithms as policies of the simulation.

Requests in flight are counted by host over all workers; the queue by deadline is each worker's own. Sources: Envoy's documentation of
LEAST_REQUEST and of circuit breaking, and Envoy 1.40 (tests/balancers/envoy/test_envoy_load_live.py).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from math import inf

import numpy as np

from poise.balancers.simulation.arrays import Floats, Ints
from poise.balancers.simulation.best_of_many import ONE_BY_ONE, best_of_many
from poise.balancers.simulation.draws import Stream
from poise.balancers.simulation.held import Held, Sampler, draw_among
from poise.balancers.simulation.policy import REFUSE

ROUNDING = 1e-9


class Breaking(Held, ABC):
    """A cluster that refuses (503) what would be more than `most` requests at once in all."""

    def __init__(self, weights: Sequence[float], workers: int, most: float) -> None:
        super().__init__(weights)
        self.workers, self._most = workers, most
        self.refuses = most < inf

    def begin(self, replicas: int, uniform: Stream) -> None:
        """All idle. Counts are by replica, whichever worker looks."""
        super().begin(replicas, uniform)
        self.held = np.zeros(replicas * self.n)
        self.table = self.held.reshape(replicas, self.n)

    @abstractmethod
    def choose(self, views: Ints, present: Ints) -> Ints:
        """A host, if the breaker allows one."""

    def joined(self, views: Ints, servers: Ints) -> None:
        """One more."""
        super().joined(views // self.workers, servers)

    def left(self, views: Ints, servers: Ints) -> None:
        """One less."""
        super().left(views // self.workers, servers)

    def _allowed(self, views: Ints, chosen: Ints) -> Ints:
        if not self.refuses:
            return chosen
        some: Ints = np.where(self.table.take(views // self.workers, 0).sum(axis=1) < self._most, chosen, REFUSE)
        return some


class Choices(Breaking):
    """LEAST_REQUEST over equal weights: so many hosts drawn, one perhaps twice; the first drawn is kept unless another holds fewer."""

    def __init__(self, hosts: int, choices: int, workers: int, most: float) -> None:
        super().__init__([1.0] * hosts, workers, most)
        self._choices = choices

    def choose(self, views: Ints, present: Ints) -> Ints:
        """The least loaded of the draws."""
        if self._choices > ONE_BY_ONE:
            return self._allowed(views, best_of_many(self.table.take(views // self.workers, 0), self.weights, self._choices, self.uniform))
        rows = views // self.workers * self.n
        best = (self.uniform.take(len(views)) * self.n).astype(np.int64)
        held = self.held[rows + best]
        for _ in range(self._choices - 1):
            drawn = (self.uniform.take(len(views)) * self.n).astype(np.int64)
            theirs = self.held[rows + drawn]
            best = np.where(theirs < held, drawn, best)
            held = np.minimum(theirs, held)
        return self._allowed(views, best)


class FullScan(Breaking):
    """LEAST_REQUEST over equal weights with selection_method FULL_SCAN: the host that holds the fewest, of equal ones any."""

    def choose(self, views: Ints, present: Ints) -> Ints:
        """The least loaded of all."""
        held = self.table.take(views // self.workers, 0)
        ties = held <= held.min(axis=1)[:, None]
        return self._allowed(views, draw_among(self.weights, ties, self.uniform))


class Deadlines(Breaking):
    """Unequal weights: the host whose deadline is first, which then comes again after 1 / (weight / (in flight + 1)^bias).

    ROUND_ROBIN is the same with a bias of 0.
    """

    def __init__(self, weights: Sequence[float], bias: float, workers: int, most: float) -> None:
        super().__init__(weights, workers, most)
        self._bias = bias

    def begin(self, replicas: int, uniform: Stream) -> None:
        """Every worker at some point of its round."""
        super().begin(replicas, uniform)
        self._deadlines: Floats = uniform.take(self.views * self.n).reshape(self.views, self.n) / self.weights

    def choose(self, views: Ints, present: Ints) -> Ints:
        """The first deadline; a request that is then refused has had its turn all the same."""
        deadlines = self._deadlines.take(views, 0)
        found = deadlines.argmin(axis=1)
        rows = np.arange(len(views))
        held = self.held[views // self.workers * self.n + found]
        self._deadlines[views, found] = deadlines[rows, found] + (held + 1) ** self._bias / self.weights[found]
        return self._allowed(views, found)


class Drawn(Breaking):
    """Each request goes to a host with the probability of its share: RANDOM, and hashes over many keys."""

    def __init__(self, shares: Sequence[float], workers: int, most: float) -> None:
        super().__init__([1.0] * len(shares), workers, most)
        self._shares = Sampler(np.array(shares))

    def choose(self, views: Ints, present: Ints) -> Ints:
        """One draw."""
        return self._allowed(views, self._shares.one(self.uniform, len(views)))


class Grouped(Breaking):
    """Priorities and localities: each request is for one of them by their parts, and its algorithm chooses there; breakers count all.

    What is left of the parts gets no host: 503.
    """

    def __init__(self, parts: Sequence[float], groups: Sequence[Breaking], workers: int, most: float) -> None:
        super().__init__([1.0] * sum(group.n for group in groups), workers, most)
        self._groups = groups
        self._firsts = np.cumsum([0, *(group.n for group in groups)])
        nobody = 1 - sum(parts)
        self._parts = Sampler(np.array([*parts, *([nobody] if nobody > ROUNDING else [])]))
        self.refuses = self.refuses or nobody > ROUNDING

    def begin(self, replicas: int, uniform: Stream) -> None:
        """All idle."""
        super().begin(replicas, uniform)
        for group in self._groups:
            group.begin(replicas, uniform)

    def choose(self, views: Ints, present: Ints) -> Ints:
        """A group, then a host of it."""
        drawn = self._parts.one(self.uniform, len(views))
        chosen = np.full(len(views), REFUSE)
        for at, group in enumerate(self._groups):
            of = (drawn == at).nonzero()[0]
            if of.size:
                chosen[of] = group.choose(views[of], present) + self._firsts[at]
        return self._allowed(views, chosen)

    def joined(self, views: Ints, servers: Ints) -> None:
        """One more."""
        super().joined(views, servers)
        for group, views_of, hosts in self._by_group(views, servers):
            group.joined(views_of, hosts)

    def left(self, views: Ints, servers: Ints) -> None:
        """One less."""
        super().left(views, servers)
        for group, views_of, hosts in self._by_group(views, servers):
            group.left(views_of, hosts)

    def _by_group(self, views: Ints, servers: Ints) -> Iterator[tuple[Breaking, Ints, Ints]]:
        at = np.searchsorted(self._firsts, servers, "right") - 1
        for number, group in enumerate(self._groups):
            of = (at == number).nonzero()[0]
            if of.size:
                yield group, views[of], servers[of] - self._firsts[number]
