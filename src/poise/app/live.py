"""Looks at a live stack for a while: the part that watch, diagnose and fix share."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from poise.app.needs import needs_file
from poise.daemon.watcher import Tick, Watcher
from poise.model.needs import Needs

SCRAPE = timedelta(seconds=1)


def now() -> datetime:
    """This instant, aware, in UTC. The app layer is where the clock is read."""
    return datetime.now(UTC)


def base_of(needs_path: str | None, configuration: str) -> Path | None:
    """The folder of the poise.toml that is read for these arguments, None if there is none."""
    found = needs_file(needs_path, configuration)
    return found.resolve().parent if found else None


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
async def looking(configurations: Sequence[str], needs: Needs, base: Path | None = None) -> AsyncIterator[Looking]:
    """A watcher over these configurations, closed at the end. `base` is the folder that paths in the needs are relative to."""
    watcher = Watcher(configurations, needs, base=base)
    try:
        yield Looking(watcher)
    finally:
        await watcher.close()


async def look_for(configurations: Sequence[str], needs: Needs, seconds: float, base: Path | None = None) -> Tick:
    """Look for that long; the last tick holds the window of all that was seen."""
    async with looking(configurations, needs, base) as eyes:
        end = now() + timedelta(seconds=seconds)
        tick = await eyes.look()
        while now() < end:
            tick = await eyes.look()
        return tick
