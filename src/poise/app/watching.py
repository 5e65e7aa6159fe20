"""What is kept of one load balancer while it is watched: its recording, its incident, what was told of it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from poise.alerting.act import Act
from poise.app.journal import Journal
from poise.app.live import now
from poise.app.watched_incident import WatchedIncident, left_open
from poise.daemon.recorder import Recorder
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick
from poise.incidents.log_event import alert_news, alert_words
from poise.model.could_not import CouldNot
from poise.store.incident_finder import IncidentFinder
from poise.store.store_error import StoreError

Tell = Callable[[str], None]
# A source that answers every other second has not recovered: its problem is not told each time.
CLEARED = timedelta(seconds=5)
# A diagnosis takes a second on a busy machine, a locked store two.
MOST_WAITING = 60


@dataclass(slots=True)
class Seen:
    """What a watch saw of one load balancer, for its last words."""

    turns: int = 0
    answered: int = 0
    measured: bool = False
    fired: dict[str, str] = field(default_factory=dict)
    firing: dict[str, str] = field(default_factory=dict)
    incidents: list[str] = field(default_factory=list)

    @property
    def alerts(self) -> dict[str, str]:
        """Those that fired in this watch, and those of an earlier one that still fire: told once, they must not look like none."""
        return {**self.firing, **self.fired}


class Store:
    """Where the incidents of all load balancers are kept, opened when it is first asked for: what is watched is shown before that.

    One that cannot be opened costs the incidents alone. `lock` is held while it is used.
    """

    def __init__(self, path: Path, busy: timedelta, tell: Tell) -> None:
        self._path, self._busy, self._tell = path, busy, tell
        self.lock = asyncio.Lock()
        self._opened = False
        self._log: IncidentFinder | None = None

    @property
    def output(self) -> Path:
        """The folder for postmortems."""
        return self._path.parent / "incidents"

    async def log(self) -> IncidentFinder | None:
        """The log, None where it cannot be opened, which was told once."""
        async with self.lock:
            if not self._opened:
                self._opened = True
                try:
                    self._log = await asyncio.to_thread(IncidentFinder, self._path, self._busy)
                except StoreError as error:
                    self._tell(f"could not: incidents are not kept: {error}")
        return self._log

    def close(self) -> None:
        """Nothing is lost without it."""
        if self._log is not None:
            self._log.close()


class Watching:
    """Takes the turns of one load balancer. `tell` gets each line of an incident after it was stored.

    An incident that an earlier watch of these files left open is taken up again. Changes before an alert are kept in memory until then.
    """

    def __init__(self, watched: Watched, record: Path | None, store: Store, tell: Tell) -> None:
        self.watched, self.seen = watched, Seen()
        self._tell, self._store = tell, store
        self._recorder = Recorder(record, _files(watched), watched.needs_path) if record is not None else None
        self._paths = _paths(watched)
        self._journal: Journal | None = None
        self._incident: WatchedIncident | None = None
        self._problems = Problems()
        self._waiting: asyncio.Queue[Tick] = asyncio.Queue(MOST_WAITING)
        self._worker: asyncio.Task[None] | None = None

    async def take(self, tick: Tick, at: datetime) -> None:
        """One turn: recorded and told at once, taken into the incident when the turns before it are. Raises what went wrong with those."""
        if self._worker is None:
            self._worker = asyncio.ensure_future(self._work())
        elif self._worker.done():
            self._worker.result()
        unrecorded = self._recorder.record(tick) if self._recorder else ()
        self._count(tick)
        for line in self._problems.news((*tick.could_not, *unrecorded), at):
            self._tell(line)
        idle = self._incident is not None and not self._incident.keeper.opened
        if not _is_news(tick) and (idle or not self._waiting.empty()):
            # Without an incident there is nothing to do; a turn that waits already makes it look again, and one that comes tells of a
            # window that holds this one. Each that waits for the store, behind the diagnoses of others, keeps rows that were merged since.
            return
        # Of the figures the incident takes the window alone, without the tables that detectors laid out of it. A hundred load balancers
        # whose turns wait for one disk held 1.4 GB of figures, and 600 such windows.
        tick = replace(tick, samples=(), blocks=(), verdicts=(), window=replace(tick.window, looked={}))
        if not self._waiting.full():
            self._waiting.put_nowait(tick)
            return
        # Who would make room may break instead.
        room = asyncio.ensure_future(self._waiting.put(tick))
        await asyncio.wait([room, self._worker], return_when=asyncio.FIRST_COMPLETED)
        if not room.done():
            room.cancel()
            self._worker.result()

    async def follow(self, watched: Watched, at: datetime) -> None:
        """Under its name these files and needs are watched from now on: they are recorded, and a later watch of them finds its incident."""
        moved = _paths(watched) != self._paths
        self.watched, self._paths = watched, _paths(watched)
        if self._recorder is not None:
            self._recorder.follow(_files(watched), watched.needs_path)
        if not moved or self._incident is None:
            return
        try:
            async with self._store.lock:
                lines = await asyncio.to_thread(self._incident.moved, self._paths, at)
        except StoreError as error:
            lines = (f"could not: the incident does not say that {self._paths} is watched now: {error}",)
        for line in lines:
            self._tell(line)

    async def finish(self) -> None:
        """Wait until every turn was taken in. Raises what went wrong with one."""
        if self._worker is None:
            return
        rest = asyncio.ensure_future(self._waiting.join())
        await asyncio.wait([rest, self._worker], return_when=asyncio.FIRST_COMPLETED)
        rest.cancel()
        if self._worker.done() and not self._worker.cancelled():
            self._worker.result()

    async def _work(self) -> None:
        """The disk and the diagnosis take their time; neither looks nor alerts wait for them."""
        await self._adopt(await self._store.log())
        while True:
            await self._take_in(await self._waiting.get())
            self._waiting.task_done()

    async def _take_in(self, tick: Tick) -> None:
        if self._incident is None:
            for effect in tick.effects:
                if effect.kind != "pending":
                    self._tell(alert_news(effect.alert))
            return
        async with self._store.lock:
            lines = await asyncio.to_thread(self._incident.take, tick, now())
        for line in lines:
            self._tell(line)
        if self._incident.keeper.opened and str(self._incident.keeper.incident) not in self.seen.incidents:
            self.seen.incidents.append(str(self._incident.keeper.incident))
        if self._incident.ended:
            self._incident = self._next_incident()

    async def acknowledged(self, act: Act, now: datetime) -> None:
        """Somebody took one of its pages in hand."""
        if self._incident is None:
            return
        try:
            async with self._store.lock:
                lines = await asyncio.to_thread(self._incident.acknowledged, act.who, str(act.payload.get("note", "")), act.at, now)
        except StoreError as error:
            lines = (f"could not: the incident does not say that it was acknowledged: {error}",)
        for line in lines:
            self._tell(line)

    def close(self) -> None:
        """Complete the recording; say what stays open."""
        if self._worker is not None:
            self._worker.cancel()
        if self._incident is not None and self._incident.keeper.opened:
            self._tell(f"incident {self._incident.keeper.incident} stays open: the next poise watch of this configuration goes on with it")
        for problem in self._recorder.close() if self._recorder else ():
            self._tell(f"could not: {problem.what}: {problem.reason}")

    def _next_incident(self) -> WatchedIncident | None:
        return WatchedIncident(self._journal, self._store.output, self._paths) if self._journal is not None else None

    async def _adopt(self, log: IncidentFinder | None) -> None:
        if log is None:
            return
        self._journal = Journal(log)
        self._incident = incident = WatchedIncident(self._journal, self._store.output, self._paths)
        async with self._store.lock:
            lines = await asyncio.to_thread(_taken_up, incident, log, self._paths, now())
        for line in lines:
            self._tell(line)

    def _count(self, tick: Tick) -> None:
        self.seen.turns += 1
        balancers = {c.name for c in tick.window.stack.of_kind("load-balancer")}
        self.seen.answered += bool(tick.blocks) or any(sample.component in balancers for sample in tick.samples)
        if not self.seen.measured:
            # A process that runs is not yet a server whose share is known.
            parts = {c.name for c in tick.window.stack.components if c.kind in ("server", "pool")}
            figures = any(block.components and parts.intersection(block.components) for block in tick.blocks)
            self.seen.measured = figures or any(sample.component in parts for sample in tick.samples)
        for effect in tick.effects:
            if effect.fired:
                self.seen.fired[effect.alert.key] = alert_words(effect.alert)
        self.seen.firing = {alert.key: alert_words(alert) for alert in tick.alerts if alert.fired is not None}


def _is_news(tick: Tick) -> bool:
    """Whether something happened in this turn that an incident has to know of."""
    return bool(tick.effects) or any(event.kind == "change" for event in tick.events)


def _files(watched: Watched) -> list[Path]:
    return [Path(path) for path in watched.configurations]


def _paths(watched: Watched) -> str:
    """What names an incident's configuration to a later watch."""
    return ", ".join(str(path.resolve()) for path in _files(watched))


def _taken_up(incident: WatchedIncident, log: IncidentFinder, watching: str, now: datetime) -> Sequence[str]:
    try:
        found = left_open(log, watching)
        return () if found is None else incident.adopt(found, now)
    except StoreError as error:
        return (f"could not: an incident that was left open is not taken up: {error}",)


class Problems:
    """What could not be looked at, told when it begins and again when it comes back after it had cleared."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int | None], datetime] = {}

    def news(self, could_not: Sequence[CouldNot], now: datetime) -> list[str]:
        """The lines to tell of this tick's problems. What was not reported for CLEARED is forgotten."""
        self._known = {what: seen for what, seen in self._known.items() if now - seen < CLEARED}
        fresh = [problem for problem in could_not if (problem.what, problem.line) not in self._known]
        new = dict.fromkeys(f"could not: {p.what}{f':{p.line}' if p.line is not None else ''}: {p.reason}" for p in fresh)
        self._known |= {(problem.what, problem.line): now for problem in could_not}
        return list(new)
