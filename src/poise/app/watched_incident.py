"""The incident that a watch keeps: opened by the first alert that pages, diagnosed while it lasts, ended with the last such alert."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from poise.app.board_watch import BoardWatch
from poise.app.incident_keeper import IncidentKeeper
from poise.app.journal import Journal
from poise.daemon.watcher import Tick
from poise.diagnosis.engine import diagnose
from poise.diagnosis.matrices import let_go
from poise.diagnosis.settled import Lead, lead, settled, sure
from poise.diagnosis.several import Looked
from poise.incidents import log_event
from poise.incidents.lifecycle import fold
from poise.incidents.log_event import LogEvent
from poise.model.diagnosis import Diagnosis
from poise.store.incident_finder import IncidentFinder
from poise.store.store_error import StoreError

WHO = "poise watch"
# A diagnosis every scrape would only repeat itself; while an incident is open people want the newest evidence about this often.
DIAGNOSE_EVERY = timedelta(seconds=5)
# After a restart the detectors need their windows again before silence means that it is over.
ADOPTED_GRACE = timedelta(minutes=2)
# A window that begins in the middle of an incident shows no time before the fault. With so much of it a diagnosis may name a cause where
# none was named; to replace one, named by a watch that saw the beginning, it waits for ADOPTED_GRACE.
ADOPTED_SEEN = timedelta(seconds=20)


def left_open(log: IncidentFinder, watching: str) -> str | None:
    """The newest incident that a watch of the same configuration opened and nobody ended: it was killed, or stopped too early."""
    for incident_id in (line.id for line in log.summaries(status="open")):
        events = log.events(incident_id)
        opened = [e for e in events if e.kind == "opened"]
        if not opened or opened[0].source != WHO or _watched(opened, watching) != watching:
            continue
        if fold(events, incident_id).status == "open":
            return incident_id
    return None


def _watched(opened: Sequence[LogEvent], unsaid: str) -> str:
    """What was watched last: SIGHUP may name other files while an incident is open."""
    said = [str(e.payload["watching"]) for e in opened if "watching" in e.payload]
    return said[-1] if said else unsaid


class WatchedIncident:
    """The incident that is or may become open. Everything here may wait for the disk: call it in a thread."""

    def __init__(self, journal: Journal, output: Path, watching: str) -> None:
        self._journal, self._output = journal, output
        self.keeper = IncidentKeeper(journal, WHO, patient=True, watching=watching)
        self._board = BoardWatch(journal)
        self.ended = False
        self._quiet_until: datetime | None = None
        self._lead: Lead | None = None
        self._newest: Diagnosis | None = None
        self._cause: Diagnosis | None = None
        self._looked: datetime | None = None
        self._adopted = False
        self._diagnose_from: datetime | None = None

    def adopt(self, incident_id: str, now: datetime) -> Sequence[str]:
        """Go on with an incident that was left open. Raises StoreError where its log cannot be read."""
        self._quiet_until = now + ADOPTED_GRACE
        said = self.keeper.adopt(now, incident_id)
        self._adopted = True
        self._diagnose_from = now + (ADOPTED_SEEN if self.keeper.blamed is None else ADOPTED_GRACE)
        return [self._said(said), *self._journal.news()]

    def take(self, tick: Tick, now: datetime) -> Sequence[str]:
        """Take in one tick: the lines to show, each of which is stored, or says that it is not."""
        lines = [self._said("change: " + self.keeper.change_seen(now, event)) for event in tick.events if event.kind == "change"]
        lines += [self._said(self.keeper.alert_changed(now, effect.alert)) for effect in tick.effects if effect.kind != "pending"]
        if self.keeper.opened:
            self.keeper.measure(tick.window, self._cause or self._newest)
            if self._adopted and any(event.kind == "change" for event in tick.events):
                # Of this window the part before the change is ill, and the part after it perhaps well: held against each other they blame
                # what got better. Where it goes on, a minute or two later it is the change that did not mend it.
                self._diagnose_from = now + ADOPTED_GRACE
            early = self._diagnose_from is not None and now < self._diagnose_from
            if not early and (self._looked is None or now >= self._looked + DIAGNOSE_EVERY):
                self._looked = now
                lines += self._diagnose(tick, now)
                if self._newest is not None:
                    lines += map(self._said, self._board.take(str(self.keeper.incident), tick.window, self._newest, now))
                let_go(tick.window)
            paging = any(alert.fired is not None and alert.verdict.page for alert in tick.alerts)
            if not paging and (self._quiet_until is None or now >= self._quiet_until):
                lines += self._end(tick, now)
            elif paging:
                self._quiet_until = None
        return [*lines, *self._journal.news()]

    def acknowledged(self, who: str, note: str, at: datetime, now: datetime) -> Sequence[str]:
        """Somebody took an alert that pages in hand: the first who did is when the incident was acknowledged."""
        if not self.keeper.opened:
            return ()
        incident = str(self.keeper.incident)
        known = any(e.kind == "time" and e.payload.get("name") == "acknowledged" for e in self._journal.events(incident))
        said = log_event.entry("team", at, now, who, f"{who} has it in hand" + (f": {note}" if note else ""))
        self._journal.append_all(incident, (said,) if known else (log_event.observed_time("acknowledged", at, now, who), said))
        return self._journal.news()

    def moved(self, watching: str, now: datetime) -> Sequence[str]:
        """Other files are watched under the same name: whoever watches these later goes on with the incident."""
        self.keeper.watching = watching
        if not self.keeper.opened:
            return ()
        incident = str(self.keeper.incident)
        known = fold(self._journal.events(incident), incident)
        said = log_event.entry("change", now, now, WHO, f"{watching} is watched from now on")
        self._journal.append_all(incident, (log_event.opened(now, now, WHO, known.title, known.severity, watching), said))
        return self._journal.news()

    def _diagnose(self, tick: Tick, now: datetime) -> list[str]:
        newest = self._newest = diagnose(tick.window)
        lines = [self._said(line) for line in self.keeper.diagnosed(now, newest)]
        self._lead = lead(self._lead, newest, now)
        if not settled(self._lead, newest, now):
            return lines
        if self.keeper.leads(newest):
            if self._cause is None or newest.best.probability > self._cause.best.probability:
                self._cause = newest
        elif self.keeper.blamed is None:
            self._cause = newest
            lines.append(self._said("cause: " + self.keeper.cause_found(now, newest, acknowledged=False)))
            lines += self._evidence(tick, newest)
        elif sure(newest):
            self._cause = newest
            lines.append(self._said("another cause leads now: " + self.keeper.cause_found(now, newest, acknowledged=False)))
            lines += self._evidence(tick, newest)
        return lines

    def _evidence(self, tick: Tick, cause: Diagnosis) -> list[str]:
        """A page for each team, to be sent to whoever is woken up, as soon as there is a cause to tell."""
        from poise.app.diagnose import Told  # noqa: PLC0415 - a watch that finds nothing never needs it
        from poise.app.evidence import write_evidence  # noqa: PLC0415

        told = Told(cause, (), (Looked(tick.load_balancer, tick.window, cause),))
        written, could_not = write_evidence(self._output / str(self.keeper.incident) / "evidence", told, lambda _: False)
        if could_not:
            return [f"could not: the pages for the teams are not written: {could_not[0].what}: {could_not[0].reason}"]
        return [f"evidence: {written[0]}, and a page for each team beside it"]

    def _end(self, tick: Tick, now: datetime) -> list[str]:
        """The alerts are over: the incident is resolved and written."""
        self.ended = True
        cause, newest = self._cause, self._newest
        if cause is not None and newest is not None and newest.verdict == "fault" and newest.best.layer != cause.best.layer:
            cause = None  # the evidence moved on to another layer and did not settle: nothing is confirmed
        unseen = self._quiet_until is not None
        proof = "no alert that pages came back after the restart" if unseen else "every alert that pages has resolved"
        lines = [self._said(self.keeper.resolved(now, proof, cause, "estimated" if unseen else "observed"))]
        try:
            written = self.keeper.write(now, self._output / str(self.keeper.incident), tick.window, cause or newest, None)
        except StoreError as error:
            return [*lines, f"could not: the postmortem is not written: {error}"]
        except OSError as error:
            return [*lines, f"could not: the postmortem is not written: {error.filename or self._output}: {error.strerror or error}"]
        return [*lines, f"postmortem: {written.markdown} and {written.page}"]

    def _said(self, words: str) -> str:
        return words if not self.keeper.opened or self._journal.stored else f"{words} (not stored)"
