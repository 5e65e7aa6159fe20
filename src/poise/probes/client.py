"""A client of our own: requests at a fixed rate whatever the service does, each timed from the moment it was due.

An open loop, because a closed one waits with the service and hides the outage (wrk's p99 said 260 ms where open-loop clients waited 3.8 s).
"""

import asyncio
from collections import deque
from contextlib import suppress
from datetime import datetime

from poise.model.sample import Sample
from poise.probes.http_get import http_get
from poise.probes.source import Reading

# Quantiles over this much time: at 5 requests/s one second holds 5 answers, too few to say anything of a p99.
SPAN_SECONDS = 5.0
# A process that was held up longer than this says nothing about the service's latency.
OWN_LATENESS_SECONDS = 0.1


class ClientProbe:
    """Asks `url` `rate` times a second once started. A failure is a status of 500 and above, none within `patience` seconds, no connection.

    Samples: attempts_total, failures_total, success_ratio (of what ended since the last look), p50_ms, p90_ms and p99_ms over 5 s
    (requests that still wait count with their age). It sends no requests_per_second: that is the traffic of all clients, which one
    probe cannot know.
    """

    def __init__(self, name: str, url: str, rate: float = 5.0, patience: float = 4.0) -> None:
        self.name, self.url = name, url
        self._rate, self._patience = rate, patience
        self._loop: asyncio.Task[None] | None = None
        self._under_way: dict[asyncio.Task[None], float] = {}
        self._ended: deque[tuple[float, float]] = deque()  # (when, milliseconds)
        self._wake = 0.0
        self._attempts = self._failures = 0
        self._seen = (0, 0)

    def start(self) -> None:
        """Begin to ask. The first request is sent at once."""
        if self._loop is None:
            self._loop = asyncio.ensure_future(self._ask())

    async def close(self) -> None:
        """Stop asking and abandon what is under way."""
        tasks = [*self._under_way, *([self._loop] if self._loop else [])]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)
        self._loop = None

    async def sample(self, now: datetime) -> Reading:
        """What clients felt since the last look."""
        self.start()
        clock = asyncio.get_running_loop().time()
        while self._ended and self._ended[0][0] < clock - SPAN_SECONDS:
            self._ended.popleft()
        attempts, failures = self._attempts - self._seen[0], self._failures - self._seen[1]
        self._seen = (self._attempts, self._failures)
        values = {"attempts_total": float(self._attempts), "failures_total": float(self._failures)}
        if attempts:
            values["success_ratio"] = 1 - failures / attempts
        felt = sorted([ms for _, ms in self._ended] + [ms for due in self._under_way.values() if (ms := (clock - due) * 1000) > 100])
        if felt:
            values["p50_ms"] = felt[len(felt) // 2]
            values["p90_ms"] = felt[int(len(felt) * 0.9)]
            values["p99_ms"] = felt[min(len(felt) - 1, int(len(felt) * 0.99))]
        return Reading(tuple(Sample(now, self.name, m, v) for m, v in values.items()))

    async def _ask(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            task = asyncio.ensure_future(self._one(due))
            self._under_way[task] = due
            task.add_done_callback(lambda done: self._under_way.pop(done, None) and None)
            due += 1 / self._rate
            self._wake = due
            await asyncio.sleep(max(0.0, due - loop.time()))
            # Our own lateness is not the service's: what was missed is not sent, and not counted.
            if loop.time() - due > OWN_LATENESS_SECONDS:
                due = loop.time()

    async def _one(self, due: float) -> None:
        loop = asyncio.get_running_loop()
        failed = True
        with suppress(TimeoutError, OSError, ValueError):
            async with asyncio.timeout_at(due + self._patience):
                failed = (await http_get(self.url)).status >= 500
        self._attempts += 1
        self._failures += failed
        if loop.time() - self._wake < OWN_LATENESS_SECONDS:
            self._ended.append((loop.time(), (loop.time() - due) * 1000))
