"""One load balancer's turn: look at everything that is due at once, judge, alert."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from poise.alerting import lifecycle
from poise.alerting.lifecycle import Effect
from poise.daemon.configuration import Configuration
from poise.daemon.history import MOST_BYTES, History
from poise.daemon.looks import Looks
from poise.daemon.neighbours import Exchange, Key, Neighbour, declared, is_among, judged_there, of_listeners, of_servers
from poise.daemon.running_changes import RunningChanges
from poise.daemon.stack_of import stack_of
from poise.detectors import DETECTORS
from poise.detectors.detector import Detector
from poise.detectors.judging import judged
from poise.model.alert import Alert, Verdict
from poise.model.could_not import CouldNot
from poise.model.needs import Needs
from poise.model.reach import Reach
from poise.model.sample import Block, Event, Sample, Stack, Window
from poise.probes.source import Reading, gather

# A turn must end within its second, whatever hangs; what is late is delivered at a later turn.
ROUND_SECONDS = 0.85
TURN = timedelta(seconds=1)
# A load balancer that is looked at seldom has its files looked at all the same.
SELDOM = timedelta(seconds=10)
HANGING = timedelta(seconds=3)
# Who does not answer within its two seconds has said so by then; a look that goes on is poise's own work, up to a bound.
OWED = timedelta(seconds=30)
SILENT = "source_gone load-balancer"
# Detectors that judge what the neighbours of a load balancer tell, and nothing that it tells itself.
BESIDE = frozenset(("client_harm", "database_waiting", "hop_slow"))


@dataclass(frozen=True, slots=True)
class Tick:
    """One turn. `alerts` are those that live now, `effects` what changed about them; `samples`, `blocks` and `events` are this turn's."""

    at: datetime
    window: Window
    verdicts: tuple[Verdict, ...] = ()
    alerts: tuple[Alert, ...] = ()
    effects: tuple[Effect, ...] = ()
    could_not: tuple[CouldNot, ...] = ()
    samples: tuple[Sample, ...] = ()
    events: tuple[Event, ...] = ()
    blocks: tuple[Block, ...] = ()
    load_balancer: str = "lb1"


class Watcher:
    """Watches one load balancer of any product and what `[watch]` names beside it.

    `base` is the folder that paths in `[watch]` are relative to (that of the first configuration file by default); `reach` says how it is
    reached, `[watch]` by default; `phase` 0–1 is its place among many. Watchers with the same `exchange` look only once at what they
    share, and only one of them judges it. Nothing is opened before the first tick.
    """

    def __init__(
        self,
        config_paths: Sequence[str],
        needs: Needs,
        *,
        base: Path | None = None,
        load_balancer: str = "lb1",
        reach: Reach | None = None,
        phase: float = 0.0,
        exchange: Exchange | None = None,
        detectors: Sequence[Detector] = DETECTORS,
        history: timedelta = timedelta(minutes=20),
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.needs, self.load_balancer = needs, load_balancer
        self.configuration = Configuration(config_paths, needs, load_balancer)
        self._base = base or (Path(config_paths[0]).resolve().parent if config_paths else Path())
        self._reach = reach
        self._exchange = exchange or Exchange()
        self._history = History(history, most_bytes=most_bytes)
        # While the load balancer is looked at seldom, only what its neighbours tell is news in the turns between.
        self._of_looks, self._of_neighbours = (_Judged([d for d in detectors if (d.name in BESIDE) == beside]) for beside in (False, True))
        self._heard: datetime | None = None
        self._running = RunningChanges(load_balancer)
        self.looks = Looks(load_balancer, self.reach, self._base, phase)
        self._followed: object = None
        self._given_up = 0
        self._asked: datetime | None = None
        self._neighbours: dict[Key, Neighbour] = {}
        self._elsewhere: frozenset[str] = frozenset()
        self._made: tuple[tuple[object, ...], Stack] | None = None

    @property
    def reach(self) -> Reach:
        """How the load balancer is reached."""
        return self._reach or self.needs.watch

    @property
    def stack(self) -> Stack:
        """The parts of the stack as they are known now."""
        return self._stack()

    async def tick(self, now: datetime) -> Tick:
        """One turn, in about a second at most."""
        events = list(await asyncio.to_thread(self.configuration.refresh, now)) if self.configuration.changed() else []
        await self._follow()
        readings = await self._look(now)
        topology = self.configuration.topology
        topologies = (topology,) if topology else ()
        stack = self._stack()
        kinds = stack.kinds
        samples = tuple(sample for reading in readings for sample in reading.samples)
        blocks = tuple(block for reading in readings for block in reading.blocks)
        events += [event for reading in readings for event in reading.events]
        events += self._running.see(samples, now, kinds, blocks)
        could_not = (*self.configuration.could_not, *(c for reading in readings for c in reading.could_not))
        self._history.add(samples)
        self._history.add_blocks(blocks)
        for event in events:
            self._history.add_event(event)
        silence = self.looks.silence(now, self.configuration.could_not)
        silences = {} if silence is None else {self.load_balancer: silence}
        window = self._history.window(now, stack, topologies, self.needs, could_not, silences)
        groups = (self._of_looks, self._of_neighbours) if self._heard == now else (self._of_neighbours,)
        # A file that cannot be read says nothing of what was removed.
        known = kinds.keys() if topology is not None else None
        # Poise that was held up for half a minute has not been told anything either: nobody is woken for that.
        unasked = silence is None and self.looks.owes(now) < OWED
        steps = [group.step(window, now, known, self._elsewhere, f"{SILENT} {self.load_balancer}" if unasked else "") for group in groups]
        verdicts = tuple(verdict for step in steps for verdict in step.verdicts)
        effects = tuple(effect for step in steps for effect in step.effects)
        broken = tuple(problem for step in steps for problem in step.broken)
        if self._heard == now and self._of_looks.state.suspected(verdicts):
            self.looks.hurry(now)
        told = [
            Event(now, "alert", f"{e.kind}: {e.alert.verdict.summary}", e.alert.verdict.component) for e in effects if e.kind != "pending"
        ]
        for event in told:
            self._history.add_event(event)
        could_not = (*could_not, *broken)
        alerts = tuple(sorted((*self._of_looks.state.alerts, *self._of_neighbours.state.alerts), key=lambda alert: alert.since))
        return Tick(now, window, verdicts, alerts, effects, could_not, samples, (*events, *told), blocks, self.load_balancer)

    def next_turn(self, last: datetime) -> datetime:
        """When to take the turn after the one at `last`: each second while something is looked at each second, else when a look is due."""
        due = self.looks.due
        if due is not None and self.looks.hurried:
            return max(due, last)
        if due is None or self.looks.busy or self.looks.cadence.interval <= TURN:
            return last + TURN
        return min(max(due, last), last + (TURN if self._neighbours else SELDOM))

    async def take_up(self, needs: Needs, reach: Reach | None) -> None:
        """From now on these needs and this way to reach it; all files are read again at the next tick."""
        again = (reach or needs.watch) != self.reach
        self.needs = self.configuration.needs = needs
        self._reach = reach
        if again:
            await self.looks.close()
            self.looks = Looks(self.load_balancer, self.reach, self._base, self.looks.cadence.phase)
        self._followed = None
        self.configuration.read_again()

    def adopt(self, alerts: Iterable[Alert], now: datetime) -> None:
        """Go on with alerts that fired before a restart."""
        mine = list(alerts)
        for group in (self._of_looks, self._of_neighbours):
            names = {detector.name for detector in group.detectors}
            group.state = lifecycle.adopt(group.state, [alert for alert in mine if alert.verdict.detector in names], now)

    async def close(self) -> None:
        """End all probes and sessions."""
        self._exchange.release(self.load_balancer)
        await self.looks.close()
        for neighbour in self._neighbours.values():
            await neighbour.close()
        self._neighbours = {}

    async def _look(self, now: datetime) -> list[Reading]:
        """What this turn's looks brought, and what other watchers read of what is shared."""
        # A look out of turn is at the load balancer alone: what stands beside it was asked a moment ago.
        own = [] if self._asked is not None and now - self._asked < TURN / 2 else list(self._neighbours.items())
        self._asked = now if own else self._asked
        busy = self.looks.busy
        source = self.looks.source(now)
        sources = [neighbour.source for _, neighbour in own]
        readings = list(await gather(sources if source is None else [*sources, source], now, ROUND_SECONDS))
        for (key, _), reading in zip(own, readings, strict=False):
            self._exchange.offer(key, reading, self.load_balancer)
        late = self.looks.late() if source is None and busy else None
        # One that hangs is judged by its silence.
        between = source is None and not busy and self.looks.due is not None
        silent = self._heard is None or now - self._heard >= HANGING
        if not between and (not self.looks.busy or silent):
            self._heard = now
        return [*readings, *self._exchange.take(self.load_balancer), *((late,) if late is not None else ())]

    async def _follow(self) -> None:
        """Servers came, went or moved: their hops and pages do too. What stayed keeps its probe and its counters."""
        topology = self.configuration.topology
        if self._followed is not None and self._followed is topology and self._given_up == self._exchange.given_up:
            return
        first, self._followed = self._followed is None, topology
        if topology is not None:
            await self.looks.follow(topology)
        elif not first:
            return
        local = not self.reach.remote
        beside = of_servers(topology, self.needs) | of_listeners(topology, local=local)
        wanted = {**declared(self.needs, self._base, host=local), **beside}
        self._exchange.release(self.load_balancer, wanted)
        mine = {key: begin for key, begin in wanted.items() if self._exchange.claim(key, self.load_balancer)}
        self._given_up = self._exchange.given_up
        for key in self._neighbours.keys() - mine.keys():
            await self._neighbours.pop(key).close()
        self._neighbours = {key: self._neighbours.get(key) or begin() for key, begin in mine.items()}
        others = wanted.keys() - mine.keys()
        self._elsewhere = frozenset(map(judged_there, others))

    def _stack(self) -> Stack:
        """The parts of the stack; the same object while nothing changes."""
        about = (self.configuration.topology, self.needs, self.looks.found)
        if self._made is None or any(new is not old for new, old in zip(about, self._made[0], strict=True)):
            topology = self.configuration.topology
            stack = stack_of(
                (topology,) if topology else (), self.needs, (self.load_balancer,), self.looks.found, host=not self.reach.remote
            )
            self._made = (about, stack)
        return self._made[1]


@dataclass(frozen=True, slots=True)
class _Step:
    verdicts: tuple[Verdict, ...]
    effects: tuple[Effect, ...]
    broken: tuple[CouldNot, ...]


class _Judged:
    """Detectors that are asked together, and the alerts that came of them."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self.detectors = tuple(detectors)
        self.state = lifecycle.start(self.detectors)

    def step(self, window: Window, now: datetime, known: Collection[str] | None, elsewhere: Collection[str], unasked: str) -> _Step:
        """Judge now. What is looked at for another load balancer is judged there: `elsewhere` says which. `unasked` is the alert that
        nothing can be said of."""
        verdicts, broken = judged(self.detectors, window, now, self.state.tracked)
        if unasked:
            verdicts = tuple(verdict for verdict in verdicts if verdict.state != "bad" or verdict.key != unasked)
        if elsewhere:
            verdicts = tuple(verdict for verdict in verdicts if not is_among(verdict, elsewhere))
        self.state, effects = lifecycle.step(self.state, verdicts, now, known)
        return _Step(verdicts, effects, broken)
