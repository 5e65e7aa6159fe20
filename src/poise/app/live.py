"""Looks at a live stack for a while: the part that watch, diagnose and fix share."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from poise.daemon.watcher import Tick, Watcher
from poise.model.needs import Needs

SCRAPE = timedelta(seconds=1)


def now() -> datetime:
    """This instant, aware, in UTC. The app layer is where the clock is read."""
    return datetime.now(UTC)


class Looking:
    """Ticks at a steady pace: a tick that takes long delays the next one, but none is caught up in a burst."""

    def __init__(self, watcher: Watcher, every: timedelta = SCRAPE) -> None:
        self.watcher = watcher
        self._every = every.total_seconds()
        self._next = 0.0

    async def look(self) -> Tick:
        """The next tick, at its time."""
        loop = asyncio.get_running_loop()
        self._next = max(self._next + self._every, loop.time())
        await asyncio.sleep(self._next - loop.time())
        return await self.watcher.tick(now())


@asynccontextmanager
async def looking(configurations: Sequence[str], needs: Needs) -> AsyncIterator[Looking]:
    """A watcher over these configurations, closed at the end."""
    watcher = Watcher(configurations, needs)
    try:
        yield Looking(watcher)
    finally:
        await watcher.close()


async def look_for(configurations: Sequence[str], needs: Needs, seconds: float) -> Tick:
    """Look for that long; the last tick holds the window of all that was seen."""
    async with looking(configurations, needs) as eyes:
        end = now() + timedelta(seconds=seconds)
        tick = await eyes.look()
        while now() < end:
            tick = await eyes.look()
        return tick
