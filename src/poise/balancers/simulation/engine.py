"""The events of many replicas of one pool, one of each replica at a time. Pure: chance comes from the seed.

A replica is a pool under load of its own, independent of all others. In every step numpy moves one event in each: an arrival or the end of
a request. So the interpreter's cost is shared by hundreds of replicas, and the spread between them is the sampling error.
"""

from math import inf, sqrt
from typing import TypeVar

import numpy as np

from poise.balancers.simulation.arrays import Bools, Floats, Ints
from poise.balancers.simulation.draws import Stream, sigma_of
from poise.balancers.simulation.fifo import Fifo
from poise.balancers.simulation.policy import WAIT, WAIT_AT, Policy
from poise.balancers.simulation.tally import Tally
from poise.balancers.simulation.tournament import Tournament
from poise.model.load import Load

Longer = TypeVar("Longer", Floats, Ints)
NEW = -1  # the server of a job that has none yet; WAIT and below wait in the load balancer
REFUSAL_SECONDS = 0.001  # what a client that was refused needs to come back with the next request
ARRIVALS = 0  # the job whose end is the next arrival, where requests come whatever becomes of them


class Engine:
    """Replicas of a pool of `means` (seconds of service) and `slots` (infinity: no limit) under that load."""

    def __init__(self, policy: Policy, load: Load, means: Floats, slots: Floats, replicas: int, seed: int) -> None:
        generator = np.random.Generator(np.random.SFC64(seed))
        self.policy, self.means, self.slots = policy, means, slots
        self.servers, self.replicas = len(means), replicas
        self.uniform = Stream(generator, None)
        self.service = Stream(generator, load.distribution, sigma_of(load.service_time_ms, load.p99_ms))
        self.gaps = Stream(generator, "exponential")
        # What is left of a request that is met underway: all of it where time tells nothing, else any part.
        self.forgets = load.distribution == "exponential"
        self.rest = Stream(generator, "constant" if self.forgets else None)
        self.open = not load.clients
        rate = load.requests_per_second or 0.0
        self.gap = 1 / rate if rate > 0 else inf
        at_once = load.clients or rate * float(means.mean())
        self.jobs = load.clients or int(at_once + 6 * sqrt(at_once)) + 10
        self.all = np.arange(replicas)
        self.now = np.zeros(replicas)
        self.tally = Tally(replicas, self.servers)
        self.timed = False  # whether replicas end by their own time
        ends = np.full((replicas, self.jobs), inf)
        if self.open:
            ends[:, ARRIVALS] = self.gaps.take(replicas) * self.gap
        else:
            # Clients that begin in one instant stay in step where all requests take equally long.
            ends[:] = self.uniform.take(replicas * self.jobs).reshape(replicas, -1) * float(means.mean())
        self.ends = Tournament(ends)
        self.server: Ints = np.full(replicas * self.jobs, NEW)
        self.worker: Ints = np.zeros(replicas * self.jobs if policy.workers > 1 else 0, dtype=np.int64)
        self.arrived: Floats = np.zeros(replicas * self.jobs)
        self.began: Floats = np.zeros(replicas * self.jobs)
        self.given: Floats = np.zeros(replicas * self.jobs if policy.queues else 0)
        self.free: Ints = np.tile(np.arange(self.jobs - 1, ARRIVALS - 1, -1), (replicas, 1)).reshape(-1)
        self.unused: Ints = np.full(replicas, self.jobs - 1 if self.open else 0)
        # Clients of a closed loop begin without a server, and come back from a refusal without one.
        self.unanswered = policy.queues or not self.open
        self.limited = bool(np.isfinite(slots).any())
        self.working = np.zeros(replicas * self.servers)
        self.backlog = Fifo(replicas, self.servers if self.limited else 0, self.jobs)
        self.queue = Fifo(replicas, self.servers + 1 if policy.queues else 0, self.jobs)
        policy.begin(replicas, self.uniform)

    def start_busy(self, at_once: int) -> None:
        """Give each replica that many requests at once, of which a part is done: nearer to a running pool than an idle start is."""
        for _ in range(at_once if self.open else 0):
            jobs = self._claim(self.all)
            self._arrive(self.all, jobs, self.now)
            began = self.server[self.all * self.jobs + jobs] >= 0
            rows, jobs = self.all[began], jobs[began]
            ends = self.ends.flat[rows * self.ends.length + jobs]
            rest = self.rest.take(rows.size)
            # Where time tells nothing, as much has passed of a request that is met underway as is left of any; else the two make one.
            passed = self.service.take(rows.size) * self.means[self.server[rows * self.jobs + jobs]] if self.forgets else ends * (1 - rest)
            working = np.isfinite(ends)
            self.arrived[rows * self.jobs + jobs] -= np.where(working, passed, 0.0)
            self.began[rows * self.jobs + jobs] -= np.where(working, passed, 0.0)
            self.ends.put(rows, jobs, np.where(working, ends * rest, inf))

    def step(self) -> None:
        """One event in every replica."""
        jobs = self.ends.first()
        self.now = now = self.ends.flat[self.all * self.ends.length + jobs]
        if self.timed:
            self.close(self.tally.at(now))
        if not self.open:
            self._end(self.all, jobs, now)
            self._arrive(self.all, jobs, now)
            return
        arrival = jobs == ARRIVALS
        rows = (~arrival).nonzero()[0]
        if rows.size:
            ended = jobs[rows]
            self._end(rows, ended, now[rows])
            self._release(rows, ended)
        rows = arrival.nonzero()[0]
        if rows.size:
            moment = now[rows]
            self.ends.put(rows, jobs[rows], moment + self.gaps.take(rows.size) * self.gap)
            self._arrive(rows, self._claim(rows), moment)

    def close(self, rows: Ints) -> None:
        """Count what is underway in these replicas, whose last moment this is."""
        jobs = (rows[:, None] * self.jobs + np.arange(self.jobs)).reshape(-1)
        ends = self.ends.values.take(rows, 0)[:, : self.jobs].reshape(-1)
        working = np.isfinite(ends)
        if self.open:
            # A job that is not in use keeps the server that it was with last; one in a server's queue has no end yet either.
            unused = np.zeros((len(rows), self.jobs), dtype=bool)
            stack = self.free.reshape(self.replicas, -1).take(rows, 0)
            which, depth = (np.arange(self.jobs) < self.unused[rows, None]).nonzero()
            unused[which, stack[which, depth]] = True
            unused[:, ARRIVALS] = True
            jobs, working = jobs[~unused.reshape(-1)], working[~unused.reshape(-1)]
        held = self.server[jobs] >= 0
        jobs, working = jobs[held], working[held]
        owners = jobs // self.jobs
        now = np.minimum(self.now, self.tally.until)[owners]
        began = np.where(working, self.began[jobs], inf)
        given = self.given[jobs] if self.policy.queues else self.arrived[jobs]
        self.tally.underway(owners, owners * self.servers + self.server[jobs], given, began, now)

    def _claim(self, rows: Ints) -> Ints:
        """A job that is not in use, in each of these rows."""
        left = self.unused[rows] - 1
        if left.min() < 0:
            self._grow()
            left = self.unused[rows] - 1
        self.unused[rows] = left
        jobs: Ints = self.free[rows * self.jobs + left]
        return jobs

    def _release(self, rows: Ints, jobs: Ints) -> None:
        self.ends.put(rows, jobs, inf)
        unused = self.unused[rows]
        self.free[rows * self.jobs + unused] = jobs
        self.unused[rows] = unused + 1

    def _present(self, rows: Ints) -> Ints:
        if not self.policy.looks_at_present:
            return rows
        return self.jobs - 1 - self.unused[rows] if self.open else np.full(rows.shape, self.jobs)

    def _views(self, rows: Ints, at: Ints) -> Ints:
        return rows * self.policy.workers + self.worker[at] if self.policy.workers > 1 else rows

    def _arrive(self, rows: Ints, jobs: Ints, now: Floats) -> None:
        at = rows * self.jobs + jobs
        if self.policy.workers > 1:
            self.worker[at] = (self.uniform.take(rows.size) * self.policy.workers).astype(np.int64)
        self.arrived[at] = now
        chosen = self.policy.choose(self._views(rows, at), self._present(rows))
        if not self.policy.refuses or chosen.min() >= 0:
            self._begin(rows, jobs, at, chosen, now)
            return
        accepted = chosen >= 0
        if accepted.any():
            self._begin(rows[accepted], jobs[accepted], at[accepted], chosen[accepted], now[accepted])
        waits = chosen <= WAIT
        if waits.any():
            who, what, where = rows[waits], jobs[waits], chosen[waits]
            self.server[at[waits]] = where
            self.ends.put(who, what, now[waits] + self.policy.queue_seconds)
            self.queue.push(who, np.where(where == WAIT, self.servers, WAIT_AT - where), what)
        self._refuse(~(accepted | waits), rows, jobs, now)

    def _refuse(self, which: Bools, rows: Ints, jobs: Ints, now: Floats) -> None:
        if which.any():
            who, what = rows[which], jobs[which]
            self.server[who * self.jobs + what] = NEW
            self.tally.refused(who)
            if self.open:
                self._release(who, what)
            else:
                self.ends.put(who, what, now[which] + REFUSAL_SECONDS)

    def _begin(self, rows: Ints, jobs: Ints, at: Ints, servers: Ints, now: Floats) -> None:
        self.policy.joined(self._views(rows, at), servers)
        self.server[at] = servers
        if self.policy.queues:
            self.given[at] = now
        cells = rows * self.servers + servers
        self.tally.given(cells)
        if not self.limited:
            self._work(rows, jobs, at, servers, cells, now)
            return
        free = self.working[cells] < self.slots[servers]
        if free.all():
            self._work(rows, jobs, at, servers, cells, now)
            return
        if free.any():
            self._work(rows[free], jobs[free], at[free], servers[free], cells[free], now[free])
        full = ~free
        self.ends.put(rows[full], jobs[full], inf)
        self.backlog.push(rows[full], servers[full], jobs[full])

    def _work(self, rows: Ints, jobs: Ints, at: Ints, servers: Ints, cells: Ints, now: Floats) -> None:
        seconds = self.service.take(rows.size) * self.means[servers]
        self.began[at] = now
        self.ends.put(rows, jobs, now + seconds)
        if self.limited:
            self.working[cells] += 1

    def _end(self, rows: Ints, jobs: Ints, now: Floats) -> None:
        at = rows * self.jobs + jobs
        servers = self.server[at]
        if self.unanswered and servers.min() < 0:
            self._time_out(servers <= WAIT, rows, servers)
            answered = servers >= 0
            rows, at, servers, now = rows[answered], at[answered], servers[answered], now[answered]
            if not rows.size:
                return
        views = self._views(rows, at)
        self.policy.left(views, servers)
        arrived = self.arrived[at]
        held = now - (self.given[at] if self.policy.queues else arrived)
        cells = rows * self.servers + servers
        self.tally.answered(rows, cells, held, now - arrived, self.began[at] - arrived, now)
        if self.limited:
            self.working[cells] -= 1
            more = self.backlog.waiting(rows, servers) > 0
            if more.any():
                who, where = rows[more], servers[more]
                jobs = self.backlog.pop(who, where)
                self._work(who, jobs, who * self.jobs + jobs, where, cells[more], now[more])
        if self.policy.queues:
            self._take(rows, servers, now)

    def _take(self, rows: Ints, servers: Ints, now: Floats) -> None:
        """A server that has ended a request takes the next that waits for it, or for any server."""
        own = self.queue.waiting(rows, servers) > 0
        everyone = np.full(rows.shape, self.servers)
        some = own | (self.queue.waiting(rows, everyone) > 0)
        if some.any():
            some &= self.policy.takes(rows, servers, self._present(rows))
            who, where = rows[some], servers[some]
            jobs = self.queue.pop(who, np.where(own[some], where, self.servers))
            left = own[some]
            self.policy.gave_up(self._views(who[left], who[left] * self.jobs + jobs[left]), where[left])
            if who.size:
                self._begin(who, jobs, who * self.jobs + jobs, where, now[some])

    def _time_out(self, which: Bools, rows: Ints, servers: Ints) -> None:
        """All wait equally long at most, so whose time is over is the first of its queue."""
        if which.any():
            who, where = rows[which], servers[which]
            jobs = self.queue.pop(who, np.where(where == WAIT, self.servers, WAIT_AT - where))
            left = where != WAIT
            self.policy.gave_up(self._views(who[left], who[left] * self.jobs + jobs[left]), WAIT_AT - where[left])
            self.tally.timed_out(who)

    def _grow(self) -> None:
        """Room for half as many jobs again."""
        before, self.jobs = self.jobs, self.jobs + self.jobs // 2 + 8

        def longer(values: Longer, fill: float) -> Longer:
            wide = np.full((self.replicas, self.jobs), fill, dtype=values.dtype)
            wide[:, :before] = values.reshape(self.replicas, before)
            found: Longer = wide.reshape(-1)
            return found

        self.ends = Tournament(longer(self.ends.values[:, :before].copy(), inf).reshape(self.replicas, -1))
        self.server = longer(self.server, NEW)
        self.arrived, self.began = longer(self.arrived, 0.0), longer(self.began, 0.0)
        if len(self.given):
            self.given = longer(self.given, 0.0)
        if len(self.worker):
            self.worker = longer(self.worker, 0)
        free = longer(self.free, 0).reshape(self.replicas, -1)
        added = self.jobs - before
        # The unused ones stand first in the stack; new ones go below them.
        free[:, added:] = free[:, : self.jobs - added].copy()
        free[:, :added] = np.arange(before, self.jobs)
        self.free = free.reshape(-1)
        self.unused += added
        self.backlog.grow(self.jobs)
        self.queue.grow(self.jobs)
