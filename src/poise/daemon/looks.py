"""The looks at one load balancer itself: its collector, when to look, and what the looks cost it."""

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from poise.balancers.listening import listened
from poise.daemon.cadence import TIMES, Cadence
from poise.daemon.collectors import Collector, collector
from poise.model.could_not import Cause, CouldNot
from poise.model.reach import Reach
from poise.model.sample import Component, Sample, Silence
from poise.model.topology import Topology
from poise.probes.source import Reading, Source

# What is surely wrong is looked at again so soon: half of what 1,000 requests/s need to be alerted on within 1.5 s is the second until
# the first look, and what comes in this time is a sample of its own.
AGAIN = timedelta(seconds=0.15)
# Turns come when their timer says so, a few milliseconds early or late.
EARLY = timedelta(milliseconds=50)
# Collectors bound each question themselves; a look that was given up because poise was held up would begin anew, and be given up again.
PATIENCE_SECONDS = 20.0
# Of several ways to ask: what says most of whether it runs.
_SUREST: tuple[Cause, ...] = ("gone", "hangs", "barred")


class Looks:
    """Begins with the configuration: before one could be read, nobody knows the product. Nothing is opened before the first look."""

    def __init__(self, load_balancer: str, reach: Reach, base: Path, phase: float = 0.0) -> None:
        self.load_balancer, self.reach, self._base = load_balancer, reach, base
        self.cadence = Cadence(timedelta(seconds=reach.every_seconds or 1), phase)
        self.found: tuple[tuple[str, Component], ...] = ()
        self._collector: Collector | None = None
        self._product: str | None = None
        self._unusable: tuple[CouldNot, ...] = ()
        self._source: Source | None = None
        self._due: datetime | None = None
        self._began: datetime | None = None
        self._first: datetime | None = None
        self._answered_at: datetime | None = None
        # When it was asked what it has not answered yet.
        self._owes: datetime | None = None
        # What the last look said in place of figures, None where it gave some.
        self._instead: tuple[CouldNot, ...] | None = None
        self.hurried = False

    @property
    def due(self) -> datetime | None:
        """When to look next; None at once."""
        return self._due

    @property
    def busy(self) -> bool:
        """Whether a look is under way, or has brought what was not taken in yet."""
        return self._source is not None and self._source.busy

    async def follow(self, topology: Topology) -> None:
        """The configuration is this one now."""
        if self._collector is None or self._product != topology.product:
            await self.close()
            self._product = topology.product
            self._collector, self._unusable = collector(topology, self.load_balancer, self.reach, self._base)
            name, look = f"load-balancer {self.load_balancer}", partial(self._look, self._collector)
            self._source = Source(name, look, PATIENCE_SECONDS, vital=True)
        else:
            self._collector.topology = topology

    def source(self, now: datetime) -> Source | None:
        """What to look at in this turn, None where it is not due."""
        if self._source is None or (self._due is not None and now < self._due - EARLY):
            return None
        self._began, self._due = now, self.cadence.next(now)
        self._owes = self._owes or now
        self.hurried = False
        return self._source

    def hurry(self, now: datetime) -> None:
        """Look again before it is due, as soon as the load balancer can bear it: a hundred times as long from now as an answer takes it."""
        soon = now + max(AGAIN, timedelta(seconds=self.cadence.cost * TIMES))
        if self._due is not None and soon < self._due - EARLY and not self.busy:
            self._due, self.hurried = soon, True

    def late(self) -> Reading | None:
        """What a look that took longer than its turn has brought since."""
        return self._source.collect() if self._source is not None else None

    def silence(self, now: datetime, unread: tuple[CouldNot, ...] = ()) -> Silence | None:
        """Why nothing is heard of it, None where its last look gave figures. `unread` is what is wrong with its files: without them nobody
        knows where to ask."""
        self._first = self._first or now
        since = self._answered_at or self._first
        never = self._answered_at is None
        if self._collector is None:
            problem = next(iter(unread), CouldNot(self.load_balancer, "its configuration cannot be read"))
            return Silence(since, never, f"{problem.what}{f':{problem.line}' if problem.line else ''}: {problem.reason}")
        if self._instead is None:
            return None if not never else Silence(since, never, "it does not answer", "hangs")
        causes = {each.cause for each in self._instead}
        cause = next((each for each in _SUREST if each in causes), None)
        told = next((each for each in self._instead if each.cause == cause), CouldNot("", "it tells nothing"))
        reason = f"{told.what}: {told.reason}" if told.what else told.reason
        return Silence(since, never, reason, cause, self._listened(self._collector.topology))

    def owes(self, now: datetime) -> timedelta:
        """How long it has been asked without an answer. Figures grow old where poise itself finds no time to ask, too."""
        return now - (self._owes or now)

    def _listened(self, topology: Topology) -> bool | None:
        if self.reach.remote:
            return None
        return listened([bind.address for listener in topology.listeners for bind in listener.binds])

    async def close(self) -> None:
        """End the look and what it holds open."""
        if self._source is not None:
            await self._source.close()
        if self._collector is not None:
            await self._collector.close()
        self._source = self._collector = None

    async def _look(self, at: Collector, now: datetime) -> Reading:
        scrape = await at.scrape(now)
        self.cadence.answered(scrape.answer_seconds, scrape.answer_bytes)
        self._due = self.cadence.next(now)
        self.found = scrape.found
        if scrape.samples or scrape.blocks:
            self._answered_at, self._instead, self._owes = now, None, None
        else:
            self._instead = (*self._unusable, *scrape.could_not)
        cost = [Sample(now, self.load_balancer, "interval_seconds", self.cadence.interval.total_seconds())]
        if scrape.answer_seconds is not None:
            cost.append(Sample(now, self.load_balancer, "answer_ms", scrape.answer_seconds * 1000))
        samples = (*scrape.samples, *cost) if scrape.samples or scrape.blocks else scrape.samples
        return Reading(samples, scrape.events, (*self._unusable, *scrape.could_not), scrape.blocks)
