"""Many load balancers in one process: each has turns of its own, so that one that hangs delays no other."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from poise.daemon.history import MOST_BYTES as MOST_BYTES_EACH
from poise.daemon.neighbours import Exchange
from poise.daemon.watched import Watched
from poise.daemon.watcher import TURN, Tick, Watcher
from poise.detectors import DETECTORS
from poise.detectors.detector import Detector
from poise.detectors.pair_drift import DETECTOR as PAIR_DRIFT
from poise.detectors.pair_drift import compare
from poise.model.alert import Verdict
from poise.model.could_not import CouldNot
from poise.model.sample import Window

Handle = Callable[[Tick], Awaitable[None]]
# After a defect of poise in one's turn: the others go on, and it is tried again.
AFTER_DEFECT = timedelta(seconds=10)
# Where a file holds a thousand servers it takes a tenth of a second to read: so many at once keep the machine usable.
READ_AT_ONCE = 2
# The rows of all histories together, however many load balancers there are; with less than two a past is not worth the name.
MOST_BYTES, LEAST_BYTES = 320 * 1024 * 1024, 2 * 1024 * 1024


class Fleet:
    """Watches these load balancers. `clock` gives the time; `opened` is told of each whose configuration was read, before it is looked at;
    `handle` gets each turn, those of one load balancer in their order; `more` are detectors beside the usual ones. `broken` is told of a
    defect that ended one load balancer's watch, which begins anew then, for the others must not end with it. Without it the
    defect is raised."""

    def __init__(
        self,
        watched: Sequence[Watched],
        clock: Callable[[], datetime],
        opened: Callable[[Watcher], None] = lambda _: None,
        more: Callable[[Watched], Sequence[Detector]] = lambda _: (),
        broken: Callable[[str, BaseException], None] | None = None,
    ) -> None:
        self._broken = broken
        self._clock, self._opened, self._more = clock, opened, more
        self._exchange = Exchange()
        self._watched: dict[str, Watched] = {each.name: each for each in watched}
        self._windows: dict[str, Window] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ended = asyncio.Event()
        self._reading = asyncio.Semaphore(READ_AT_ONCE)
        self._taking_up: dict[str, Watched] = {}
        self.watchers: dict[str, Watcher] = {}

    async def run(self, handle: Handle, end: datetime | None = None) -> None:
        """Until `end`, or until cancelled."""
        self._handle, self._end = handle, end
        try:
            for name in self._watched:
                self._begin(name)
            while self._tasks:
                # One that was begun meanwhile may end first.
                await self._ended.wait()
                self._ended.clear()
                for name in [name for name, task in self._tasks.items() if task.done()]:
                    task = self._tasks.pop(name)
                    error = None if task.cancelled() else task.exception()
                    if error is not None:
                        self._mend(name, error)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            self._tasks = {}

    def slower(self, name: str) -> str | None:
        """Why that one is looked at less often than once a second, when that has changed since this was asked last."""
        watcher = self.watchers.get(name)
        return watcher.looks.cadence.words() if watcher is not None and watcher.looks.cadence.moved() else None

    def take_up(self, watched: Sequence[Watched]) -> None:
        """Watch these from now on: what is gone ends, what is new begins, what stays reads its files and needs again at its next turn."""
        wanted = {each.name: each for each in watched}
        for name in self._watched.keys() - wanted.keys():
            if (task := self._tasks.get(name)) is not None:
                task.cancel()
        moved = [n for n, each in wanted.items() if n in self._watched and each.configurations != self._watched[n].configurations]
        for name in moved:
            self._tasks[name].cancel()
        new = [name for name in wanted if name not in self._watched or name in moved]
        self._taking_up = {name: each for name, each in wanted.items() if name not in new}
        self._watched = wanted
        for name in new:
            self._begin(name)

    def _mend(self, name: str, error: BaseException) -> None:
        if self._broken is None:
            raise error
        self._broken(name, error)
        if name in self._watched:
            self._begin(name, AFTER_DEFECT)

    def _begin(self, name: str, after: timedelta = timedelta(0)) -> None:
        before = self._tasks.get(name)
        self._tasks[name] = task = asyncio.ensure_future(self._watch(self._watched[name], before, after))
        task.add_done_callback(lambda _: self._ended.set())

    async def _watch(self, watched: Watched, before: "asyncio.Task[None] | None", after: timedelta) -> None:
        if before is not None:
            await asyncio.wait([before])
        if self._end is not None:
            after = min(after, max(timedelta(0), self._end - self._clock()))
        await asyncio.sleep(after.total_seconds())
        names = list(self._watched)
        phase = names.index(watched.name) / len(names)
        async with self._reading:
            watcher = await asyncio.to_thread(
                Watcher,
                watched.configurations,
                watched.needs,
                base=watched.base,
                load_balancer=watched.name,
                reach=watched.reach,
                phase=phase,
                exchange=self._exchange,
                most_bytes=max(LEAST_BYTES, min(MOST_BYTES // len(self._watched), MOST_BYTES_EACH)),
                detectors=(*DETECTORS, *self._pair_detectors(watched), *self._more(watched)),
            )
        self.watchers[watched.name] = watcher
        self._opened(watcher)
        due = self._clock() + phase * TURN
        try:
            while self._end is None or due < self._end:
                await asyncio.sleep((due - self._clock()).total_seconds())
                due = await self._turn(watcher)
        finally:
            self.watchers.pop(watched.name, None)
            self._windows.pop(watched.name, None)
            await watcher.close()

    async def _turn(self, watcher: Watcher) -> datetime:
        """One turn; when the next is due."""
        now = self._clock()
        name = watcher.load_balancer
        try:
            if (new := self._taking_up.pop(name, None)) is not None:
                await watcher.take_up(new.needs, new.reach)
            tick = await watcher.tick(now)
        except Exception as error:  # a defect in one load balancer's turn must not end the watch of the others
            reason = f"{type(error).__name__}: {error}; this is a defect of poise, please report it. It is tried again"
            window = self._windows.get(name) or Window(watcher.stack, now)
            await self._handle(Tick(now, window, could_not=(CouldNot(f"load-balancer {name}", reason),), load_balancer=name))
            return max(now + AFTER_DEFECT, self._clock())
        # Until the next look: without the tables that this turn's detectors laid out of it, a tenth of what a load balancer takes.
        self._windows[name] = replace(tick.window, looked={})
        await self._handle(tick)
        return max(watcher.next_turn(now), self._clock())

    def _pair_detectors(self, watched: Watched) -> tuple[Detector, ...]:
        """The first of a pair compares both."""
        twins = [each.name for each in self._watched.values() if watched.pair is not None and each.pair == watched.pair]
        if len(twins) != 2 or twins[0] != watched.name:
            return ()
        return (replace(PAIR_DRIFT, judge=partial(self._compared, (twins[0], twins[1]))),)

    def _compared(self, names: tuple[str, str], window: Window, _: datetime) -> Iterable[Verdict]:
        there = self._windows.get(names[1])
        return () if there is None else compare(names, window, there, (self._texts(names[0]), self._texts(names[1])))

    def _texts(self, name: str) -> Mapping[str, str]:
        watcher = self.watchers.get(name)
        return {} if watcher is None else {str(path): text for path, text in watcher.configuration.texts.items()}
