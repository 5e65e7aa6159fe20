"""`poise watch`: look at a live stack, say what is wrong, keep the incident."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from poise.app.incident import store_path
from poise.app.incident_keeper import IncidentKeeper
from poise.app.live import looking, now
from poise.app.needs import needs_file, read_needs
from poise.daemon.recorder import Recorder
from poise.daemon.watcher import Tick
from poise.diagnosis.engine import diagnose
from poise.incidents.log_event import alert_words
from poise.model.diagnosis import Diagnosis
from poise.model.needs import Needs
from poise.store.incident_log import IncidentLog
from poise.store.store_error import StoreError

# A diagnosis every scrape would only repeat itself; while an incident is open people want the newest evidence about this often.
DIAGNOSE_EVERY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """What to watch. `seconds` None watches until interrupted; `record` and `store` None keep nothing."""

    configurations: Sequence[str]
    needs: Needs
    seconds: float | None
    record: Path | None
    needs_path: Path | None


def run(
    configurations: Sequence[str],
    needs_path: str | None,
    record: Path | None,
    seconds: float | None,
    store: Path | None,
    tell: Callable[[str], None],
    show: Callable[[Tick], None],
) -> int:
    """Watch until interrupted or `seconds` are over; the exit code is 0. A store that cannot be opened costs the incidents alone."""
    needs, problems = read_needs(needs_path, beside=configurations[0])
    for problem in problems:
        tell(f"could not: {problem.what}: {problem.reason}")
    place = store_path(store)
    options = WatchOptions(configurations, needs, seconds, record, needs_file(needs_path, configurations[0]))
    try:
        log = IncidentLog(place)
    except StoreError as error:
        tell(f"could not: incidents are not kept: {error}")
        asyncio.run(watch(options, None, place.parent, tell, show))
        return 0
    with log:
        asyncio.run(watch(options, log, place.parent / "incidents", tell, show))
    return 0


async def watch(
    options: WatchOptions, log: IncidentLog | None, output: Path, tell: Callable[[str], None], show: Callable[[Tick], None]
) -> int:
    """Watch; `tell` gets each line of news after it was stored, `show` each tick. Returns the number of incidents opened.

    A diagnosis needs no alert to be right: it runs while an incident is open, and its cause is told once.
    """
    recorder = Recorder(options.record, Path(options.configurations[0]), options.needs_path) if options.record else None
    end = None if options.seconds is None else now() + timedelta(seconds=options.seconds)
    open_incident: _Open | None = None
    opened = 0
    said: set[str] = set()
    async with looking(options.configurations, options.needs, options.needs_path.resolve().parent if options.needs_path else None) as eyes:
        try:
            while end is None or now() < end:
                tick = await eyes.look()
                if recorder:
                    recorder.record(tick)
                show(tick)
                for problem in tick.could_not:
                    if (line := f"could not: {problem.what}: {problem.reason}") not in said:
                        said.add(line)
                        tell(line)
                if open_incident is None and log is not None:
                    open_incident = _Open(IncidentKeeper(log, "poise watch"))
                if open_incident is not None:
                    was_open = open_incident.keeper.opened
                    if open_incident.follow(tick, tell):
                        open_incident.end(tick, output, tell)
                        open_incident = None
                    elif open_incident.keeper.opened and not was_open:
                        opened += 1
                else:
                    for effect in tick.effects:
                        if effect.kind == "pending":
                            continue
                        tell(f"{alert_words(effect.alert)} [{effect.alert.phase}]")
        finally:
            if recorder:
                recorder.close()
    return opened


class _Open:
    """The incident that is or may become open."""

    def __init__(self, keeper: IncidentKeeper) -> None:
        self.keeper = keeper
        self._paging: set[str] = set()
        self._diagnosis: Diagnosis | None = None
        self._cause_told = False
        self._looked: datetime | None = None

    def follow(self, tick: Tick, tell: Callable[[str], None]) -> bool:
        """Take in one tick; True when the last alert that pages has resolved."""
        for event in tick.events:
            if event.kind == "change":
                tell("change: " + self.keeper.change_seen(now(), event))
        for effect in tick.effects:
            if effect.kind == "pending":
                continue
            tell(self.keeper.alert_changed(now(), effect.alert))
            if effect.alert.verdict.page:
                (self._paging.discard if effect.alert.phase == "resolved" else self._paging.add)(effect.alert.key)
        if not self.keeper.opened:
            return False
        if not self._cause_told and (self._looked is None or tick.window.now >= self._looked + DIAGNOSE_EVERY):
            self._looked = tick.window.now
            self._diagnosis = diagnose(tick.window)
            for line in self.keeper.diagnosed(now(), self._diagnosis):
                tell(line)
            if self._diagnosis.verdict == "fault" and self._diagnosis.best.probability >= 0.9:
                tell("cause: " + self.keeper.cause_found(now(), self._diagnosis))
                self._cause_told = True
        return not self._paging

    def end(self, tick: Tick, output: Path, tell: Callable[[str], None]) -> None:
        """The alerts are over: the incident is resolved and written."""
        tell(self.keeper.resolved(now(), "every alert that pages has resolved", self._diagnosis if self._cause_told else None))
        written = self.keeper.write(now(), output / str(self.keeper.incident), tick.window, self._diagnosis, None)
        tell(f"postmortem: {written.markdown} and {written.page}")
