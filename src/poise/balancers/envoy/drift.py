"""Compares the running Envoy with its files: when one of both may have changed, and in the background, as it costs Envoy time."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from poise.balancers.envoy.admin import Admin, AdminError
from poise.balancers.envoy.running import dump
from poise.balancers.envoy.running.differences import Difference, differences
from poise.balancers.envoy.running.endpoints import Endpoints
from poise.model.could_not import CouldNot
from poise.model.topology import Topology

# A control plane may hand something out every second; what it does in between is in its counters.
AT_MOST_EVERY = timedelta(seconds=30)
# Above this many endpoints their clusters are asked for without them: a dump of 10,000 is 9 MB and 1 s of Envoy's main thread (1.40).
MANY_ENDPOINTS = 3000
COST = "until then a file that was edited and not taken is seen by the weights of its servers alone"


class Drift:
    """What differs now, None until it was compared. `running` is what Envoy runs, without endpoints."""

    def __init__(self) -> None:
        self.found: tuple[Difference, ...] | None = None
        self.running: Topology | None = None
        self.could_not: tuple[CouldNot, ...] = ()
        self._compared: Topology | None = None
        self._state: Sequence[float] | None = None
        self._asked: datetime | None = None
        self._task: asyncio.Task[Topology] | None = None

    def step(self, now: datetime, admin: Admin, topology: Topology, state: Sequence[float], found: Endpoints) -> tuple[Difference, ...]:
        """Take what has come, ask if need be. `state` are the counters that rise with each configuration that Envoy takes. The differences
        that are new are returned."""
        count = len(found.pools)
        if self._task is not None and self._task.done():
            self._take(admin, self._task)
            if count > MANY_ENDPOINTS and any(each.weight for pool in topology.pools for each in pool.localities):
                said = f"of {count} endpoints the localities' weights are not asked for: whether they are those of the file is not known"
                self.could_not = (*self.could_not, CouldNot(f"{admin.address}/config_dump", said))
            self._task = None
        due = self._asked is None or now - self._asked >= AT_MOST_EVERY
        if self._task is None and due and state != self._state:
            self._state, self._asked = state, now
            self._task = asyncio.ensure_future(_ask(admin, masked=count > MANY_ENDPOINTS))
        if self.running is None or self._compared is topology:
            return ()
        before = frozenset(self.found or ())
        self._compared = topology
        self.found = differences(topology, self.running, found.clusters)
        return tuple(each for each in self.found if each not in before)

    async def close(self) -> None:
        """Abandon what is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1.0)
            self._task = None

    def _take(self, admin: Admin, task: "asyncio.Task[Topology]") -> None:
        try:
            self.running, self._compared, self.could_not = task.result(), None, ()
        except AdminError as error:
            self._state = None  # asked again, as what forbids it may go
            reason = error.could_not.reason.partition(";")[0]
            self.could_not = (CouldNot(f"{admin.address}/config_dump", f"{reason}; {COST}"),)
        except ValueError as error:
            self._state = None
            self.could_not = (CouldNot(f"{admin.address}/config_dump", f"{error}: is this Envoy's admin interface? {COST}"),)


async def _ask(admin: Admin, masked: bool) -> Topology:
    try:
        answers = [await admin.get(question, absent="{}") for question in dump.questions(masked)]
    except AdminError:
        if not masked:
            raise
        # An Envoy that does not know one of the fields refuses the whole mask.
        answers = [await admin.get(question, absent="{}") for question in dump.questions(masked=False)]
    # Reading it takes a while, and nobody waits for it.
    return await asyncio.to_thread(dump.topology, answers)
