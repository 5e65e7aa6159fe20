"""One source of samples that may be slow, hang or vanish, without ever holding up the others."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from poise.model.could_not import CouldNot
from poise.model.sample import Event, Sample


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at one source gave."""

    samples: tuple[Sample, ...] = ()
    events: tuple[Event, ...] = ()
    could_not: tuple[CouldNot, ...] = ()


class Source:
    """Runs `look(now)` at most once at a time. A look that has not ended at the deadline goes on and is delivered at a later round;
    it is abandoned after `patience` seconds. Whatever it raises becomes a CouldNot: a broken probe must not end the watch."""

    def __init__(self, name: str, look: Callable[[datetime], Awaitable[Reading]], patience: float = 5.0) -> None:
        self.name = name
        self._look = look
        self._patience = patience
        self._task: asyncio.Task[Reading] | None = None
        self._began = 0.0

    def begin(self, now: datetime) -> asyncio.Task[Reading]:
        """Start a look, unless the last one is still under way."""
        loop = asyncio.get_running_loop()
        if self._task is not None and not self._task.done() and loop.time() - self._began > self._patience:
            self._task.cancel()
            self._task = None
        if self._task is None:
            self._began = loop.time()
            self._task = asyncio.ensure_future(self._look(now))
        return self._task

    def collect(self) -> Reading:
        """What is there now. A look that still runs gives a CouldNot that says since when."""
        task = self._task
        if task is None:
            return Reading()
        if not task.done():
            waited = asyncio.get_running_loop().time() - self._began
            return Reading(could_not=(CouldNot(self.name, f"no answer for {waited:.1f} s; the other sources go on without it"),))
        self._task = None
        if task.cancelled():
            return Reading(could_not=(CouldNot(self.name, "was cancelled"),))
        error = task.exception()
        if error is not None:
            return Reading(could_not=(CouldNot(self.name, f"{type(error).__name__}: {error}"),))
        return task.result()

    async def close(self) -> None:
        """End a look that still runs."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1.0)


async def gather(sources: Iterable[Source], now: datetime, seconds: float) -> tuple[Reading, ...]:
    """One round over all sources, at once, ended after `seconds` whatever they do."""
    sources = tuple(sources)
    tasks = [source.begin(now) for source in sources]
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)
    return tuple(source.collect() for source in sources)
