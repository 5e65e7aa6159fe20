"""Keeps an incident's log while it happens. Each method stores first and then returns the words that may be shown."""

import secrets
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from poise.incidents import log_event
from poise.incidents.actions import proposed
from poise.incidents.board_prompts import RULED_OUT
from poise.incidents.durations import words
from poise.incidents.impact import Toll, impact
from poise.incidents.lifecycle import fold, hypothesis_ids
from poise.incidents.log_event import LogEvent, alert_news, alert_words
from poise.incidents.postmortem import markdown
from poise.incidents.whose_needs import incident_pool, needs_of
from poise.model.alert import Alert
from poise.model.diagnosis import Diagnosis, Hypothesis
from poise.model.evidence import Evidence
from poise.model.fault import LAYERS, Layer
from poise.model.incident import EntryKind, HypothesisState, Incident, Origin, TimeSource
from poise.model.plan import Plan
from poise.model.sample import Event, Window
from poise.report.incident_page import html

SUPPORTED = 0.5
# The layers that a team would suspect first; each gets a lane on the board as soon as the incident is open.
SUSPECTS: tuple[Layer, ...] = ("load-balancer", "application", "database", "network", "demand")
# Before an incident opens, so much is kept in memory: the changes of the last hour are those that may have begun it.
KEPT_BEFORE, KEPT_FOR = 100, timedelta(hours=1)
# A minute that nobody measured is worth a line.
UNMEASURED = timedelta(minutes=1)


class Log(Protocol):
    """Where events go: the store itself, or what stands before it."""

    def append_all(self, incident_id: str, events: Sequence[LogEvent], /) -> object:
        """Keep these."""

    def events(self, incident_id: str, /) -> Sequence[LogEvent]:
        """All that is kept of that incident."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written when the incident ended."""

    incident: str
    markdown: Path
    page: Path


class IncidentKeeper:
    """One incident at a time.

    What is seen before the alert is logged under the same id at once, so that nothing shown is lost; with `patient` it is kept in memory
    until an incident opens: whoever watches for weeks sees changes that lead to none. `watching` names what is watched.
    """

    def __init__(self, log: Log, who: str, *, patient: bool = False, watching: str | None = None) -> None:
        self._log, self._who, self._patient, self.watching = log, who, patient, watching
        self._id: str | None = None
        self._states: dict[Layer, HypothesisState] = {}
        self._before: deque[LogEvent] = deque(maxlen=KEPT_BEFORE)
        self._toll = Toll()
        self._alert: str | None = None
        self._start: datetime | None = None
        self._blamed: tuple[str, str] | None = None  # the cause, and its layer
        self.opened = False

    @property
    def incident(self) -> str | None:
        """The id, None before anything was logged."""
        return self._id

    def change_seen(self, now: datetime, event: Event) -> str:
        """Somebody changed something, wherever."""
        self._append(now, log_event.entry("change", event.at, now, event.component or "change log", event.text))
        return event.text

    def adopt(self, now: datetime, incident_id: str) -> str:
        """Go on with an incident that was left open: its log is continued."""
        self._id, self.opened = incident_id, True
        events = self._log.events(incident_id)
        incident, ours = fold(events, incident_id), set(hypothesis_ids(events))
        # A person's hypotheses have ids of their own; those of poise are named by their layer.
        self._states = {h.layer: h.state for h in incident.hypotheses if h.layer in ours and h.statement == _statement(h.layer)}
        for text in (e.text for e in incident.timeline if e.kind == "check"):
            cause, _, rest = text.partition(", layer ")
            if rest.partition(",")[0] in LAYERS:
                self._blamed = (cause, rest.partition(",")[0])
        started = incident.times.get("impact_started") or incident.times.get("detected")
        self._start = started.at if started is not None else None
        self.note(now, f"{self._who} was started again and goes on with this incident")
        return f"incident {incident_id} was left open: {incident.title}; its log is continued"

    def alert_changed(self, now: datetime, alert: Alert) -> str:
        """An alert fired or ended; the first that pages opens the incident."""
        if alert.phase == "firing" and alert.verdict.page and not self.opened:
            self._alert, self._start = alert.verdict.component, alert.since
            self._open(
                now,
                alert_words(alert),
                alert.verdict.severity,
                log_event.observed_time("impact_started", alert.since, now, "poise", "estimated"),
                log_event.observed_time("detected", alert.fired or now, now, "poise"),
                about=_about(alert.verdict.component),
            )
        self._append(now, log_event.alert_entry(alert, now))
        return alert_news(alert)

    def open_by_hand(self, now: datetime, title: str) -> str:
        """No alert spoke, a person did."""
        self._start = now
        self._open(now, title, "warning", log_event.observed_time("detected", now, now, self._who), origin="hand")
        return title

    def measure(self, window: Window, diagnosis: Diagnosis | None) -> None:
        """Count what clients lost before the history forgets it."""
        if self._start is not None:
            self._toll.settle(window, self._start, needs_of(window.needs, incident_pool(window, diagnosis, self._alert)).objectives)

    def diagnosed(self, now: datetime, diagnosis: Diagnosis) -> list[str]:
        """Move the hypotheses on the board to where the evidence puts them; returns one line for each that moved."""
        lines = []
        # What the leader explains speaks against all others alike; a layer is ruled out in words by figures of its own.
        explained = {e.observable for e in diagnosis.best.evidence if e.bits > 0}
        for layer in SUSPECTS:
            best = max((h for h in diagnosis.hypotheses if h.layer == layer), key=lambda h: h.probability, default=None)
            if best is None:
                continue
            probability = sum(h.probability for h in diagnosis.hypotheses if h.layer == layer)
            lines += self._move(now, layer, best, probability, explained)
        return lines

    @property
    def blamed(self) -> str | None:
        """The cause that was told last, as `fault in component`; None before there is one."""
        return self._blamed[0] if self._blamed is not None else None

    def leads(self, diagnosis: Diagnosis) -> bool:
        """Does this diagnosis say what was told last?"""
        return self.blamed == _cause(diagnosis)

    def cause_found(self, now: datetime, diagnosis: Diagnosis, acknowledged: bool = True) -> str:
        """The diagnosis is sure. `acknowledged` says that somebody who acts looked at it too: a program that watches is nobody."""
        best = diagnosis.best
        if diagnosis.onset is not None:
            self._start = diagnosis.onset
            self._append(now, log_event.observed_time("impact_started", diagnosis.onset, now, "poise", "estimated"))
        if acknowledged:
            self._append(now, log_event.observed_time("acknowledged", now, now, self._who))
        self._blamed = (_cause(diagnosis), best.layer)
        if best.layer not in self._states:
            self._append(now, log_event.hypothesis_opened(best.layer, _statement(best.layer), best.layer, now, now, "poise", best.evidence))
            self._states[best.layer] = "open"
        self._append(now, log_event.observed_time("cause_found", now, now, "poise"))
        text = f"{_cause(diagnosis)}, layer {best.layer}, {best.probability:.1%}: {_strongest(best.evidence)}"
        return self._entry(now, "check", "poise", text)

    def planned(self, now: datetime, plan: Plan) -> str:
        """What is going to be done, or who has to do it."""
        what = "; ".join(s.what for s in plan.steps) or f"nothing that the load balancer can do; {plan.advice}"
        return self._entry(now, "decision", self._who, f"Plan: {what}")

    def step_done(self, now: datetime, text: str) -> str:
        """A step of the plan was run, undone or refused."""
        return self._entry(now, "change", self._who, text)

    def note(self, now: datetime, text: str) -> str:
        """Anything else worth a line."""
        return self._entry(now, "note", self._who, text)

    def resolved(self, now: datetime, proof: str, cause: Diagnosis | None, basis: TimeSource = "observed") -> str:
        """Clients are well again, proven by figures. `cause` is the one that stands; another layer is ruled out only by its own figures."""
        if cause is not None and self._states.get(cause.best.layer) in ("open", "supported"):
            self._append(now, log_event.hypothesis_closed(cause.best.layer, "confirmed", now, now, "poise", cause.best.evidence))
            self._states[cause.best.layer] = "confirmed"
            explained = {e.observable for e in cause.best.evidence if e.bits > 0}
            for layer, state in list(self._states.items()):
                best = max((h for h in cause.hypotheses if h.layer == layer), key=lambda h: h.probability, default=None)
                if state not in ("open", "supported") or best is None or best.probability >= SUPPORTED:
                    continue
                own = [e for e in best.evidence if e.bits < 0 and e.observable not in explained]
                if own:
                    self._append(now, log_event.hypothesis_closed(layer, "ruled_out", now, now, "poise", own))
                    self._states[layer] = "ruled_out"
        self._append(now, log_event.observed_time("mitigated", now, now, "poise", basis))
        self._append(now, log_event.observed_time("resolved", now, now, "poise", basis))
        return self._entry(now, "check", "poise", f"Proven: {proof}")

    def write(self, now: datetime, directory: Path, window: Window, diagnosis: Diagnosis | None, plan: Plan | None) -> Written:
        """Measure the impact, propose action items, and write the postmortem and its page into `directory`."""
        assert self._id is not None
        incident = self._folded()
        started = incident.times.get("impact_started") or incident.times.get("detected")
        ended = incident.times.get("mitigated") or incident.times.get("resolved")
        pool, measured = incident_pool(window, diagnosis, self._alert), None
        if started is not None:
            needs = needs_of(window.needs, pool)
            measured = self._toll.harm(window, started.at, max(ended.at if ended else now, started.at), needs.objectives)
            self._append(now, log_event.impact(impact(measured, needs.cost_per_minute), now, now, "poise"))
            whole, known = timedelta(seconds=measured.seconds), timedelta(seconds=measured.measured_seconds)
            if whole - known >= UNMEASURED:
                self.note(now, f"Clients were measured for {words(known)} of {words(whole)}: requests and cost count that part alone")
        for number, item in enumerate(proposed(self._folded(), diagnosis, plan), 1):
            self._append(
                now, log_event.action_item(f"a{number}", item.text, item.kind, now, now, "poise", item.owner, item.due, item.ticket)
            )
        incident = self._folded()
        text = markdown(incident, window, diagnosis, plan, measured, pool)
        directory.mkdir(parents=True, exist_ok=True)
        written = Written(self._id, directory / "postmortem.md", directory / "incident.html")
        written.markdown.write_text(text, encoding="utf-8")
        written.page.write_text(html(incident, window, diagnosis, plan, text), encoding="utf-8")
        return written

    def _folded(self) -> Incident:
        assert self._id is not None
        return fold(self._log.events(self._id), self._id)

    # ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _open(
        self, now: datetime, title: str, severity: str, *times: LogEvent, origin: Origin = "alert", about: Sequence[str] = ()
    ) -> None:
        before = [e for e in self._before if e.at >= now - KEPT_FOR]
        self._before.clear()
        self.opened = True
        self._append(now, log_event.opened(now, now, self._who, title, severity, self.watching, origin, about), *before, *times)

    def _move(self, now: datetime, layer: Layer, best: Hypothesis, probability: float, explained: Collection[str]) -> list[str]:
        state = self._states.get(layer)
        if state is None:
            self._append(now, log_event.hypothesis_opened(layer, _statement(layer), layer, now, now, "poise", best.evidence))
            self._states[layer] = state = "open"
        against = [e for e in best.evidence if e.bits < 0]
        own = [e for e in against if e.observable not in explained] or against
        blamed = self._blamed is not None and self._blamed[1] == layer
        # When the fault is being mended its figures fade: the layer that was blamed is let go only when another one is.
        if state in ("open", "supported") and probability < RULED_OUT and against and not blamed:
            self._append(now, log_event.hypothesis_closed(layer, "ruled_out", now, now, "poise", best.evidence))
            self._states[layer] = "ruled_out"
            return [f"not the {layer} ({probability:.1%}): {_strongest(own)}"]
        if probability >= SUPPORTED and state != "supported":
            self._append(now, log_event.hypothesis_evidence(layer, best.evidence, now, now, "poise", "supported"))
            self._states[layer] = "supported"
            return [f"suspected: {layer}, {best.fault} in {best.component} ({probability:.0%}): {_strongest(best.evidence)}"]
        return []

    def _entry(self, now: datetime, kind: EntryKind, source: str, text: str) -> str:
        self._append(now, log_event.entry(kind, now, now, source, text))
        return text

    def _append(self, now: datetime, *events: LogEvent) -> None:
        if self._patient and not self.opened:
            self._before.extend(events)
            return
        if self._id is None:
            # The instant orders the list for people; the random part keeps two starts in one second apart.
            self._id = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        self._log.append_all(self._id, events)


def _about(component: str) -> tuple[str, ...]:
    """By what alerts of others join the incident: the component, and the pool that a server is in."""
    kind, _, name = component.partition(" ")
    return (component, f"pool {name.partition('/')[0]}") if kind == "server" else (component,)


def _statement(layer: Layer) -> str:
    return f"The {layer.replace('-', ' ')} is at fault"


def _cause(diagnosis: Diagnosis) -> str:
    return f"{diagnosis.best.fault} in {diagnosis.best.component}"


def _strongest(evidence: Sequence[Evidence], count: int = 2) -> str:
    ranked = sorted(evidence, key=lambda e: abs(e.bits), reverse=True)[:count]
    return "; ".join(f"{e.observable} {_figure(e.observed)} (expected {_figure(e.expected)})" for e in ranked) or "no figure"


def _figure(value: float | str | None) -> str:
    return "unknown" if value is None else value if isinstance(value, str) else f"{value:.3g}"
