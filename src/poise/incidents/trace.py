"""Where a figure of a postmortem comes from: footnotes that name the events of the incident's log."""

import re
from collections.abc import Iterator

from poise.incidents.markdown_text import safe
from poise.model.incident import Incident

_MARK = re.compile(r"\[\^(\d{1,19}|samples)\]")
SAMPLES = "[^samples]"


def mark(*events: int) -> str:
    """A footnote's mark for each event, with a blank before; nothing for what came from no store (0)."""
    known = dict.fromkeys(event for event in events if event)
    return f" {''.join(f'[^{event}]' for event in known)}" if known else ""


def traced(incident: Incident) -> bool:
    """Does the incident come from a store, so that its figures have events?"""
    return any(time.event for time in incident.times.values()) or any(entry.event for entry in incident.timeline)


def footnotes(text: str, incident: Incident) -> list[str]:
    """What the marks of the text mean, in the order of the log. They name no instant: those stand in the timeline, once."""
    used = dict.fromkeys(_MARK.findall(text))
    said = dict(_said(incident))
    lines = []
    for event in sorted(int(each) for each in used if each.isdigit()):
        by = said.get(event, "")
        lines.append(f"[^{event}]: Event {event} of the incident's log{f', by {safe(by)}' if by else ''}.")
    if "samples" in used:
        lines.append("[^samples]: Measured by poise; the samples are those of the recording named above.")
    return [each for line in lines for each in (line, "")][:-1]


def _said(incident: Incident) -> Iterator[tuple[int, str]]:
    for entry in incident.timeline:
        yield entry.event, entry.source
    for h in incident.hypotheses:
        yield h.event, h.opened_by
        yield from ((check.event, check.by) for check in h.checks)
        yield from ((move.event, move.by) for move in h.moves)
    for time in incident.times.values():
        yield time.event, time.by
