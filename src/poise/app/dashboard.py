"""The dashboard's desk in a running watch: the last look at each load balancer, and who knows the rest.

A turn costs it microseconds. Boards are made in a thread, and only for somebody: with nobody looking there are none.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from poise.app.dashboard_acts import Acts
from poise.app.dashboard_incidents import Incidents
from poise.app.dashboard_past import Flush, Pasts
from poise.app.dashboard_review import Reviewed
from poise.app.dashboard_series import course
from poise.app.dashboard_what_if import what_if
from poise.app.diagnose_looks import diagnosed
from poise.app.live import now
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick
from poise.model.memo import Memo
from poise.model.sample import Event
from poise.report.dashboard.board import board
from poise.report.dashboard.heat import heat
from poise.report.dashboard.look import Look
from poise.report.dashboard.views import Board, HeatStrip
from poise.web.desk import Asked, RefusedError

LATELY = timedelta(hours=1)
MOST_EVENTS = 500
# Of a hundred load balancers one has a look every ten milliseconds. What it takes to make a board it may take a fifth of.
GAP_SECONDS, PART_OF_TIME = 0.3, 5.0
# So far back a watch's windows reach; and how fine a strip is.
LIVE_MINUTES, BINS = 20, 60


@dataclass(slots=True)
class _Held:
    """One load balancer. Detectors write into their window's memo while they judge: boards have one of their own."""

    watched: Watched
    look: Look
    memo: Memo = field(default_factory=Memo)
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=MOST_EVENTS))


class LiveDesk:
    """`store` is that of the watch; `flush` has what waits for the disk written, for who asks for a moment that is hardly over."""

    def __init__(self, store: Path, flush: Flush) -> None:
        self._held: dict[str, _Held] = {}
        self._turn = 0
        self._news = asyncio.Event()
        self._making, self._diagnosing = asyncio.Lock(), asyncio.Lock()
        self._made: tuple[int, Board] = (-1, board((), now(), True, {}, now()))
        self._after = 0.0
        self._diagnosis: tuple[float, Mapping[str, Any]] | None = None
        self._acts, self._pasts, self._reviewed = Acts(store), Pasts(store, flush), Reviewed(store)
        self.incidents = Incidents(store, self._pasts, lambda: [(held.watched, held.look.window) for held in self._held.values()])

    def show(self, watched: Watched, tick: Tick) -> None:
        """This is how it is now. Called at every turn, on the loop."""
        # Until the next look: without the tables that detectors laid out of it, which take as much again.
        look = Look(watched.name, replace(tick.window, looked={}), tick.alerts, tick.could_not)
        held = self._held.get(watched.name)
        if held is None:
            held = self._held[watched.name] = _Held(watched, look)
            held.events.extend(tick.window.events)
        else:
            held.watched, held.look = watched, look
            held.events.extend(tick.events)
        self._rise()

    async def recall(self) -> None:
        """What happened before this watch began: who restarts one in the middle of an incident asks what changed."""
        for held in list(self._held.values()):
            known = set(held.events)
            earlier = [event for event in await self._pasts.lately(held.watched) if event not in known]
            room = MOST_EVENTS - len(held.events)
            held.events.extendleft(reversed(earlier[len(earlier) - min(room, len(earlier)) :]))
        self._rise()

    def keep(self, names: Collection[str]) -> None:
        """Only these are watched from now on."""
        for name in self._held.keys() - names:
            del self._held[name]
        self._rise()

    @property
    def turn(self) -> int:
        """See Desk."""
        return self._turn

    async def news(self, turn: int) -> int:
        """See Desk."""
        while self._turn <= turn:
            await self._news.wait()
        return self._turn

    async def board(self, at: datetime | None = None) -> Board:
        """See Desk."""
        if at is not None:
            return await self._pasts.board(self._before_now(at), self._watched())
        if self._made[0] >= 0 and asyncio.get_running_loop().time() < self._after:
            return self._made[1]
        return (await self.newest())[1]

    async def newest(self) -> tuple[int, Board]:
        """See Desk."""
        loop = asyncio.get_running_loop()
        async with self._making:
            if self._made[0] < self._turn:
                await asyncio.sleep(self._after - loop.time())
                turn, looks, began = self._turn, self._looks(), loop.time()
                self._made = turn, await asyncio.to_thread(self._make, looks, now())
                self._after = began + max(GAP_SECONDS, (loop.time() - began) * PART_OF_TIME)
            return self._made

    async def heat(self, load_balancer: str, pool: str, at: datetime | None = None, minutes: int = LIVE_MINUTES) -> HeatStrip:
        """See Desk."""
        held = self._of(load_balancer)
        if at is not None or minutes > LIVE_MINUTES:
            window = await self._pasts.counts(self._before_now(at), held.watched, pool, minutes)
        else:
            window = self._look(held).window
        return await asyncio.to_thread(heat, window, load_balancer, pool, minutes, BINS)

    async def series(self, load_balancer: str, component: str, metric: str, at: datetime | None, minutes: int) -> list[tuple[float, float]]:
        """See Desk."""
        held = self._of(load_balancer)
        if at is not None or minutes > LIVE_MINUTES:
            return await self._pasts.series(self._before_now(at), held.watched, component, metric, minutes)
        found = course(held.look.window.recent(component, metric, minutes * 60.0), metric)
        if not found:
            raise RefusedError(f"no {metric[:60]!r} of {component[:100]!r} was measured lately: /api/v1/board lists what is watched", 404)
        return found

    async def diagnosis(self, at: datetime | None = None) -> Mapping[str, Any]:
        """See Desk."""
        if at is not None:
            return await self._pasts.diagnosis(self._before_now(at), self._watched())
        loop = asyncio.get_running_loop()
        async with self._diagnosing:
            if self._diagnosis is None or loop.time() >= self._diagnosis[0]:
                looks, began = self._looks(), loop.time()
                if not looks:
                    raise RefusedError("nothing was looked at yet: wait for the first look", 503)
                found = await asyncio.to_thread(diagnosed, looks)
                self._diagnosis = began + max(1.0, (loop.time() - began) * PART_OF_TIME), found
            return self._diagnosis[1]

    async def review(self) -> Mapping[str, Any]:
        """See Desk."""
        return await self._reviewed.review([(held.watched, held.look.window) for held in self._held.values()])

    async def what_if(self, asked: Asked) -> Mapping[str, Any]:
        """See Desk."""
        window = self._look(self._of(asked.load_balancer)).window
        async with self._diagnosing:
            return await asyncio.to_thread(what_if, window, asked)

    async def acknowledge(self, key: str, who: str, why: str) -> str:
        """See Desk."""
        said = await self._acts.acknowledge(key, who, why)
        self._rise()
        return said

    async def silence(self, key: str, who: str, why: str, minutes: int) -> str:
        """See Desk."""
        said = await self._acts.silence(await self.board(), key, who, why, minutes)
        self._rise()
        return said

    async def told_by_alertmanager(self, message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """See Desk."""
        return await self._acts.told_by_alertmanager(message)

    def _make(self, looks: tuple[Look, ...], at: datetime) -> Board:
        fires = any(alert.fired is not None for look in looks for alert in look.alerts)
        return board(looks, at, True, self._acts.handled() if fires else {}, at - LATELY)

    def _looks(self) -> tuple[Look, ...]:
        return tuple(self._look(held) for held in self._held.values())

    def _look(self, held: _Held) -> Look:
        window = held.look.window
        lately = tuple(event for event in held.events if event.at >= window.now - LATELY)
        return replace(held.look, window=replace(window, memo=held.memo, looked={}, events=lately))

    def _of(self, load_balancer: str) -> _Held:
        held = self._held.get(load_balancer)
        if held is None:
            names = ", ".join(list(self._held)[:10]) or "none yet"
            raise RefusedError(f"no load balancer {load_balancer[:100]!r} is watched: {names}", 404)
        return held

    def _watched(self) -> tuple[tuple[Watched, int], ...]:
        return tuple((held.watched, len(held.look.window.stack.components)) for held in self._held.values())

    def _before_now(self, at: datetime | None) -> datetime:
        here = now()
        if at is not None and at > here:
            raise RefusedError(f"{at:%Y-%m-%d %H:%M:%S} is not over yet: ask for a moment before now")
        return at or here

    def _rise(self) -> None:
        self._turn += 1
        self._news.set()
        self._news = asyncio.Event()
