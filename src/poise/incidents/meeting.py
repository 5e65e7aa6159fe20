"""The meeting after an incident: agenda and questions, each from what the log holds; and what other teams should know. Markdown."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from poise.incidents.actions import cause
from poise.incidents.durations import durations, words
from poise.incidents.figures import evidence_words, strongest
from poise.incidents.lessons_said import points, said
from poise.incidents.markdown_text import safe
from poise.incidents.postmortem_cause import last_change
from poise.incidents.trace import footnotes, mark
from poise.model.incident import Incident

# Less is no hypothesis that a team pursued, but one that a program looked at.
PURSUED = timedelta(minutes=5)
NOTHING = "Nothing was noted: `poise incident say ID Others should know: …`"
# Of an hour, as the parts stand to each other; a longer meeting stretches them.
AGENDA = (
    (5, "What clients lost, and the six instants: is any of them wrong?"),
    (20, "The course, line by line: what did each of us see then, and what did it mean to us?"),
    (15, "The questions below"),
    (5, "What went well, where we were lucky, what surprised us"),
    (10, "Action items: each with an owner, a date, and what shows that it works"),
    (5, "What other teams should know"),
)


def agenda(incident: Incident, at: datetime, length: timedelta) -> str:
    """The agenda with its questions. They ask what and how; nobody's name is in them."""
    lines = [f"# Review: {safe(incident.title) or 'incident without a title'}", ""]
    lines += [f"{at.astimezone(UTC):%A, %-d %B %Y, %H:%M} UTC, {words(length)}. Incident {safe(incident.id)}.", "", "## Agenda", ""]
    begin = timedelta()
    whole = sum(minutes for minutes, _ in AGENDA)
    for minutes, what in AGENDA:
        lines.append(f"- {(at + begin).astimezone(UTC):%H:%M} {what}")
        begin += length * minutes / whole
    lines += ["", "## Questions from the incident", ""]
    lines += [f"{number}. {question}" for number, question in enumerate(questions(incident), 1)]
    lines += ["", "## Action items so far", ""]
    for item in incident.action_items:
        missing = [name for name, value in (("owner", item.owner), ("date", item.due), ("ticket", item.ticket)) if not value]
        without = "".join(f"{'; ' if place == 0 else ', '}no {name}" for place, name in enumerate(missing))
        lines.append(f"- {safe(item.text)} ({item.state}{without}){mark(item.event)}")
    lines += [] if incident.action_items else ["None yet."]
    lines += ["", "Captured as they are said: `poise incident action ID WORDS --kind … --owner … --due …`, or on the incident's page.", ""]
    return "\n".join([*lines, *footnotes("\n".join(lines), incident)]).rstrip("\n") + "\n"


def questions(incident: Incident) -> list[str]:
    """What the log leaves open, or shows to have taken long."""
    return [*_beginning(incident), *_suspicions(incident), *_people(incident), *_lessons(incident)]


def to_share(incident: Incident) -> str:
    """A page for teams that were not there: what happened in three lines, how to see it, what they should know."""
    layer, component, _ = cause(incident, None)
    d = durations(incident)
    whole = d.to_mitigate or d.to_resolve
    lines = [f"# For other teams: {safe(incident.title) or 'an incident'}", ""]
    began = "" if d.start is None else f" on {d.start.astimezone(UTC):%-d %B %Y}"
    lines.append(f"- What happened{began}: {safe(incident.title)}{'' if whole is None else f', for {words(whole)}'}.")
    confirmed = next((h for h in incident.hypotheses if h.state == "confirmed"), None)
    if confirmed is not None:
        lines.append(f"- Confirmed as the cause: {safe(confirmed.statement)} ({safe(component)}).{mark(confirmed.event)}")
    elif layer is None:
        lines.append("- The cause is not confirmed yet.")
    if d.wrong.total_seconds() >= 60:
        lines.append(f"- {words(d.wrong)} went to hypotheses that were ruled out later.")
    lines += ["", "## What you should know", "", *(points(incident, "others") or [NOTHING])]
    shown = () if confirmed is None else strongest(confirmed.evidence, True, 3)
    lines += ["", "## How it can be seen", "", *([f"- {safe(evidence_words(e))}" for e in shown] or ["No figure was noted."])]
    lines += ["", "## What is being done", ""]
    doing = [a for a in incident.action_items if a.state == "open"]
    lines += [f"- {safe(a.text)}{'' if a.due is None else f' (by {a.due.isoformat()})'}" for a in doing] or ["Nothing is noted."]
    notes = footnotes("\n".join(lines), incident)
    return "\n".join([*lines, *(["", *notes] if notes else [])]) + "\n"


def _beginning(incident: Incident) -> Iterator[str]:
    d, change = durations(incident), last_change(incident)
    if change is None and not said(incident, "trigger"):
        yield "No change before detection is in the log. Which process last wrote the part at fault, and when?"
    elif change is not None:
        yield f"“{safe(change.text)}” came before detection.{mark(change.event)} Which check, at which step, would have shown its effect?"
    if d.detected_before_start is not None:
        yield "Detection is earlier than the recorded start. From which figure can the start be read?"
    elif d.to_detect is not None and d.to_detect >= timedelta(minutes=1):
        yield f"It went unseen for {words(d.to_detect)}. Which figure showed it first, and who would be told of it today?"
    if d.to_acknowledge is not None and d.to_acknowledge >= PURSUED:
        yield f"{words(d.to_acknowledge)} passed until somebody had it in hand. What did the alert say, and to whom?"


def _suspicions(incident: Incident) -> Iterator[str]:
    for h in incident.hypotheses:
        if h.state != "ruled_out" or h.minutes is None or timedelta(minutes=h.minutes) < PURSUED:
            continue
        against = strongest(h.evidence, False, 1)
        ended = f" It ended with {safe(evidence_words(against[0]))}; what would have shown that at the beginning?" if against else ""
        spent = words(timedelta(minutes=h.minutes))
        yield f"“{safe(h.statement)}” was pursued for {spent}.{mark(h.event)} What made it plausible?{ended}"
        could = h.could_rule_out
        if could is not None and h.closed is not None and could.at < h.closed:
            earlier = f"{words(h.closed - could.at)} earlier.{mark(could.event)}"
            yield f"poise's own figures could have ended that {earlier} Who would have looked there?"
    if not any(h.state == "confirmed" for h in incident.hypotheses):
        yield "No hypothesis is confirmed. Which figure would confirm the one that is left?"


def _people(incident: Incident) -> Iterator[str]:
    for h in incident.hypotheses:
        engaged = next((t for t in incident.teams if t.layer == h.layer), None)
        if engaged is not None and engaged.engaged - h.opened >= PURSUED:
            late = words(engaged.engaged - h.opened)
            yield f"{safe(engaged.name)} came {late} after its part was suspected.{mark(engaged.event)} How is its owner found, and called?"
    confirmed = next((h for h in incident.hypotheses if h.state == "confirmed"), None)
    if confirmed is not None and incident.teams and not any(t.layer == confirmed.layer for t in incident.teams):
        yield f"No team that owns the layer at fault ({confirmed.layer}) was engaged. Who owns it?"
    left = [t for t in incident.tasks if t.state == "open"]
    if left:
        count = "1 task is" if len(left) == 1 else f"{len(left)} tasks are"
        yield f"{count} open still: {'; '.join(safe(t.text) for t in left[:5])}. What of it remains?"


def _lessons(incident: Incident) -> Iterator[str]:
    if not said(incident, "lucky"):
        yield "Where were we lucky: what would have made it worse?"
    if not said(incident, "surprised"):
        yield "What surprised each of us?"
    if not said(incident, "others"):
        yield "What should other teams know?"
