"""The digest: what the incidents of some time teach together, in Markdown."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from poise.incidents.durations import durations, words
from poise.incidents.learning import Learned, OpenItem, Recurring, learned
from poise.incidents.markdown_text import safe
from poise.incidents.segments import segments
from poise.model.incident import Incident

SHOWN = 10


def digest(incidents: Sequence[Incident], now: datetime, since: datetime | None = None) -> str:
    """Of those that were opened since then. Each figure stands for one incident: lengths as rare as these have no useful mean."""
    chosen = [i for i in incidents if since is None or (i.opened is not None and i.opened >= since)]
    found = learned(chosen, now)
    from_when = "" if since is None else f" since {since.astimezone(UTC):%Y-%m-%d}"
    count = "1 incident" if found.incidents == 1 else f"{found.incidents} incidents"
    lines = [
        "# What the incidents teach",
        "",
        f"{count}{from_when}, as of {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC.",
        "",
        "## Each incident, the longest on the wrong track first",
        "",
        *_incidents(chosen, now),
        "",
        "## Causes",
        "",
        *_recurring(found.causes, "layer", "Time on wrong hypotheses, each"),
        "",
        "## Components that come again",
        "",
        *_recurring(found.components, "component", "Time on wrong hypotheses, each"),
        "",
        "## Suspected first, and wrong",
        "",
        *_recurring(found.wrong_first, "layer", "Time on it, each"),
        "",
        "## Tests that would have saved most minutes",
        "",
        *_tests(found),
        "",
        "## Action items that are open",
        "",
        *_items(found.open_items),
    ]
    return "\n".join(lines) + "\n"


def _incidents(chosen: Sequence[Incident], now: datetime) -> list[str]:
    if not chosen:
        return ["None."]
    rows = sorted(chosen, key=lambda i: -wrong_minutes(i, now))
    lines = [
        "| Incident | Began (UTC) | On the wrong track | To the cause, from detection | Whole length |",
        "| --- | --- | --- | --- | --- |",
    ]
    for incident in rows:
        d = durations(incident)
        start = "not known" if d.start is None else f"{d.start.astimezone(UTC):%Y-%m-%d %H:%M}"
        whole = d.to_resolve or d.to_mitigate
        lines.append(
            f"| {safe(incident.title) or safe(incident.id)} ({safe(incident.id)}) | {start} | {words(d.wrong)} | "
            f"{'not known' if d.to_cause is None else words(d.to_cause)} | {'not over' if whole is None else words(whole)} |"
        )
    return lines


def wrong_minutes(incident: Incident, now: datetime) -> float:
    """How long it was on the wrong track."""
    return sum(part.minutes for part in segments(incident, now) if part.kind == "wrong_track")


def _recurring(rows: Sequence[Recurring], what: str, minutes: str) -> list[str]:
    if not rows:
        return ["None."]
    lines = [f"| {what.capitalize()} | Incidents | {minutes} |", "| --- | --- | --- |"]
    return lines + [f"| {safe(r.what)} | {len(r.incidents)} | {_each(r.minutes)} |" for r in rows[:SHOWN]]


def _tests(found: Learned) -> list[str]:
    if not found.tests:
        return ["None: no hypothesis was ruled out by a figure."]
    lines = ["Asked when the hypothesis was opened, they would have ended it then.", ""]
    lines += ["| Test | Hypotheses | Saved together | Each |", "| --- | --- | --- | --- |"]
    for r in found.tests[:SHOWN]:
        lines.append(f"| {safe(r.what)} | {len(r.minutes)} | {words(timedelta(minutes=sum(r.minutes)))} | {_each(r.minutes)} |")
    return lines


def _items(rows: Sequence[OpenItem]) -> list[str]:
    if not rows:
        return ["None."]
    lines = ["| Action | Owner | Open for | Due | Incident |", "| --- | --- | --- | --- | --- |"]
    for o in rows:
        due = "to be set" if o.item.due is None else o.item.due.isoformat()
        late = "" if o.late is None or o.late <= timedelta() else f" ({o.late.days} days late)"
        age = "not known" if o.age is None else f"{max(o.age.days, 0)} days"
        lines.append(f"| {safe(o.item.text)} | {safe(o.item.owner or 'to be assigned')} | {age} | {due}{late} | {safe(o.incident)} |")
    return lines


def _each(minutes: Sequence[float]) -> str:
    return ", ".join(words(timedelta(minutes=m)) for m in minutes) or "none"
