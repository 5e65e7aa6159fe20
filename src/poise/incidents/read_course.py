"""How the fold reads what tells an incident's course: its opening, its times, the lines of its timeline, what it cost."""

from dataclasses import fields, replace
from typing import get_args

from poise.incidents.draft import Draft, Reader, UnreadableError, finite, instant, text, text_or_none, word
from poise.incidents.log_event import LogEvent
from poise.model.incident import (
    Entry,
    EntryKind,
    Impact,
    IncidentTime,
    Origin,
    PostmortemStatus,
    Status,
    TimeChange,
    TimeName,
    TimeSource,
)
from poise.model.instants import day_and_clock

TIME_WORDS: dict[TimeName, str] = {
    "impact_started": "Impact started",
    "detected": "Detected",
    "acknowledged": "Acknowledged",
    "cause_found": "Cause found",
    "mitigated": "Impact stopped",
    "resolved": "Resolved",
}
IMPACT = tuple(each.name for each in fields(Impact) if each.name != "event")
STATUS_ORDER: tuple[Status, ...] = ("open", "mitigated", "resolved", "closed")


def _opened(draft: Draft, event: LogEvent) -> None:
    title, severity = text(event, "title"), text(event, "severity")
    origin: Origin | None = None if event.payload.get("origin") is None else word(event, "origin", get_args(Origin))
    about = event.payload.get("about")
    if about is not None and not (isinstance(about, list) and all(isinstance(each, str) for each in about)):
        raise UnreadableError(f"about is {about!r}, and not a list of components")
    if draft.opened is None:
        draft.opened, draft.opened_by, draft.origin = event.at, event.source, origin
    elif (draft.title, draft.severity) != (title, severity):
        said = f"Corrected: was “{draft.title}” ({draft.severity}), is “{title}” ({severity})"
        draft.line(f"corrected {draft.position}", Entry(event.recorded_at, "note", event.source, said, event=event.seq))
    draft.title, draft.severity = title, severity
    draft.about |= dict.fromkeys(about or ())


def _time(draft: Draft, event: LogEvent) -> None:
    name: TimeName = word(event, "name", get_args(TimeName))
    basis: TimeSource = word(event, "basis", get_args(TimeSource))
    after = IncidentTime(event.at, basis, text_or_none(event, "zone") or "UTC", event.source, event.seq)
    before = draft.times.get(name)
    if before is not None and (before.at, before.source) != (event.at, basis):
        said = f"{TIME_WORDS[name]} corrected: was {day_and_clock(before.at)} ({before.source}), is {day_and_clock(event.at)} ({basis})"
        draft.line(f"corrected {draft.position}", Entry(event.recorded_at, "note", event.source, said, event=event.seq))
    if before != after:
        draft.time_changes.append(TimeChange(name, before, after, event.source, event.recorded_at, event.seq))
    draft.times[name] = after
    draft.time_positions[name] = draft.position
    reached: Status = "mitigated" if name == "mitigated" else "resolved" if name == "resolved" else "open"
    if before is None and STATUS_ORDER.index(reached) > STATUS_ORDER.index(draft.status):
        draft.status = reached


def _entry(draft: Draft, event: LogEvent) -> None:
    kind: EntryKind = word(event, "kind", get_args(EntryKind))
    said, until = event.payload.get("text"), instant(event.payload.get("until"))
    key = str(event.payload.get("id") or f"entry {draft.position}")
    draft.line(key, None if said is None else Entry(event.at, kind, event.source, str(said), until, event.seq))


def _impact(draft: Draft, event: LogEvent) -> None:
    said = {name: event.payload[name] for name in IMPACT if name in event.payload}
    for name, value in said.items():
        kind = int if name in ("requests_failed", "clients") else (int, float)
        if value is not None and (isinstance(value, bool) or not isinstance(value, kind) or not finite(value)):
            raise UnreadableError(f"impact has {name} {value!r}, which is no number of them")
    draft.impact = replace(draft.impact, **said, event=event.seq)


def _status(draft: Draft, event: LogEvent) -> None:
    draft.status = word(event, "status", get_args(Status))


def _postmortem(draft: Draft, event: LogEvent) -> None:
    draft.postmortem = status = word(event, "status", get_args(PostmortemStatus))
    said = f"Postmortem: {status.replace('_', ' ')}"
    draft.line(f"postmortem {draft.position}", Entry(event.at, "note", event.source, said, event=event.seq))


READERS: dict[str, Reader] = {
    "opened": _opened,
    "time": _time,
    "entry": _entry,
    "impact": _impact,
    "status": _status,
    "postmortem": _postmortem,
}
