"""The parts of a postmortem that say what was at fault, what was not, what began it and what made it last."""

import re
from datetime import timedelta

from poise.incidents.actions import cause
from poise.incidents.durations import durations, words
from poise.incidents.figures import evidence_words, percent, strongest
from poise.incidents.lessons_said import points
from poise.incidents.log_event import REPLACED, WITH_RELOAD
from poise.incidents.markdown_text import safe
from poise.incidents.postmortem_tables import clock
from poise.incidents.trace import mark
from poise.model.diagnosis import Diagnosis
from poise.model.evidence import Evidence
from poise.model.incident import Entry, Incident

SHOWN = 5


def at_fault(incident: Incident, diagnosis: Diagnosis | None) -> list[str]:
    """Layer, component, fault, and the figures that speak for it."""
    layer, component, fault = cause(incident, diagnosis)
    if layer is None:
        if diagnosis is not None and diagnosis.verdict == "none":
            return ["The figures show no fault in the stack over this window."]
        return ["Not determined yet. The hypotheses below are what is known."]
    confirmed = [h for h in incident.hypotheses if h.state == "confirmed"]
    evidence: tuple[Evidence, ...] = tuple(e for h in confirmed for e in h.evidence)
    lines = [f"- Layer: {layer}", f"- Component: {safe(component)}"]
    lines += [f"- Confirmed: {safe(h.statement)}{mark(h.event)}" for h in confirmed if h.statement]
    if fault is not None:
        lines.append(f"- Fault: {safe(fault)}")
    if diagnosis is not None and diagnosis.verdict == "fault":
        lines.append(f"- Probability by the figures: {percent(diagnosis.best.probability)}")
        evidence = diagnosis.best.evidence
    shown = strongest(evidence, True, SHOWN)
    source = "" if diagnosis is not None and diagnosis.verdict == "fault" else mark(*(h.event for h in confirmed))
    if shown:
        lines += ["", "The figures that speak for it, strongest first:", "", *(f"- {safe(evidence_words(e))}{source}" for e in shown)]
    against = strongest(evidence, False, SHOWN)
    if against:
        lines += ["", "The figures that speak against it:", "", *(f"- {safe(evidence_words(e))}" for e in against)]
    return lines


def ruled_out(incident: Incident, diagnosis: Diagnosis | None) -> list[str]:
    """Each layer that was suspected, or that looks alike, with the figures against it."""
    lines, told = [], set()
    for h in incident.hypotheses:
        if h.state != "ruled_out":
            continue
        figures = strongest(h.evidence, False, 3)
        told.add(h.layer)
        lines.append(f"- {safe(h.statement)} ({h.layer}): {_figures(figures)}{mark(h.event)}")
    layer = cause(incident, diagnosis)[0]
    for other in diagnosis.hypotheses if diagnosis is not None else ():
        figures = strongest(other.evidence, False, 3)
        if other.layer in told or other.layer in (layer, "none") or other.probability > 0.05 or not figures:
            continue
        told.add(other.layer)
        lines.append(f"- {safe(other.fault.replace('-', ' '))} in {safe(other.component)} ({other.layer}): {_figures(figures)}")
    return lines or ["Nothing was ruled out by figures."]


def trigger(incident: Incident, diagnosis: Diagnosis | None = None) -> list[str]:
    """The change before detection that explains it best: what began it, as far as the log knows."""
    noted, change = points(incident, "trigger"), last_change(incident, diagnosis)
    if noted:
        return noted
    if change is None:
        return ["No change before detection is in the log. An open question: which process last wrote the part at fault, and when?"]
    started = incident.times.get("impact_started")
    gap = "" if started is None or started.at <= change.at else f", {words(started.at - change.at)} before the impact started"
    return [f"At {clock(change.at)} UTC ({safe(change.source)}){gap}: {safe(change.text)}{mark(change.event)}"]


def last_change(incident: Incident, diagnosis: Diagnosis | None = None) -> Entry | None:
    """The newest change of what was at fault that is not later than detection (or, without one, than the start); else the newest at all.

    What somebody wrote down or edited comes before what a reload was seen to move: that is its outcome.
    """
    limit = incident.times.get("detected") or incident.times.get("impact_started")
    changes = [e for e in incident.timeline if e.kind == "change" and (limit is None or e.at <= limit.at)]
    acts = [e for e in changes if not any(words in e.text for words in (WITH_RELOAD, REPLACED))]
    component = cause(incident, diagnosis)[1]
    for some in (acts, changes):
        for change in reversed(some):
            if _concerns(change, component):
                return change
    return next(reversed(acts or changes), None)


def _concerns(change: Entry, component: str) -> bool:
    """Is it a change of this component, by the name it was logged under or by its words? An edit of the file names the pools it moves."""
    kind, _, name = component.rpartition(" ")
    if not name:
        return False
    names = {name, name.partition("/")[0]} if kind == "server" else {name}
    said = re.split(r"[^\w/→.-]+", f"{change.source} {change.text}".replace("'s", " "))
    return change.source == component or any({word.strip("."), word.partition("/")[0]} & names for word in said)


def contributing(incident: Incident, diagnosis: Diagnosis | None) -> list[str]:
    """What, beside the fault itself, made it begin or last, by what the log holds."""
    d = durations(incident)
    layer, component, fault = cause(incident, diagnosis)
    lines = points(incident, "contributing")
    change = last_change(incident, diagnosis)
    if fault is not None:
        lines.append(f"- The fault {safe(fault.replace('-', ' '))} in {safe(component)} took traffic as long as it stood.")
    if change is not None:
        noticed_at = incident.times["detected"].at if "detected" in incident.times else change.at
        checked = any(e.kind == "check" and change.at <= e.at <= noticed_at for e in incident.timeline)
        if not checked:
            lines.append("- Between the change and detection the log holds no check of the change.")
    first = min((h.opened for h in incident.hypotheses if h.layer == layer), default=None)
    noticed = incident.times.get("detected")
    if first is not None and noticed is not None and first - noticed.at >= timedelta(minutes=1):
        lines.append(f"- The layer at fault ({layer}) was first looked at {words(first - noticed.at)} after detection.")
    if d.wrong.total_seconds() >= 60:
        lines.append(f"- Hypotheses that were ruled out later took {words(d.wrong)}.")
    if d.to_acknowledge is not None and d.to_acknowledge.total_seconds() >= 60:
        lines.append(f"- {words(d.to_acknowledge)} passed from detection to acknowledgement.")
    lines.append("- Open question for the review: which check, at which point, shows this fault earlier?")
    return lines


def _figures(evidence: tuple[Evidence, ...]) -> str:
    return "; ".join(safe(evidence_words(e)) for e in evidence) or "no figure was noted"
