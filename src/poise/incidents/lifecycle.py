"""Folds an incident's log into the incident: the same events give the same incident, whoever reads them and whenever."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, get_args

from poise.incidents.log_event import (
    LogEvent,
    action_item,
    alert_entry,
    entry,
    hypothesis_closed,
    hypothesis_evidence,
    hypothesis_opened,
    impact,
    observed_time,
    opened,
    status,
)
from poise.model.evidence import Evidence
from poise.model.fault import LAYERS, Layer
from poise.model.incident import (
    ActionItem,
    ActionKind,
    BoardHypothesis,
    Entry,
    EntryKind,
    HypothesisState,
    Impact,
    Incident,
    IncidentTime,
    Status,
    TimeName,
    TimeSource,
)

__all__ = [
    "LogEvent",
    "action_item",
    "alert_entry",
    "entry",
    "fold",
    "hypothesis_closed",
    "hypothesis_evidence",
    "hypothesis_ids",
    "hypothesis_opened",
    "impact",
    "observed_time",
    "opened",
    "status",
]

TIME_WORDS: dict[TimeName, str] = {
    "impact_started": "Impact started",
    "detected": "Detected",
    "acknowledged": "Acknowledged",
    "cause_found": "Cause found",
    "mitigated": "Impact stopped",
    "resolved": "Resolved",
}
STATUS_ORDER: tuple[Status, ...] = ("open", "mitigated", "resolved", "closed")
CLOSED_STATES: tuple[HypothesisState, ...] = ("ruled_out", "confirmed")


@dataclass
class _Draft:
    """The fold's working copy. Entries carry the position of their event, so that equal instants keep the log's order."""

    title: str = ""
    severity: str = ""
    status: Status = "open"
    times: dict[TimeName, IncidentTime] = field(default_factory=dict)
    time_sources: dict[TimeName, tuple[int, str]] = field(default_factory=dict)
    impact: Impact = Impact()
    entries: dict[str, tuple[int, Entry | None]] = field(default_factory=dict)
    hypotheses: dict[str, BoardHypothesis] = field(default_factory=dict)
    hypothesis_sources: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    items: dict[str, ActionItem] = field(default_factory=dict)


class _UnreadableError(ValueError):
    """A payload that this version cannot read. Caught by `fold`, which keeps the event and says so."""


def fold(events: Sequence[LogEvent], incident_id: str = "") -> Incident:
    """The incident that these events tell, in the order of the log: where two speak of the same thing the later one wins.

    Never raises on what another version wrote: an unknown kind or an unreadable payload becomes a note on the timeline, its text kept.
    """
    draft = _Draft()
    for position, event in enumerate(events):
        reader = READERS.get(event.kind)
        try:
            if reader is None:
                raise _UnreadableError(f"this version of poise does not know events of kind {event.kind!r}")
            reader(draft, position, event)
        except _UnreadableError as error:
            text = f"Kept unread: {error}; it says {dict(event.payload)!r}"
            draft.entries[f"unread {position}"] = (position, Entry(event.at, "note", event.source, text))
    return Incident(
        id=incident_id,
        title=draft.title,
        severity=draft.severity,
        status=draft.status,
        times={name: draft.times[name] for name in TIME_WORDS if name in draft.times},
        impact=draft.impact,
        timeline=_timeline(draft),
        hypotheses=tuple(sorted(draft.hypotheses.values(), key=lambda h: h.opened)),
        action_items=tuple(draft.items.values()),
    )


def hypothesis_ids(events: Sequence[LogEvent]) -> tuple[str, ...]:
    """The ids of the hypotheses, in the order in which they were first opened in the log."""
    return tuple(dict.fromkeys(str(e.payload["hypothesis"]) for e in events if e.kind == "hypothesis_opened" and "hypothesis" in e.payload))


def _timeline(draft: _Draft) -> tuple[Entry, ...]:
    lines = [(e.at, position, e) for position, e in draft.entries.values() if e is not None]
    for name, time in draft.times.items():
        position, source = draft.time_sources[name]
        lines.append((time.at, position, Entry(time.at, "milestone", source, f"{TIME_WORDS[name]} ({time.source})")))
    for key, h in draft.hypotheses.items():
        position, source, closer = draft.hypothesis_sources[key]
        lines.append((h.opened, position, Entry(h.opened, "hypothesis", source, f"Hypothesis opened: {h.statement} ({h.layer})")))
        if h.closed is not None:
            word = "confirmed" if h.state == "confirmed" else "ruled out"
            lines.append((h.closed, position, Entry(h.closed, "hypothesis", closer, f"Hypothesis {word}: {h.statement} ({h.layer})")))
    lines.sort(key=lambda line: line[:2])
    return tuple(line[2] for line in lines)


def _opened(draft: _Draft, position: int, event: LogEvent) -> None:
    draft.title, draft.severity = _text(event, "title"), _text(event, "severity")


def _time(draft: _Draft, position: int, event: LogEvent) -> None:
    name: TimeName = _word(event, "name", get_args(TimeName))
    basis: TimeSource = _word(event, "basis", get_args(TimeSource))
    before = draft.times.get(name)
    if before is not None and (before.at, before.source) != (event.at, basis):
        text = f"{TIME_WORDS[name]} corrected: was {_utc(before.at)} ({before.source}), is {_utc(event.at)} ({basis})"
        draft.entries[f"corrected {position}"] = (position, Entry(event.recorded_at, "note", event.source, text))
    draft.times[name] = IncidentTime(event.at, basis)
    draft.time_sources[name] = (position, event.source)
    reached: Status = "mitigated" if name == "mitigated" else "resolved" if name == "resolved" else "open"
    if before is None and STATUS_ORDER.index(reached) > STATUS_ORDER.index(draft.status):
        draft.status = reached


def _entry(draft: _Draft, position: int, event: LogEvent) -> None:
    key = str(event.payload.get("id") or f"entry {position}")
    kind: EntryKind = _word(event, "kind", get_args(EntryKind))
    text = event.payload.get("text")
    until = event.payload.get("until")
    line = None if text is None else Entry(event.at, kind, event.source, str(text), None if until is None else _at(until))
    draft.entries[key] = (draft.entries.get(key, (position, None))[0], line)


def _hypothesis_opened(draft: _Draft, position: int, event: LogEvent) -> None:
    key = _text(event, "hypothesis")
    layer: Layer = _word(event, "layer", LAYERS)
    statement = _text(event, "statement")
    evidence = _evidence(event)
    before = draft.hypotheses.get(key)
    if before is None:
        draft.hypotheses[key] = BoardHypothesis(statement, layer, "open", event.at, None, evidence)
        draft.hypothesis_sources[key] = (position, event.source, event.source)
    else:
        draft.hypotheses[key] = replace(
            before, statement=statement, layer=layer, opened=event.at, evidence=_merged(before.evidence, evidence)
        )


def _hypothesis_evidence(draft: _Draft, position: int, event: LogEvent) -> None:
    key, before = _known(draft, event)
    state: HypothesisState = before.state
    if event.payload.get("state") is not None:
        state = _word(event, "state", ("open", "supported"))
    closed = None if event.payload.get("state") is not None else before.closed
    draft.hypotheses[key] = replace(before, state=state, closed=closed, evidence=_merged(before.evidence, _evidence(event)))


def _hypothesis_closed(draft: _Draft, position: int, event: LogEvent) -> None:
    key, before = _known(draft, event)
    state: HypothesisState = _word(event, "state", CLOSED_STATES)
    draft.hypotheses[key] = replace(before, state=state, closed=event.at, evidence=_merged(before.evidence, _evidence(event)))
    opened_at, source, _ = draft.hypothesis_sources[key]
    draft.hypothesis_sources[key] = (opened_at, source, event.source)


def _action_item(draft: _Draft, position: int, event: LogEvent) -> None:
    p = event.payload
    kind: ActionKind = _word(event, "kind", get_args(ActionKind))
    due = p.get("due")
    try:
        day = None if due is None else date.fromisoformat(str(due))
    except ValueError as error:
        raise _UnreadableError(f"due date {due!r} is not a date") from error
    draft.items[_text(event, "id")] = ActionItem(
        _text(event, "text"), kind, p.get("owner"), day, p.get("ticket"), "done" if p.get("state") == "done" else "open"
    )


def _impact(draft: _Draft, position: int, event: LogEvent) -> None:
    p, old = event.payload, draft.impact
    draft.impact = Impact(
        requests_failed=p.get("requests_failed", old.requests_failed),
        share_of_requests=p.get("share_of_requests", old.share_of_requests),
        clients=p.get("clients", old.clients),
        cost=p.get("cost", old.cost),
    )


def _status(draft: _Draft, position: int, event: LogEvent) -> None:
    draft.status = _word(event, "status", get_args(Status))


READERS: dict[str, Callable[[_Draft, int, LogEvent], None]] = {
    "opened": _opened,
    "time": _time,
    "entry": _entry,
    "hypothesis_opened": _hypothesis_opened,
    "hypothesis_evidence": _hypothesis_evidence,
    "hypothesis_closed": _hypothesis_closed,
    "action_item": _action_item,
    "impact": _impact,
    "status": _status,
}


def _known(draft: _Draft, event: LogEvent) -> tuple[str, BoardHypothesis]:
    key = _text(event, "hypothesis")
    if key not in draft.hypotheses:
        raise _UnreadableError(f"hypothesis {key!r} was never opened in this log")
    return key, draft.hypotheses[key]


def _evidence(event: LogEvent) -> tuple[Evidence, ...]:
    try:
        return tuple(
            Evidence(str(e["observable"]), e.get("expected"), e.get("observed"), float(e.get("bits", 0.0)), str(e.get("source", "")))
            for e in event.payload.get("evidence") or ()
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _UnreadableError("its evidence has another shape") from error


def _merged(old: tuple[Evidence, ...], new: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """A new figure for the same observable replaces the old one in place."""
    board = {(e.observable, e.source): e for e in old} | {(e.observable, e.source): e for e in new}
    return tuple(board.values())


def _text(event: LogEvent, key: str) -> str:
    value = event.payload.get(key)
    if not isinstance(value, str):
        raise _UnreadableError(f"{event.kind} has no text {key!r}")
    return value


def _word(event: LogEvent, key: str, allowed: tuple[str, ...]) -> Any:
    value = event.payload.get(key)
    if value not in allowed:
        raise _UnreadableError(f"{event.kind} has {key} {value!r}, known are {', '.join(allowed)}")
    return value


def _at(text: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise _UnreadableError(f"{text!r} is not an instant") from error
    if at.tzinfo is None:
        raise _UnreadableError(f"{text!r} has no offset")
    return at


def _utc(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")
