"""The parts of a postmortem that are lessons: how it was detected, what went well and wrong, luck and surprise, each from a figure."""

from datetime import timedelta

from poise.incidents.durations import durations, words
from poise.incidents.figures import evidence_words, figure, percent, strongest
from poise.incidents.impact import Harm
from poise.incidents.lessons_said import points
from poise.incidents.markdown_text import safe
from poise.incidents.postmortem_tables import clock
from poise.incidents.trace import mark
from poise.model.diagnosis import Diagnosis
from poise.model.incident import Incident
from poise.model.plan import Plan
from poise.model.sample import Window

# An alert within a minute, a cause within five: what the alerts and the diagnosis of poise are built to reach.
SOON_DETECTED = timedelta(minutes=1)
# Below a minute it is a program that looked, and no person was kept from the right place.
WORTH_TELLING = timedelta(minutes=1)
SOON_FOUND = timedelta(minutes=5)


def detection(incident: Incident) -> list[str]:
    """Who or what saw it first, and when the first alert fired."""
    time = incident.times.get("detected")
    if time is None:
        return ["When it was detected is not recorded."]
    source = next((e.source for e in incident.timeline if e.kind == "milestone" and e.at == time.at and e.text.startswith("Detected")), "")
    lines = [f"Detected at {clock(time.at)} UTC ({time.source}) by {safe(source) or 'a source that is not recorded'}.{mark(time.event)}"]
    alert = next((e for e in incident.timeline if e.kind == "alert"), None)
    if alert is None:
        lines.append("No alert is in the log.")
    else:
        later = alert.at - time.at
        gap = f", {words(later)} after detection" if later.total_seconds() > 0 else ""
        lines.append(f"The first alert is of {clock(alert.at)} UTC{gap}: {safe(alert.text)}.{mark(alert.event)}")
    return [" ".join(lines)]


def went_well(incident: Incident, diagnosis: Diagnosis | None, plan: Plan | None) -> list[str]:
    """Figures that were good."""
    d, lines = durations(incident), points(incident, "well")
    number = {name: time.event for name, time in incident.times.items()}
    if d.to_detect is not None and d.to_detect <= SOON_DETECTED:
        lines.append(f"- It was detected {words(d.to_detect)} after the impact started.{mark(number['detected'])}")
    if d.to_cause is not None and timedelta() <= d.to_cause <= SOON_FOUND:
        lines.append(f"- The cause was found {words(d.to_cause)} after detection.{mark(number['cause_found'])}")
    found, stopped = incident.times.get("cause_found"), incident.times.get("mitigated")
    if found is not None and stopped is not None and stopped.at >= found.at:
        lines.append(
            f"- Once the cause was found, the impact stopped after {words(stopped.at - found.at)}.{mark(found.event, stopped.event)}"
        )
    if diagnosis is not None and diagnosis.verdict == "fault":
        best = diagnosis.best
        lines.append(f"- The figures named {safe(best.component)} with a probability of {percent(best.probability)}.")
    if plan is not None and plan.steps and all(s.undo for s in plan.steps):
        count = len(plan.steps)
        lines.append(f"- {'The one step' if count == 1 else f'Each of the {count} steps'} of the repair had its undo beside it.")
    return lines or ["- The log holds no figure that is better than its target."]


def went_wrong(incident: Incident, measured: Harm | None = None) -> list[str]:
    """Figures that were bad. What happened, not who."""
    d, lines = durations(incident), points(incident, "wrong")
    number = {name: time.event for name, time in incident.times.items()}
    if measured is not None and measured.share_failed:
        lines.append(
            f"- {percent(measured.share_failed)} of the requests failed ({measured.requests_failed or 0:,}).{mark(incident.impact.event)}"
        )
    if measured is not None and measured.below_availability_seconds:
        lines.append(f"- For {measured.below_availability_seconds:.0f} s the availability was below its objective.")
    if measured is not None and measured.above_latency_seconds:
        lines.append(f"- For {measured.above_latency_seconds:.0f} s the p99 was above its objective.")
    if d.to_detect is not None and d.to_detect > SOON_DETECTED:
        lines.append(f"- Between the start of the impact and its detection passed {words(d.to_detect)}.{mark(number['detected'])}")
    if d.detected_before_start is not None:
        lines.append("- The recorded start of the impact is later than its detection; the start needs telemetry.")
    time = incident.times.get("detected")
    alert = next((e for e in incident.timeline if e.kind == "alert"), None)
    if time is not None and alert is not None and alert.at > time.at:
        lines.append(f"- The first alert fired {words(alert.at - time.at)} after the fault was seen elsewhere.")
    for h in incident.hypotheses:
        if h.state == "ruled_out" and h.minutes is not None and h.minutes >= 1:
            lines.append(
                f"- A hypothesis that was ruled out took {words(timedelta(minutes=h.minutes))}: {safe(h.statement)} ({h.layer})."
                f"{mark(h.event)}"
            )
    if d.wrong_share is not None and d.wrong >= WORTH_TELLING:
        lines.append(
            f"- Together {words(d.wrong)}, {percent(d.wrong_share)} of the time from detection to the end, went to ruled-out hypotheses."
        )
    if d.to_cause is not None and d.to_cause > SOON_FOUND:
        lines.append(f"- From detection to the cause passed {words(d.to_cause)}.{mark(number['cause_found'])}")
    return lines or ["- The log holds no figure that is worse than its target."]


def lucky(incident: Incident, window: Window | None, measured: Harm | None) -> list[str]:
    """What limited the harm without anybody's doing: what people noted, and what the samples show."""
    lines = points(incident, "lucky")
    if measured is not None and measured.share_failed is not None and 0 < measured.share_failed < 1:
        lines.append(f"- {percent(1 - measured.share_failed)} of the requests were answered while the fault stood.")
    if window is not None and measured is not None and measured.requests and measured.measured_seconds > 0:
        rate = measured.requests / measured.measured_seconds
        peaks = [p.peak_requests_per_second for p in window.needs.pool.values() if p.peak_requests_per_second]
        if peaks and rate < max(peaks):
            lines.append(f"- It met {rate:,.0f} requests/s, {percent(rate / max(peaks))} of the declared peak of {max(peaks):,.0f}.")
    return lines or ["- The samples show no luck; those who responded add what they know."]


def surprising(incident: Incident, diagnosis: Diagnosis | None) -> list[str]:
    """Where the figures differ most from what a hypothesis made everyone expect, of those that somebody pursued for a minute or more."""
    lines = points(incident, "surprised")
    for h in incident.hypotheses:
        if h.state == "ruled_out" and (h.minutes or 0.0) >= 1:
            lines += [
                f"- Under “{safe(h.statement)}” {safe(e.observable)} of {safe(figure(e.expected, e.observable))} was expected; "
                f"it was {safe(figure(e.observed, e.observable))}.{mark(h.event)}"
                for e in strongest(h.evidence, False, 1)
                if e.expected is not None
            ]
    if not lines and diagnosis is not None and diagnosis.verdict == "fault":
        lines = [f"- {safe(evidence_words(e))}" for e in strongest(diagnosis.best.evidence, True, 1)]
    return lines or ["- Nothing is noted; those who responded add what they did not expect."]
