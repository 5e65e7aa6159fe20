"""The postmortem in Markdown: what happened, by which figures, how long each part took, and what is going to be done about it."""

from datetime import UTC, datetime

from poise.incidents.actions import cause, proposed
from poise.incidents.durations import durations, words
from poise.incidents.figures import percent
from poise.incidents.impact import Harm, harm
from poise.incidents.lessons_said import points
from poise.incidents.lifecycle import TIME_WORDS
from poise.incidents.markdown_text import plain, safe
from poise.incidents.postmortem_cause import at_fault, contributing, ruled_out, trigger
from poise.incidents.postmortem_lessons import detection, lucky, surprising, went_well, went_wrong
from poise.incidents.postmortem_tables import action_items, hypotheses, resolution, timeline, times
from poise.incidents.postmortem_template import DEFAULT, Piece, filled
from poise.incidents.trace import SAMPLES, footnotes, mark, traced
from poise.incidents.whose_needs import incident_pool, needs_of
from poise.model.diagnosis import Diagnosis
from poise.model.incident import Incident
from poise.model.instants import day_and_clock
from poise.model.needs import Objectives
from poise.model.plan import Plan
from poise.model.sample import Window


def markdown(
    incident: Incident,
    window: Window | None = None,
    diagnosis: Diagnosis | None = None,
    plan: Plan | None = None,
    measured: Harm | None = None,
    pool: str | None = None,
    template: str = DEFAULT,
) -> str:
    """A draft that people complete. The same arguments give the same text; all instants are UTC; names are shown, never interpreted.

    `measured` is the harm of an incident that may be longer than the window, without it the window is what is measured; `pool` the pool
    that it is about where the diagnosis does not tell. Each figure of an incident that comes from a store has a footnote that names the
    event of its log. Raises WrongTemplateError where the template cannot be filled.

    It keeps the rules of review: figures, not adjectives; what happened apart from its repair; no person as a cause; no "should have".
    """
    declared = Objectives() if window is None else objectives(window, diagnosis, pool)
    measured = measured or measure(incident, window, declared)
    items = (*incident.action_items, *proposed(incident, diagnosis, plan))
    sections = {
        "head": _head(incident),
        "summary": _summary(incident, diagnosis, measured),
        "impact": _impact(incident, window, measured, declared),
        "times": times(incident),
        "timeline": timeline(incident),
        "cause": at_fault(incident, diagnosis),
        "ruled_out": ruled_out(incident, diagnosis),
        "trigger": trigger(incident, diagnosis),
        "contributing": contributing(incident, diagnosis),
        "detection": detection(incident),
        "resolution": resolution(incident, plan),
        "went_well": went_well(incident, diagnosis, plan),
        "went_wrong": went_wrong(incident, measured),
        "lucky": lucky(incident, window, measured),
        "surprised": surprising(incident, diagnosis),
        "others": points(incident, "others"),
        "hypotheses": hypotheses(incident),
        "actions": action_items(items),
        "supporting": _supporting(incident, window, diagnosis),
    }
    pieces = {name: Piece("\n".join(body)) for name, body in sections.items()}
    pieces["title"] = Piece(safe(incident.title) or "incident without a title")
    text = filled(template, pieces, {"incident": incident, "durations": durations(incident)})
    notes = footnotes(text, incident)
    return text + ("\n" + "\n".join(notes) + "\n" if notes else "")


def measure(incident: Incident, window: Window | None, declared: Objectives) -> Harm | None:
    """The client's figures over the impact, None where its start or the window is not known."""
    start = durations(incident).start
    end = incident.times.get("mitigated") or incident.times.get("resolved")
    if window is None or start is None:
        return None
    return harm(window, start, window.now if end is None else max(end.at, start), declared)


def objectives(window: Window, diagnosis: Diagnosis | None, pool: str | None) -> Objectives:
    """What was promised for the incident's pool."""
    return needs_of(window.needs, incident_pool(window, diagnosis) or pool).objectives


def _head(incident: Incident) -> list[str]:
    first = min((t.at for t in incident.times.values()), default=None)
    sources = sorted({plain(e.source) for e in incident.timeline if e.source})
    return [
        f"- Incident: {safe(incident.id) or 'without an id'}",
        f"- Date: {_day(first)}",
        f"- Severity: {safe(incident.severity) or 'not set'}",
        f"- Incident status: {incident.status}",
        f"- Postmortem status: {incident.postmortem.replace('_', ' ')}",
        "- Authors: drafted by poise from the incident log; the incident's owner completes and signs it",
        f"- Who and what reported: {', '.join(safe(s) for s in sources) or 'not recorded'}",
        "- Time zone: all times are in UTC",
    ]


def _summary(incident: Incident, diagnosis: Diagnosis | None, measured: Harm | None) -> list[str]:
    layer, component, fault = cause(incident, diagnosis)
    t = incident.times
    parts = []
    start, end = durations(incident).start, t.get("mitigated") or t.get("resolved")
    if start is not None and end is not None:
        parts.append(f"From {day_and_clock(start)} to {day_and_clock(end.at)} ({words(end.at - start)}) clients were affected.")
    elif start is not None:
        parts.append(f"Since {day_and_clock(start)} clients are affected.")
    share = incident.impact.share_of_requests
    if share is not None:
        parts.append(f"{percent(share)} of their requests failed.")
    if measured is not None and measured.worst_p99_ms is not None:
        parts.append(f"The p99 of the answers reached {measured.worst_p99_ms:,.0f} ms.")
    if layer is None:
        parts.append("What was at fault is not determined yet.")
    elif diagnosis is None and (confirmed := [h.statement for h in incident.hypotheses if h.state == "confirmed"]):
        parts.append(f"Confirmed as the cause: {safe(confirmed[0])} (layer {layer}).")
    else:
        name = "" if fault is None else f" ({safe(fault.replace('-', ' '))})"
        parts.append(f"At fault was {safe(component)}{name}, owned by the layer {layer}.")
    return [" ".join(parts)]


def _impact(incident: Incident, window: Window | None, measured: Harm | None, declared: Objectives) -> list[str]:
    i = incident.impact
    requests = "" if measured is None or measured.requests is None else f" of {measured.requests:,}"
    said = mark(i.event)
    rows = [
        ("Requests that failed", "not measured" if i.requests_failed is None else f"{i.requests_failed:,}{requests}{said}"),
        ("Share of requests that failed", "not measured" if i.share_of_requests is None else percent(i.share_of_requests) + said),
        ("Clients affected", _clients(incident)),
        (
            "Cost",
            "not declared" if i.cost is None else f"{i.cost:,.2f} ({COST_IS}){said}",
        ),
    ]
    if measured is not None:
        source = f" {SAMPLES}" if traced(incident) else ""
        rows += [(name, value + source) for name, value in _measured_rows(measured, declared)]
    rows.append(("Scope", _scope(window)))
    rows.append(("Data loss", "poise does not see data; the database's owner states it here"))
    return [f"- {name}: {value}" for name, value in rows]


def _clients(incident: Incident) -> str:
    i = incident.impact
    number = [] if i.clients is None else [f"{i.clients:,}"]
    share = [] if i.share_of_clients is None else [f"{percent(i.share_of_clients)} of them"]
    return ", ".join(number + share) + mark(i.event) if number or share else "not known"


def _measured_rows(measured: Harm, declared: Objectives) -> list[tuple[str, str]]:
    rows = [("Length of the impact", words_of(measured.seconds))]
    if measured.worst_success_ratio is not None:
        rows.append(("Lowest success ratio", percent(measured.worst_success_ratio)))
    if measured.worst_p99_ms is not None:
        rows.append(("Highest p99", f"{measured.worst_p99_ms:,.0f} ms"))
    if declared.availability is not None and measured.below_availability_seconds is not None:
        rows.append(
            (f"Below the availability objective of {percent(declared.availability)}", words_of(measured.below_availability_seconds))
        )
    if declared.latency_p99_ms is not None and measured.above_latency_seconds is not None:
        rows.append((f"Above the p99 objective of {declared.latency_p99_ms:,.0f} ms", words_of(measured.above_latency_seconds)))
    unmeasured = measured.seconds - measured.measured_seconds
    if unmeasured >= 1:
        rows.append(("Not measured at the client", words_of(unmeasured)))
    return rows


def words_of(seconds: float) -> str:
    """Seconds as `durations.words` says them."""
    return words(datetime.fromtimestamp(seconds, UTC) - datetime.fromtimestamp(0, UTC))


def _scope(window: Window | None) -> str:
    pools = [] if window is None else [plain(c.name) for c in window.stack.of_kind("pool")]
    return f"requests of the service behind pool {', '.join(safe(p) for p in pools)}" if pools else "the service; no stack was recorded"


def _supporting(incident: Incident, window: Window | None, diagnosis: Diagnosis | None) -> list[str]:
    lines = [
        f"- Log of the incident: {TIMES_KNOWN.format(len(incident.times), len(TIME_WORDS))}, {len(incident.timeline)} lines of timeline"
    ]
    lines.append("- Show it: poise incident show ID; figures and picture: poise incident export ID --format html")
    if window is not None:
        count = sum(len(s.values) for s in window.series.values())
        lines.append(f"- Samples: {count:,} in {len(window.series)} series up to {day_and_clock(window.now)}")
    if diagnosis is not None:
        lines.append(
            f"- Diagnosis: {len(diagnosis.hypotheses)} hypotheses over {day_and_clock(diagnosis.start)} to {day_and_clock(diagnosis.end)}"
        )
        lines += [f"- Could not: {safe(c.what)}: {safe(c.reason)}" for c in diagnosis.could_not]
    return lines


COST_IS = "declared cost per minute × measured minutes × share that failed"
TIMES_KNOWN = "{} of {} instants known"


def _day(at: datetime | None) -> str:
    return "not known" if at is None else at.astimezone(UTC).strftime("%Y-%m-%d (%A)")
