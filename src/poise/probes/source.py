"""One source of samples that may be slow, hang or vanish, without ever holding up the others."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from poise.model.could_not import CouldNot
from poise.model.sample import Block, Event, Sample

# A source whose last look took longer is not waited for: its figures come with the next round, and no round is long because of it.
SLOW_SECONDS = 0.4
OWN_LATENESS_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at one source gave."""

    samples: tuple[Sample, ...] = ()
    events: tuple[Event, ...] = ()
    could_not: tuple[CouldNot, ...] = ()
    blocks: tuple[Block, ...] = ()


class Source:
    """Runs `look(now)` at most once at a time.

    A look that has not ended at the deadline goes on and is delivered at a later round; it is abandoned after `patience` seconds. A `vital`
    source is waited for in every round. Whatever it raises becomes a CouldNot: a broken probe must not end the watch.
    """

    def __init__(self, name: str, look: Callable[[datetime], Awaitable[Reading]], patience: float = 5.0, vital: bool = False) -> None:
        self.name = name
        self.vital = vital
        self._look = look
        self._patience = patience
        self._task: asyncio.Task[Reading] | None = None
        self._began = 0.0
        self._ready: list[Reading] = []
        self.slow = False

    @property
    def busy(self) -> bool:
        """Whether a look is under way, or has brought what was not collected yet."""
        return self._task is not None

    def begin(self, now: datetime) -> asyncio.Task[Reading]:
        """Start a look, unless the last one is still under way."""
        loop = asyncio.get_running_loop()
        if self._task is not None and self._task.done():
            self._ready.append(self._outcome(self._task))
            self._task = None
        elif self._task is not None and loop.time() - self._began > self._patience:
            self._task.cancel()
            self._task = None
        if self._task is None:
            self._began = loop.time()
            self._task = asyncio.ensure_future(self._look(now))
            self._task.add_done_callback(self._timed)
        return self._task

    def collect(self, blame: bool = True) -> Reading:
        """What came since the last round. A look that still runs gives a CouldNot that says since when, unless it is not to `blame`."""
        if self._task is not None and self._task.done():
            self._ready.append(self._outcome(self._task))
            self._task = None
        elif self._task is not None:
            waited = asyncio.get_running_loop().time() - self._began
            if waited > SLOW_SECONDS and blame:
                self.slow = True
                self._ready.append(Reading(could_not=(CouldNot(self.name, f"no answer for {waited:.1f} s; the others go on without it"),)))
        ready, self._ready = self._ready, []
        return Reading(
            tuple(s for r in ready for s in r.samples),
            tuple(e for r in ready for e in r.events),
            tuple(c for r in ready for c in r.could_not),
            tuple(b for r in ready for b in r.blocks),
        )

    def _timed(self, task: "asyncio.Task[Reading]") -> None:
        if not task.cancelled():
            self.slow = asyncio.get_running_loop().time() - self._began > SLOW_SECONDS

    def _outcome(self, task: "asyncio.Task[Reading]") -> Reading:
        if task.cancelled():
            return Reading(could_not=(CouldNot(self.name, "was cancelled"),))
        error = task.exception()
        return task.result() if error is None else Reading(could_not=(CouldNot(self.name, f"{type(error).__name__}: {error}"),))

    async def close(self) -> None:
        """End a look that still runs."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1.0)


async def gather(sources: Iterable[Source], now: datetime, seconds: float) -> tuple[Reading, ...]:
    """One round over all sources, at once, ended after `seconds` whatever they do; those that were slow before are not waited for."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    begun = [(source, source.begin(now)) for source in sources]
    awaited = [task for source, task in begun if source.vital or not source.slow]
    if awaited:
        await asyncio.wait(awaited, timeout=seconds)
    late = loop.time() - began - seconds
    if late > OWN_LATENESS_SECONDS:
        # All look slow when this process gets no time to listen: that says nothing of any of them.
        what = CouldNot("this machine", f"poise itself was held up for {late:.1f} s by other work; its figures come with the next round")
        return (*(source.collect(blame=False) for source, _ in begun), Reading(could_not=(what,)))
    return tuple(source.collect() for source, _ in begun)
