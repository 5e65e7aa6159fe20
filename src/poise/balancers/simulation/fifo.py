"""Queues in order of arrival, several in every replica: linked lists of jobs, so that memory is one link a job."""

import numpy as np

from poise.balancers.simulation.arrays import Ints

NOBODY = -1


class Fifo:
    """`queues` queues in each of `rows` replicas, over jobs 0 … `jobs` − 1 of that replica."""

    def __init__(self, rows: int, queues: int, jobs: int) -> None:
        self.queues, self.jobs = queues, jobs
        self.length = np.zeros(rows * queues, dtype=np.int64)
        self._head = np.full(rows * queues, NOBODY)
        self._tail = np.full(rows * queues, NOBODY)
        self._next = np.full(rows * jobs, NOBODY)

    def grow(self, jobs: int) -> None:
        """Make room for more jobs."""
        links = np.full((len(self._next) // self.jobs, jobs), NOBODY)
        links[:, : self.jobs] = self._next.reshape(-1, self.jobs)
        self._next, self.jobs = links.reshape(-1), jobs

    def waiting(self, rows: Ints, queues: Ints) -> Ints:
        """How many wait in one queue of each of these rows."""
        found: Ints = self.length[rows * self.queues + queues]
        return found

    def push(self, rows: Ints, queues: Ints, jobs: Ints) -> None:
        """A job behind all others, in each of these rows; no row stands twice among them."""
        at = rows * self.queues + queues
        last = self._tail[at]
        first = last == NOBODY
        self._head[at[first]] = jobs[first]
        behind = ~first
        self._next[rows[behind] * self.jobs + last[behind]] = jobs[behind]
        self._next[rows * self.jobs + jobs] = NOBODY
        self._tail[at] = jobs
        self.length[at] += 1

    def pop(self, rows: Ints, queues: Ints) -> Ints:
        """The first job of queues that hold one."""
        at = rows * self.queues + queues
        jobs: Ints = self._head[at]
        following = self._next[rows * self.jobs + jobs]
        self._head[at] = following
        self._tail[at[following == NOBODY]] = NOBODY
        self.length[at] -= 1
        return jobs
