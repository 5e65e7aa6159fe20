"""Runs lanes of a pool from their start for so many seconds. Pure: chance comes from the seed."""

from collections.abc import Callable, Sequence
from math import inf

import numpy as np

from poise.balance.arrivals.choice import NONE, Choice
from poise.balance.arrivals.gaps import Gaps
from poise.balance.arrivals.part import Part
from poise.balance.arrivals.servers import Servers
from poise.balance.arrivals.station import FATES, QUEUE_TIMEOUT, REFUSED, SERVER_FULL, SERVER_TIMEOUT, Lane, Station
from poise.balancers.simulation.arrays import Bools, Floats, Ints
from poise.balancers.simulation.draws import Stream

LATE = 2 / 3  # the last third of the time tells what a lane settles at
LOOK_EVERY = 256  # steps between two looks at which lanes are over
Progress = Callable[[float], None]


class _Run:
    def __init__(self, station: Station, lanes: Sequence[Lane], seconds: float, seed: int) -> None:
        generator = np.random.Generator(np.random.SFC64(seed))
        self.station, self.seconds, self.lanes = station, seconds, lanes
        self.uniform, self.gaps = Stream(generator, None), Gaps(generator, lanes)
        self.service = Stream(generator, station.distribution, station.sigma)
        self.servers = Servers(station, list(lanes), seconds)
        self.choice = Choice(station, list(lanes), self.servers, self.uniform)
        self.gap = 1 / np.array([lane.rate for lane in lanes])
        self.now = np.zeros(len(lanes))
        self.ids: Ints = np.arange(len(lanes))
        self.came, self.late, self.late_failed, self.waits, self.spent = (np.zeros(len(lanes)) for _ in range(5))
        self.failed = np.zeros((FATES, len(lanes)))
        self.given = np.zeros(len(lanes) * self.servers.n)
        self.times: list[tuple[Ints, Floats]] = []
        self.kept: list[tuple[Ints, tuple[Floats, ...], tuple[Bools, ...]]] = []

    def step(self) -> None:
        """One arrival in every lane."""
        servers, station, rows = self.servers, self.station, self.servers.rows
        self.now = now = self.now + self.gaps.take() * self.gap
        servers.pass_to(now)
        room = servers.room(now) if servers.limited else None
        if room is not None and (room | ~self.choice.usable).all():
            room = None
        chosen = self.choice.choose(room)
        given, refused = now, chosen == NONE
        if servers.alone and station.waits:
            given = np.maximum(now, servers.earliest[:, 0])
        elif servers.alone:
            refused = servers.earliest[:, 0] > now
        if room is not None and station.waits:
            given, chosen, refused = self._queued(chosen, room, now)
        if station.most_held < inf:
            refused = refused | (servers.held.sum(axis=1) >= station.most_held)
        expired = given - now > station.queue_seconds
        accepted = ~(refused | expired)
        cells = rows * servers.n + np.maximum(chosen, 0)
        seconds = self.service.take(len(rows)) * servers.means[np.maximum(chosen, 0)]
        begin, end, full = servers.accept(cells, given, seconds, accepted)
        self.kept.append((cells, (now, given, begin, end), (refused, expired, full)))

    def _queued(self, chosen: Ints, room: Bools, now: Floats) -> tuple[Floats, Ints, Bools]:
        """Requests that find no room wait for the server that has some first, or for their own."""
        given, chosen, rows = now.copy(), chosen.copy(), self.servers.rows
        own = self.station.way == "hash"
        who = (~room[rows, chosen] if own else chosen == NONE).nonzero()[0]
        if who.size:
            times = np.where(self.choice.usable[who], self.servers.dispatch(who, now), inf)
            if not own:
                chosen[who] = times.argmin(axis=1)
            given[who] = times[np.arange(who.size), chosen[who]]
        return given, chosen, np.zeros(len(rows), dtype=bool)

    def settle(self) -> None:
        """Count the steps that were kept: one pass over many costs a fraction of many passes over few."""
        if not self.kept:
            return
        cells = np.stack([each for each, _, _ in self.kept])
        now, given, begin, end = np.stack([each for _, each, _ in self.kept], axis=1)
        refused, expired, full = np.stack([each for _, _, each in self.kept], axis=1)
        self.kept = []
        ids, n = self.ids, self.servers.n
        given_up = given + self.station.server_seconds
        begin, stop = np.minimum(begin, given_up), np.minimum(end, given_up)
        expired &= ~refused
        late = (end > given_up) & ~(refused | expired | full)
        counted = now < self.seconds
        self.came[ids] += counted.sum(axis=0)
        for fate, which in ((QUEUE_TIMEOUT, expired), (REFUSED, refused), (SERVER_FULL, full), (SERVER_TIMEOUT, late)):
            self.failed[fate, ids] += (which & counted).sum(axis=0)
        last = counted & (now > LATE * self.seconds)
        self.late[ids] += last.sum(axis=0)
        self.late_failed[ids] += (last & (refused | expired | full | late)).sum(axis=0)
        inside = counted & ~(refused | full)
        served = inside & ~expired
        self.given += np.bincount((ids * n + cells % n)[served], minlength=len(self.given))
        took = np.where(expired, self.station.queue_seconds, stop - now)
        self.waits[ids] += np.where(served, begin - now, 0.0).sum(axis=0)
        self.spent[ids] += np.where(inside, took, 0.0).sum(axis=0)
        self.times.append((np.broadcast_to(ids, inside.shape)[inside], took[inside].astype(np.float32)))

    def narrow(self) -> bool:
        """Forget lanes that are over, once half of them are; whether any is left."""
        self.settle()
        going = self.now < self.seconds
        left = int(going.sum())
        if 0 < left <= len(going) // 2:
            rows = going.nonzero()[0]
            self.servers.keep(rows)
            self.choice.keep(rows)
            self.gaps.keep(rows)
            self.now, self.gap, self.ids = self.now[rows], self.gap[rows], self.ids[rows]
        return left > 0

    def parts(self) -> tuple[Part, ...]:
        """What was counted, by lane."""
        whose = np.concatenate([ids for ids, _ in self.times])
        times = np.concatenate([each for _, each in self.times])
        times = times[np.argsort(whose, kind="stable")]
        ends = np.bincount(whose, minlength=len(self.lanes)).cumsum()
        given = self.given.reshape(len(self.lanes), -1)
        return tuple(
            Part(
                float(self.came[i]),
                self.failed[:, i],
                float(self.late[i]),
                float(self.late_failed[i]),
                given[i],
                float(self.waits[i]),
                float(self.spent[i]),
                each,
            )
            for i, each in enumerate(np.split(times, ends[:-1]))
        )


def run(station: Station, lanes: Sequence[Lane], seconds: float, seed: int = 1, progress: Progress | None = None) -> tuple[Part, ...]:
    """What becomes of each lane in that time; `progress` is told the part 0–1 that is done."""
    if not lanes:
        return ()
    made = _Run(station, lanes, seconds, seed)
    steps = 0
    most = max(lane.rate for lane in lanes) * seconds
    while True:
        made.step()
        steps += 1
        if steps % LOOK_EVERY == 0:
            if not made.narrow():
                break
            if progress is not None:
                progress(min(1.0, steps / most))
    return made.parts()
