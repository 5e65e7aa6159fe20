"""The lab's clients: an open loop. Requests start when they are due, not when the last one came back, and are timed from that instant.

    python -m poise.lab.load '{"host": "127.0.0.1", "port": 20000, "rate": 80, "samples": "load.csv", …}'

A closed loop (wrk, hey) slows down with the server and hides an outage: its p99 said 260 ms while open-loop clients waited 3.8 s.
"""

import asyncio
import json
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from poise.lab.load_client import LoadClient, Outcome
from poise.lab.serve_control import serve_control
from poise.model.instants import rfc3339

HEADER = "time,component,metric,value\n"


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """What the lab tells the generator. `rate` requests/s; `pattern` steady or varying; arrivals are Poisson, or evenly spaced."""

    host: str
    port: int
    rate: float
    samples: str
    seed: int
    pattern: str = "steady"
    highest_rate: float = 1000.0
    arrivals: str = "poisson"
    timeout_seconds: float = 5.0


def varying(base: float, highest: float, second: float, bursts: tuple[float, ...]) -> float:
    """A day in 90 s: the rate swings by a fifth around `base`, and each burst adds a quarter for 4 s; never above `highest`."""
    swing = 1.0 + 0.2 * math.sin(2 * math.pi * second / 90.0)
    burst = 1.25 if any(start <= second % 90.0 < start + 4.0 for start in bursts) else 1.0
    return min(base * swing * burst, highest)


class Generator:
    """Sends, times and counts."""

    def __init__(self, settings: LoadSettings, output: TextIO) -> None:
        self._settings, self._output = settings, output
        self._client = LoadClient(settings.host, settings.port, settings.timeout_seconds)
        self._draw = random.Random(settings.seed)  # noqa: S311 - repeatable on purpose
        self._bursts = tuple(self._draw.uniform(5.0, 85.0) for _ in range(2))
        self._rate = settings.rate
        self._tasks: set[asyncio.Task[None]] = set()
        self._outcomes: list[tuple[Outcome, float]] = []
        self._sent = 0
        self._totals: Counter[str] = Counter({"requests_total": 0, "failures_total": 0, "timeouts_total": 0, "connection_errors_total": 0})

    def set_rate(self, rate: float) -> Mapping[str, object]:
        """The control command: requests/s from now on."""
        self._rate = float(rate)
        return {}

    def totals(self) -> Mapping[str, object]:
        """The control command: counts since the start."""
        return dict(self._totals)

    def _rate_at(self, second: float) -> float:
        if self._settings.pattern == "varying":
            return varying(self._rate, self._settings.highest_rate, second, self._bursts)
        return self._rate

    async def send(self) -> None:
        """Starts each request when it is due."""
        loop = asyncio.get_running_loop()
        began = due = loop.time()
        while True:
            rate = self._rate_at(due - began)
            if rate <= 0:
                await asyncio.sleep(0.1)
                due = loop.time()
                continue
            # A gap is at most 1 s long so that a new rate takes effect soon.
            due += min(self._draw.expovariate(rate) if self._settings.arrivals == "poisson" else 1.0 / rate, 1.0)
            if (ahead := due - loop.time()) > 0:
                await asyncio.sleep(ahead)
            task = loop.create_task(self._one(due))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _one(self, due: float) -> None:
        self._sent += 1
        outcome = await self._client.get()
        self._outcomes.append((outcome, (asyncio.get_running_loop().time() - due) * 1000.0))

    async def report(self) -> None:
        """One block of samples a second."""
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            await asyncio.sleep(1.0 - time.time() % 1.0)
            now = loop.time()
            self.write(datetime.now(UTC), now - last)
            last = now

    def write(self, at: datetime, span_seconds: float) -> None:
        """The samples of the span that ends at `at`, of the requests that ended in it."""
        outcomes, self._outcomes = self._outcomes, []
        sent, self._sent = self._sent, 0
        counts = Counter(outcome for outcome, _ in outcomes)
        self._totals["requests_total"] += len(outcomes)
        self._totals["failures_total"] += len(outcomes) - counts["ok"]
        self._totals["timeouts_total"] += counts["timeout"]
        self._totals["connection_errors_total"] += counts["connection_error"]
        values: dict[str, float] = {"requests_per_second": sent / span_seconds, **self._totals}
        if outcomes:
            times = sorted(milliseconds for _, milliseconds in outcomes)
            values["success_ratio"] = counts["ok"] / len(outcomes)
            values["p50_ms"] = times[len(times) // 2]
            values["p99_ms"] = times[min(len(times) - 1, math.ceil(len(times) * 0.99) - 1)]
        stamp = rfc3339(at, "milliseconds")
        self._output.write("".join(f"{stamp},client,{metric},{value:.6g}\n" for metric, value in values.items()))
        self._output.flush()


async def run(settings: LoadSettings) -> None:
    """Sends until the lab hangs up."""
    with Path(settings.samples).open("a") as output:  # noqa: ASYNC230 - once, before anything else runs
        if output.tell() == 0:
            output.write(HEADER)
        generator = Generator(settings, output)
        async with asyncio.TaskGroup() as group:
            tasks = (group.create_task(generator.send()), group.create_task(generator.report()))
            await serve_control({"set_rate": generator.set_rate, "totals": generator.totals})
            for task in tasks:
                task.cancel()


if __name__ == "__main__":
    asyncio.run(run(LoadSettings(**json.loads(sys.argv[1]))))
