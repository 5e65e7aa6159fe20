"""Requests that choose their server without regard to load: a hash of keys that are many, or one draw."""

from collections.abc import Sequence
from math import inf

import numpy as np

from poise.balancers.simulation.arrays import Ints
from poise.balancers.simulation.held import Held, Sampler
from poise.balancers.simulation.policy import REFUSE


class ByShare(Held):
    """Each request goes to a server with the probability of its share. At a full one it waits, or where nothing `waits`, is refused."""

    def __init__(
        self, shares: Sequence[float], limits: Sequence[int | None] = (), workers: int = 1, waits: bool = True, queue_seconds: float = inf
    ) -> None:
        super().__init__([1.0] * len(shares), limits, workers)
        self._shares = Sampler(np.array(shares))
        self.queues = self.limited and waits
        self.queue_seconds = queue_seconds

    def choose(self, views: Ints, present: Ints) -> Ints:
        """The server that its key says."""
        found = self._shares.one(self.uniform, len(views))
        if not self.limited:
            return found
        room = self.held[views * self.n + found] < self.limits[found]
        if self.queues:
            return self.wait_at(views, found, ~room)
        answered: Ints = np.where(room, found, REFUSE)
        return answered
