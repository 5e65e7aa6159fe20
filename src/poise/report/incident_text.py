"""The incident for a terminal: `poise incident list` and `poise incident show`."""

from collections.abc import Sequence
from datetime import UTC, datetime

from poise.incidents.durations import durations, words
from poise.incidents.figures import percent
from poise.incidents.lifecycle import TIME_WORDS
from poise.incidents.postmortem_tables import clock
from poise.incidents.summary import Summary
from poise.model.incident import Incident
from poise.report.incident_bars import lanes, segment_bar
from poise.report.incident_rail import rail
from poise.report.svg import clean


def incident_list(incidents: Sequence[Summary]) -> str:
    """One line each: id, status, start, length, title. Control characters of others' texts are gone."""
    if not incidents:
        return "No incident is in the store.\n"
    head = ("ID", "STATUS", "STARTED (UTC)", "LENGTH", "TITLE")
    rows: list[tuple[str, ...]] = [head]
    for i in incidents:
        start = "not known" if i.start is None else i.start.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
        length = "running" if i.lasted is None else words(i.lasted)
        rows.append((clean(i.id), i.status, start, length, clean(i.title) or "without a title"))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "".join("  ".join((*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[4])) + "\n" for row in rows)


def incident_text(incident: Incident, now: datetime | None = None) -> str:
    """The whole incident: head, segment bar, times, impact, timeline, hypothesis board, rail, action items. `now` ends what still lasts."""
    lines = [f"{clean(incident.title) or 'without a title'}  [{clean(incident.id)}]"]
    about = f"; about {', '.join(clean(each) for each in incident.about)}" if incident.about else ""
    lines.append(f"{incident.status}, severity {clean(incident.severity) or 'not set'}; all times in UTC{about}")
    lines += ["", "Where the time went", *segment_bar(incident, now)]
    lines += ["", "Times", *_times(incident), "", "Impact", *_impact(incident), "", "Timeline"]
    for e in incident.timeline:
        until = "" if e.until is None else f" (until {clock(e.until)})"
        lines.append(f"  {clock(e.at)}  {e.kind:<10}  {clean(e.text)}{until}  [{clean(e.source)}]")
    lines += ["", "Hypotheses"]
    lines += lanes(incident, now)
    lines += [] if incident.hypotheses else ["  none"]
    lines += ["", "Action items"]
    for a in incident.action_items:
        owner = clean(a.owner) if a.owner else "to be assigned"
        sign = {"open": " ", "done": "x", "dropped": "-"}[a.state]
        lines.append(f"  [{sign}] {clean(a.text)} ({a.kind}; owner {owner}; due {a.due or 'to be set'})")
    lines += [] if incident.action_items else ["  none"]
    lines += rail(incident, now)
    return "\n".join(lines) + "\n"


def _times(incident: Incident) -> list[str]:
    d = durations(incident)
    spans = {
        "detected": d.to_detect,
        "acknowledged": d.to_acknowledge,
        "cause_found": d.to_cause,
        "mitigated": d.to_mitigate,
        "resolved": d.to_resolve,
    }
    base = "the start" if d.basis == "impact_started" else "detection"
    origin = {"detected": "the start", "acknowledged": "detection", "cause_found": "detection", "mitigated": base, "resolved": base}
    lines = []
    for name, title in TIME_WORDS.items():
        time, span = incident.times.get(name), spans.get(name)
        if time is None:
            lines.append(f"  {title:<15} not known")
            continue
        after = "" if span is None else f", {words(span)} after {origin[name]}"
        lines.append(f"  {title:<15} {clock(time.at)} ({time.source}{after})")
    if d.wrong_share:
        lines.append(f"  {words(d.wrong)}, {percent(d.wrong_share)} of the time from detection to the end, went to wrong hypotheses")
    return lines


def _impact(incident: Incident) -> list[str]:
    i = incident.impact
    failed = "not measured" if i.requests_failed is None else f"{i.requests_failed:,}"
    share = "" if i.share_of_requests is None else f" ({percent(i.share_of_requests)} of the requests)"
    clients = "not known" if i.clients is None else f"{i.clients:,}"
    cost = "not declared" if i.cost is None else f"{i.cost:,.2f}"
    return [f"  requests failed {failed}{share}", f"  clients         {clients}", f"  cost            {cost}"]
