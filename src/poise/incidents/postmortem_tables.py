"""The parts of a postmortem that are tables or lists of what the log holds."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from poise.incidents.durations import durations, words
from poise.incidents.figures import percent
from poise.incidents.lessons_said import happened
from poise.incidents.lifecycle import TIME_WORDS
from poise.incidents.markdown_text import code, safe
from poise.incidents.trace import mark
from poise.model.incident import ActionItem, Incident
from poise.model.plan import Plan

STATE_WORDS = {"open": "open", "supported": "supported", "ruled_out": "ruled out", "confirmed": "confirmed"}


def clock(at: datetime) -> str:
    """2023-11-10 13:45:00, in UTC; the heading says so."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def times(incident: Incident) -> list[str]:
    """The six instants with their source, then how long each part took and what it is counted from."""
    lines = ["| Instant | UTC | Known how |", "| --- | --- | --- |"]
    for name, title in TIME_WORDS.items():
        time = incident.times.get(name)
        lines.append(f"| {title} | not known | |" if time is None else f"| {title} | {clock(time.at)} | {time.source}{mark(time.event)} |")
    d = durations(incident)
    base = "the start of the impact" if d.basis == "impact_started" else "detection"
    rows = (
        ("Time to detect", d.to_detect, "the start of the impact", "detected", "impact_started"),
        ("Time to acknowledge", d.to_acknowledge, "detection", "acknowledged", "detected"),
        ("Time to cause", d.to_cause, "detection", "cause_found", "detected"),
        ("Time to mitigate", d.to_mitigate, base, "mitigated", d.basis),
        ("Time to resolve", d.to_resolve, base, "resolved", d.basis),
    )
    number: dict[str | None, int] = {name: time.event for name, time in incident.times.items()}
    lines += ["", "| Duration | Length | Counted from |", "| --- | --- | --- |"]
    lines += [
        f"| {title} | not known | {origin} |"
        if span is None
        else f"| {title} | {words(span)}{mark(number.get(name, 0), number.get(since, 0))} | {origin} |"
        for title, span, origin, name, since in rows
    ]
    if d.detected_before_start is not None:
        earlier = words(d.detected_before_start)
        lines += ["", f"Detection is {earlier} earlier than the recorded start of the impact, so that the durations count from detection."]
    return lines


def timeline(incident: Incident) -> list[str]:
    """One line an event, in order, with its source. Lessons have sections of their own."""
    shown = [e for e in incident.timeline if happened(e)]
    if not shown:
        return ["The log holds no event."]
    lines = ["| Time (UTC) | Kind | Source | What |", "| --- | --- | --- | --- |"]
    for e in shown:
        until = "" if e.until is None else f" (until {clock(e.until)})"
        lines.append(f"| {clock(e.at)} | {e.kind} | {safe(e.source)} | {safe(e.text)}{until}{mark(e.event)} |")
    return lines


def hypotheses(incident: Incident) -> list[str]:
    """Each with its minutes, and the share of the time from detection to the end that went to those ruled out."""
    if not incident.hypotheses:
        return ["No hypothesis was noted."]
    lines = ["| Hypothesis | Layer | State | Opened (UTC) | Closed (UTC) | Pursued for |", "| --- | --- | --- | --- | --- | --- |"]
    for h in incident.hypotheses:
        closed = "" if h.closed is None else clock(h.closed)
        spent = "open" if h.minutes is None else words(timedelta(minutes=h.minutes))
        spent += mark(h.moves[0].event if h.moves else 0, h.event)
        lines.append(f"| {safe(h.statement)} | {h.layer} | {STATE_WORDS[h.state]} | {clock(h.opened)} | {closed} | {spent} |")
    d = durations(incident)
    if d.wrong_share is not None:
        lines += [
            "",
            f"{percent(d.wrong_share)} of the time from detection to the end ({words(d.wrong)}) went to hypotheses that were ruled out.",
        ]
    return lines


def resolution(incident: Incident, plan: Plan | None) -> list[str]:
    """The steps that repaired it, what was expected of them, and whether it was verified."""
    lines = []
    if plan is None:
        lines.append("No plan was recorded; the timeline holds what was done.")
    elif not plan.steps:
        lines.append(f"No step at the load balancer repairs it. {safe(plan.advice)}".rstrip())
    else:
        lines.append("The steps, in their order:")
        lines.append("")
        lines += [
            f"{number}. {safe(s.what)} ({s.where}): {code(s.command)}; undo: {code(s.undo)}" for number, s in enumerate(plan.steps, 1)
        ]
        if plan.expected_shares:
            shares = ", ".join(f"{safe(name)} {percent(share)}" for name, share in plan.expected_shares.items())
            lines += ["", f"Expected shares afterwards: {shares}."]
        if plan.risk:
            lines += ["", f"Risk: {safe(plan.risk)}."]
        if plan.confirm:
            lines += ["", f"To be watched afterwards: {', '.join(safe(c) for c in plan.confirm)}."]
    verified = [e for e in incident.timeline if e.kind == "check"]
    stopped, restored = incident.times.get("mitigated"), incident.times.get("resolved")
    facts = []
    if stopped is not None:
        facts.append(f"The impact stopped at {clock(stopped.at)} UTC.")
    if restored is not None:
        facts.append(f"Restoration is recorded at {clock(restored.at)} UTC.")
    if verified:
        facts.append(f"Last check: {safe(verified[-1].text)} ({clock(verified[-1].at)} UTC).")
    return [*lines, "", " ".join(facts)] if facts else lines


def action_items(items: Sequence[ActionItem]) -> list[str]:
    """The table; what nobody set yet says so, so that it is seen."""
    if not items:
        return ["No action item was noted."]
    lines = ["| Action | Kind | Owner | Due | Ticket | State |", "| --- | --- | --- | --- | --- | --- |"]
    for item in items:
        owner = safe(item.owner) if item.owner else "to be assigned"
        due = item.due.isoformat() if item.due else "to be set"
        ticket = safe(item.ticket) if item.ticket else "to be opened"
        lines.append(f"| {safe(item.text)}{mark(item.event)} | {item.kind} | {owner} | {due} | {ticket} | {item.state} |")
    return lines
