"""`poise watch`: look at a live stack, say what is wrong, keep the incident."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from poise.app.incident import store_path
from poise.app.journal import Journal
from poise.app.live import looking, now
from poise.app.metrics_page import metrics_page
from poise.app.needs import needs_file, read_needs
from poise.app.watched_incident import WatchedIncident, left_open
from poise.daemon.recorder import Recorder
from poise.daemon.watcher import Tick
from poise.incidents.log_event import alert_words
from poise.model.could_not import CouldNot
from poise.model.needs import Needs
from poise.store.incident_log import IncidentLog
from poise.store.store_error import StoreError

# A source that answers every other second has not recovered: its problem is not told each time.
CLEARED = timedelta(seconds=5)
# A locked store must not hold up the alerts for long.
BUSY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """What to watch. `seconds` None watches until interrupted; `record` and `store` None keep nothing."""

    configurations: Sequence[str]
    needs: Needs
    seconds: float | None
    record: Path | None
    needs_path: Path | None
    metrics: int | None = None


def run(
    configurations: Sequence[str],
    needs_path: str | None,
    record: Path | None,
    seconds: float | None,
    store: Path | None,
    tell: Callable[[str], None],
    show: Callable[[Tick], None],
    metrics: int | None = None,
) -> int:
    """Watch until interrupted or `seconds` are over. The exit code is 0, or 2 when no load balancer ever answered.

    A store that cannot be opened costs the incidents alone.
    """
    needs, problems = read_needs(needs_path, beside=configurations[0])
    for problem in problems:
        tell(f"could not: {problem.what}: {problem.reason}")
    place = store_path(store)
    options = WatchOptions(configurations, needs, seconds, record, needs_file(needs_path, configurations[0]), metrics)
    try:
        log = IncidentLog(place, BUSY)
    except StoreError as error:
        tell(f"could not: incidents are not kept: {error}")
        return 0 if asyncio.run(watch(options, None, place.parent, tell, show)) else 2
    with log:
        return 0 if asyncio.run(watch(options, log, place.parent / "incidents", tell, show)) else 2


async def watch(
    options: WatchOptions, log: IncidentLog | None, output: Path, tell: Callable[[str], None], show: Callable[[Tick], None]
) -> bool:
    """Watch; `tell` gets each line of an incident after it was stored, `show` each tick. Returns whether a load balancer ever answered.

    An incident that an earlier watch of these files left open is taken up again. Changes before an alert are kept in memory until then.
    """
    recorder = Recorder(options.record, [Path(c) for c in options.configurations], options.needs_path) if options.record else None
    end = None if options.seconds is None else now() + timedelta(seconds=options.seconds)
    watching = _watching(options.configurations)
    journal = Journal(log) if log is not None else None
    incident = WatchedIncident(journal, output, watching) if journal is not None else None
    answered = False
    problems = Problems()
    base = options.needs_path.resolve().parent if options.needs_path else None
    async with (
        looking(options.configurations, options.needs, base) as eyes,
        metrics_page(options.metrics, store_path(None).parent, tell) as expose,
    ):
        try:
            if incident is not None and log is not None:
                for line in await asyncio.to_thread(_taken_up, incident, log, watching):
                    tell(line)
            while end is None or now() < end:
                tick = await eyes.look()
                unrecorded = recorder.record(tick) if recorder else ()
                show(tick)
                expose(tick)
                balancers = {c.name for c in tick.window.stack.of_kind("load-balancer")}
                answered = answered or bool(tick.blocks) or any(sample.component in balancers for sample in tick.samples)
                for line in problems.news((*tick.could_not, *unrecorded), now()):
                    tell(line)
                if incident is None or journal is None:
                    for effect in tick.effects:
                        if effect.kind != "pending":
                            tell(f"{alert_words(effect.alert)} [{effect.alert.phase}]")
                    continue
                # The disk and the diagnosis take their time; the probes' clocks must not stand still meanwhile.
                for line in await asyncio.to_thread(incident.take, tick, now()):
                    tell(line)
                if incident.ended:
                    incident = WatchedIncident(journal, output, watching)
        finally:
            if incident is not None and incident.keeper.opened:
                tell(f"incident {incident.keeper.incident} stays open: the next poise watch of this configuration goes on with it")
            for problem in recorder.close() if recorder else ():
                tell(f"could not: {problem.what}: {problem.reason}")
    return answered


def _watching(configurations: Sequence[str]) -> str:
    return ", ".join(str(Path(name).resolve()) for name in configurations)


def _taken_up(incident: WatchedIncident, log: IncidentLog, watching: str) -> Sequence[str]:
    try:
        found = left_open(log, watching)
        return () if found is None else incident.adopt(found, now())
    except StoreError as error:
        return (f"could not: an incident that was left open is not taken up: {error}",)


class Problems:
    """What could not be looked at, told when it begins and again when it comes back after it had cleared."""

    def __init__(self) -> None:
        self._known: dict[str, datetime] = {}

    def news(self, could_not: Sequence[CouldNot], now: datetime) -> list[str]:
        """The lines to tell of this tick's problems. What was not reported for CLEARED is forgotten."""
        self._known = {what: seen for what, seen in self._known.items() if now - seen < CLEARED}
        new = dict.fromkeys(f"could not: {problem.what}: {problem.reason}" for problem in could_not if problem.what not in self._known)
        self._known |= {problem.what: now for problem in could_not}
        return list(new)
