"""Keeps an incident's log while it happens. Each method stores first and then returns the words that may be shown."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from poise.incidents import log_event
from poise.incidents.actions import proposed
from poise.incidents.impact import impact
from poise.incidents.lifecycle import fold
from poise.incidents.log_event import alert_words
from poise.incidents.postmortem import markdown
from poise.model.alert import Alert
from poise.model.diagnosis import Diagnosis, Hypothesis
from poise.model.evidence import Evidence
from poise.model.fault import Layer
from poise.model.incident import EntryKind, HypothesisState, Incident
from poise.model.plan import Plan
from poise.model.sample import Event, Window
from poise.report.incident_page import html
from poise.store.incident_log import IncidentLog

# Below this a layer is ruled out, provided that a figure speaks against it: one in fifty is not worth a person's minute.
RULED_OUT = 0.02
SUPPORTED = 0.5
# The layers that a team would suspect first; each gets a lane on the board as soon as the incident is open.
SUSPECTS: tuple[Layer, ...] = ("load-balancer", "application", "database", "network", "demand")


@dataclass(frozen=True, slots=True)
class Written:
    """What was written when the incident ended."""

    incident: str
    markdown: Path
    page: Path


class IncidentKeeper:
    """One incident at a time. Changes seen before the alert are logged under the same id, so that nothing shown is lost."""

    def __init__(self, log: IncidentLog, who: str) -> None:
        self._log, self._who = log, who
        self._id: str | None = None
        self._states: dict[Layer, HypothesisState] = {}
        self.opened = False

    @property
    def incident(self) -> str | None:
        """The id, None before anything was logged."""
        return self._id

    def change_seen(self, now: datetime, event: Event) -> str:
        """Somebody changed something, wherever."""
        self._append(now, log_event.entry("change", event.at, now, event.component or "change log", event.text))
        return event.text

    def alert_changed(self, now: datetime, alert: Alert) -> str:
        """An alert fired or ended; the first that pages opens the incident."""
        if alert.phase == "firing" and alert.verdict.page and not self.opened:
            self._open(now, alert.verdict.summary, alert.verdict.severity)
            self._append(now, log_event.observed_time("impact_started", alert.since, now, "poise", "estimated"))
            self._append(now, log_event.observed_time("detected", alert.fired or now, now, "poise"))
        self._append(now, log_event.alert_entry(alert, now))
        return f"{alert_words(alert)} [{alert.phase}]"

    def open_by_hand(self, now: datetime, title: str) -> str:
        """No alert spoke, a person did."""
        self._open(now, title, "warning")
        self._append(now, log_event.observed_time("detected", now, now, self._who))
        return title

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

    def cause_found(self, now: datetime, diagnosis: Diagnosis) -> str:
        """The diagnosis is sure."""
        best = diagnosis.best
        if diagnosis.onset is not None:
            self._append(now, log_event.observed_time("impact_started", diagnosis.onset, now, "poise", "estimated"))
        self._append(now, log_event.observed_time("acknowledged", now, now, self._who))
        self._append(now, log_event.observed_time("cause_found", now, now, "poise"))
        text = f"{best.fault} in {best.component}, layer {best.layer}, {best.probability:.1%}: {_strongest(best.evidence)}"
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

    def resolved(self, now: datetime, proof: str, cause: Diagnosis | None) -> str:
        """Clients are well again, proven by figures."""
        if cause is not None and self._states.get(cause.best.layer) in ("open", "supported"):
            self._append(now, log_event.hypothesis_closed(cause.best.layer, "confirmed", now, now, "poise", cause.best.evidence))
            self._states[cause.best.layer] = "confirmed"
            for layer, state in list(self._states.items()):
                if state in ("open", "supported"):
                    self._append(now, log_event.hypothesis_closed(layer, "ruled_out", now, now, "poise"))
                    self._states[layer] = "ruled_out"
        self._append(now, log_event.observed_time("mitigated", now, now, "poise"))
        self._append(now, log_event.observed_time("resolved", now, now, "poise"))
        return self._entry(now, "check", "poise", f"Proven: {proof}")

    def write(self, now: datetime, directory: Path, window: Window, diagnosis: Diagnosis | None, plan: Plan | None) -> Written:
        """Measure the impact, propose action items, and write the postmortem and its page into `directory`."""
        assert self._id is not None
        incident = self._folded()
        started = incident.times.get("impact_started") or incident.times.get("detected")
        ended = incident.times.get("mitigated") or incident.times.get("resolved")
        if started is not None:
            cost = next((n.cost_per_minute for n in window.needs.pool.values() if n.cost_per_minute is not None), None)
            measured = impact(window, started.at, ended.at if ended else now, cost)
            self._append(now, log_event.impact(measured, now, now, "poise"))
        for number, item in enumerate(proposed(self._folded(), diagnosis, plan), 1):
            self._append(
                now, log_event.action_item(f"a{number}", item.text, item.kind, now, now, "poise", item.owner, item.due, item.ticket)
            )
        incident = self._folded()
        text = markdown(incident, window, diagnosis, plan)
        directory.mkdir(parents=True, exist_ok=True)
        written = Written(self._id, directory / "postmortem.md", directory / "incident.html")
        written.markdown.write_text(text, encoding="utf-8")
        written.page.write_text(html(incident, window, diagnosis, plan, text), encoding="utf-8")
        return written

    def _folded(self) -> Incident:
        assert self._id is not None
        return fold(self._log.events(self._id), self._id)

    # ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _open(self, now: datetime, title: str, severity: str) -> None:
        self._append(now, log_event.opened(now, now, "poise", title, severity))
        self.opened = True

    def _move(self, now: datetime, layer: Layer, best: Hypothesis, probability: float, explained: Collection[str]) -> list[str]:
        state = self._states.get(layer)
        if state is None:
            statement = f"The {layer.replace('-', ' ')} is at fault"
            self._append(now, log_event.hypothesis_opened(layer, statement, layer, now, now, "poise", best.evidence))
            self._states[layer] = state = "open"
        against = [e for e in best.evidence if e.bits < 0]
        own = [e for e in against if e.observable not in explained] or against
        if state in ("open", "supported") and probability < RULED_OUT and against:
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

    def _append(self, now: datetime, event: log_event.LogEvent) -> None:
        if self._id is None:
            # The instant orders the list for people; the random part keeps two starts in one second apart.
            self._id = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        self._log.append(self._id, event)


def _strongest(evidence: Sequence[Evidence], count: int = 2) -> str:
    ranked = sorted(evidence, key=lambda e: abs(e.bits), reverse=True)[:count]
    return "; ".join(f"{e.observable} {_figure(e.observed)} (expected {_figure(e.expected)})" for e in ranked) or "no figure"


def _figure(value: float | str | None) -> str:
    return "unknown" if value is None else value if isinstance(value, str) else f"{value:.3g}"
