"""Keeps what `poise watch` measures, beside the looks: no look waits for the disk, and a disk that fails costs a past, never the watch."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from poise.daemon.setting import setting
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick
from poise.model.needs import KeptHistory
from poise.report.history_text import ROWS
from poise.store.history.batch import Batch
from poise.store.history.sample_history import SampleHistory
from poise.store.history.tiers import TierName
from poise.store.ownership import Ownership
from poise.store.store_error import StoreError

# What a kill costs at most; a look a second fills a chunk with thirty rows by then. At the start it is half of what was seen so far.
BATCH_SECONDS, FIRST_SECONDS = 30.0, 2.0
# A file that failed, or is another watch's, is tried again so much later.
AGAIN_SECONDS = 30.0
# What waits for the disk, of all load balancers together: above it the oldest is lost.
MOST_WAITING_BYTES = 64 * 1024 * 1024
BUSY = timedelta(seconds=2)
# Hosts that come and go at every look do not fill the disk with stacks.
SETTING_SECONDS = 60.0
TEND_SECONDS, PARTS_AT_ONCE = 10.0, 5
MEGABYTE = 1e6


@dataclass(slots=True)
class _Held:
    """One load balancer's: the batch that grows, those that wait for the disk, and what was last written of its setting."""

    watched: Watched
    began: float
    batch: Batch = field(default_factory=Batch)
    waiting: list[Batch] = field(default_factory=list)
    about: tuple[object, object] | None = None
    set_at: float = 0.0
    setting: tuple[float, Tick] | None = None

    def due(self, now: float) -> bool:
        """Whether it is time to write."""
        first = self.batch.first
        if self.waiting or first is None:
            return bool(self.waiting)
        return now - first >= min(BATCH_SECONDS, max(FIRST_SECONDS, first - self.began))

    @property
    def kept(self) -> KeptHistory:
        return self.watched.needs.watch.history or KeptHistory()


class HistoryKeeper:
    """Takes every turn; writes in a thread. `tell` gets what could not be kept, once, and that it can be again."""

    def __init__(self, path: Path, scope: str, tell: Callable[[str], None]) -> None:
        self.path, self._tell = path, tell
        self._owner = Ownership(path, scope)
        self._mine = False
        self._history: SampleHistory | None = None
        self._held: dict[str, _Held] = {}
        self._writing: asyncio.Future[None] | None = None
        self._after = 0.0
        self._tended = 0.0
        self._lost = 0
        self._problem: str | None = None
        self._told: str | None = None
        self._short: dict[TierName, str] = {}
        self._short_told: set[TierName] = set()

    def take(self, watched: Watched, tick: Tick) -> None:
        """Keep this turn: microseconds, and no wait. Call it on the loop."""
        now = tick.at.timestamp()
        held = self._held.get(watched.name)
        if held is None or held.watched.configurations != watched.configurations:
            held = self._held[watched.name] = _Held(watched, now)
        held.watched = watched
        if held.kept.most_megabytes <= 0:
            return
        held.batch.add(now, tick.samples, tick.blocks, tick.events)
        about = (tick.window.stack, next(iter(tick.window.topologies), None))
        changed = held.about is None or any(new is not old for new, old in zip(about, held.about, strict=True))
        if changed and now >= held.set_at + SETTING_SECONDS:
            held.about, held.set_at, held.setting = about, now, (now, tick)
        self._bound()
        if (self._writing is None or self._writing.done()) and now >= self._after and self._due(now):
            self._writing = asyncio.ensure_future(self._write(now))

    async def flush(self) -> None:
        """Write what waits now: somebody asks for a moment that is hardly over."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
        # Another may have asked meanwhile.
        if self._writing is None or self._writing.done():
            firsts = [held.batch.first for held in self._held.values() if held.batch.first is not None]
            if firsts and max(firsts) >= self._after:
                self._writing = asyncio.ensure_future(self._write(max(firsts), everything=True))
        if self._writing is not None:
            await asyncio.wait([self._writing])

    async def close(self) -> None:
        """Write what is left."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
        if any(held.batch or held.waiting for held in self._held.values()):
            self._after = 0.0
            await self._write(max(held.batch.first or 0.0 for held in self._held.values()), everything=True)
        if self._history is not None:
            self._history.close()
        self._owner.release()

    def _due(self, now: float, everything: bool = False) -> list[_Held]:
        return [each for each in self._held.values() if each.due(now) or (everything and each.batch)]

    async def _write(self, now: float, everything: bool = False) -> None:
        due = self._due(now, everything)
        for held in due:
            if held.batch:
                held.waiting.append(held.batch)
                held.batch = Batch()
        kept = {(each.watched.name, each.watched.configurations): each.kept for each in self._held.values()}
        # What was written is out of `waiting`, which only this thread touches meanwhile.
        try:
            await asyncio.to_thread(self._write_all, [(held, held.waiting) for held in due], kept, now)
        except Exception as error:  # a defect here must not end the watch, nor come again with the same batch
            for held in due:
                self._lost += len(held.waiting)
                held.waiting.clear()
            self._fail(RuntimeError(f"{type(error).__name__}: {error}; this is a defect of poise, please report it"), now)
        self._news()

    def _write_all(self, due: list[tuple[_Held, list[Batch]]], kept: dict[tuple[str, tuple[str, ...]], KeptHistory], now: float) -> None:
        try:
            if not self._mine and not (self._take_it()):
                for _, waiting in due:
                    waiting.clear()
                self._after = now + AGAIN_SECONDS
                return
            if self._history is not None and not self.path.exists():
                self._history.close()
                self._history = None
            history = self._history = self._history or SampleHistory(self.path, BUSY)
            for held, waiting in due:
                told = self._setting(held)
                while waiting:
                    history.write(held.watched.name, held.watched.configurations, waiting[0], told)
                    waiting.pop(0)
                    told = held.setting = None
            self._problem = None
            if now >= self._tended + TEND_SECONDS:
                self._tend(history, kept, now)
        except (StoreError, OSError) as error:
            self._fail(error, now)

    def _tend(self, history: SampleHistory, kept: dict[tuple[str, tuple[str, ...]], KeptHistory], now: float) -> None:
        """Some parts; those that are left have their turn with the next batch."""
        most = min((each.most_megabytes for each in kept.values() if each.most_megabytes > 0), default=KeptHistory().most_megabytes)
        for _ in range(PARTS_AT_ONCE):
            if not history.tend(kept, most * MEGABYTE, now):
                self._tended = now
                cut = history.cut_short(kept, most * MEGABYTE, now)
                self._short = {tier: _short(tier, most) for tier in cut}
                return

    def _fail(self, error: Exception, now: float) -> None:
        self._problem = str(error)
        self._after = now + AGAIN_SECONDS
        if self._history is not None:
            self._history.close()
            self._history = None

    def _take_it(self) -> bool:
        self._mine = self._owner.take()
        if not self._mine:
            self._problem = f"{self.path}: another poise watch of these files keeps it; this one does when that one ends"
        return self._mine

    def _setting(self, held: _Held) -> tuple[float, dict[str, Any]] | None:
        if held.setting is None:
            return None
        at, tick = held.setting
        topology = next(iter(tick.window.topologies), None)
        return at, setting(tick.window.stack, held.watched.configurations, topology, held.watched.needs_path)

    def _bound(self) -> None:
        """Lose the oldest that waits where all together is too much. While something is written, that is not touched."""
        if sum(each.bytes for held in self._held.values() for each in (*held.waiting, held.batch)) <= MOST_WAITING_BYTES:
            return
        self._lost += 1
        waiting = [held for held in self._held.values() if held.waiting]
        if waiting and (self._writing is None or self._writing.done()):
            min(waiting, key=lambda held: held.waiting[0].first or 0.0).waiting.pop(0)
        else:
            max(self._held.values(), key=lambda held: held.batch.bytes).batch = Batch()

    def _news(self) -> None:
        if self._problem is not None and self._told is None:
            self._told = self._problem
            self._tell(f"could not: the history is not kept: {self._problem}. The watch goes on, and tries again")
        elif self._problem is None and self._told is not None:
            lost, self._lost, self._told = self._lost, 0, None
            self._tell("the history is kept again: " + (f"{lost} batches of looks were lost" if lost else "what waited is in it"))
        for tier in [tier for tier in self._short if tier not in self._short_told]:
            self._short_told.add(tier)
            self._tell(self._short[tier])


def _short(tier: TierName, most: float) -> str:
    return (
        f"the history is full: {ROWS[tier]} had to go that are not too old ({tier}_days), because most_megabytes = {most:g} is reached. A "
        "larger one in [watch.history] of poise.toml keeps them longer; `poise history` says how far back they reach"
    )
