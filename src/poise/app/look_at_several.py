"""Looks at several load balancers at once, each at its own pace; what stands beside them all is looked at once."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from poise.app.live import SCRAPE, Looking, now
from poise.daemon.neighbours import Exchange
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick, Watcher


async def look_at_several(watched: Sequence[Watched], seconds: float) -> Sequence[Tick]:
    """The last tick of each, in their order, after looking for that long."""
    exchange = Exchange()
    watchers: list[Watcher] = []
    try:
        for place, each in enumerate(watched):
            # Reading a large configuration takes a while, and nobody waits for it in the loop.
            watchers.append(await asyncio.to_thread(_watcher, each, exchange, place / len(watched)))
        end = now() + timedelta(seconds=seconds)
        return await asyncio.gather(*(_look(Looking(watcher, SCRAPE), end.timestamp()) for watcher in watchers))
    finally:
        for watcher in watchers:
            await watcher.close()


def _watcher(each: Watched, exchange: Exchange, phase: float) -> Watcher:
    return Watcher(
        each.configurations, each.needs, base=each.base, load_balancer=each.name, reach=each.reach, phase=phase, exchange=exchange
    )


async def _look(eyes: Looking, end: float) -> Tick:
    tick = await eyes.look()
    while now().timestamp() < end:
        tick = await eyes.look()
    return tick
