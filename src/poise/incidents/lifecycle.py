"""Folds an incident's log into the incident: the same events give the same incident, whoever reads them and whenever."""

from collections.abc import Sequence

from poise.incidents import read_board, read_course, read_response
from poise.incidents.draft import Draft, UnreadableError
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
from poise.incidents.read_board import CLOSED_STATES
from poise.incidents.read_course import STATUS_ORDER, TIME_WORDS
from poise.model.incident import Entry, Incident

__all__ = [
    "CLOSED_STATES",
    "STATUS_ORDER",
    "TIME_WORDS",
    "LogEvent",
    "State",
    "action_item",
    "alert_entry",
    "begin",
    "entry",
    "fold",
    "hypothesis_closed",
    "hypothesis_evidence",
    "hypothesis_ids",
    "hypothesis_opened",
    "impact",
    "incident_of",
    "observed_time",
    "opened",
    "status",
    "step",
]

READERS = read_course.READERS | read_board.READERS | read_response.READERS
# What `step` hands on. Whoever folds looks at it through `incident_of`.
State = Draft


def begin() -> State:
    """The state before the first event."""
    return State()


def step(state: State, event: LogEvent) -> State:
    """The state after the event; the one that is given stays as it is. For who follows a log that grows: `fold` reads a whole one faster.

    Never raises on what another version wrote: an unknown kind or an unreadable payload becomes a note on the timeline, its text kept.
    """
    state = state.copy()
    _read(state, event)
    return state


def fold(events: Sequence[LogEvent], incident_id: str = "") -> Incident:
    """The incident that these events tell, in the order of the log: where two speak of the same thing the later one wins.

    The same as `step` for each of them and then `incident_of`.
    """
    state = begin()
    for event in events:
        _read(state, event)
    return incident_of(state, incident_id)


def incident_of(state: State, incident_id: str = "") -> Incident:
    """The incident as it is then."""
    return Incident(
        id=incident_id,
        title=state.title,
        severity=state.severity,
        status=state.status,
        times={name: state.times[name] for name in TIME_WORDS if name in state.times},
        impact=state.impact,
        timeline=_timeline(state),
        hypotheses=tuple(sorted(state.hypotheses.values(), key=lambda h: h.opened)),
        action_items=tuple(state.items.values()),
        origin=state.origin,
        opened=state.opened,
        opened_by=state.opened_by,
        about=tuple(state.about),
        time_changes=tuple(state.time_changes),
        roles=tuple(state.roles),
        teams=tuple(state.teams),
        tasks=tuple(state.tasks.values()),
        attachments=tuple(state.attachments),
        links=tuple(state.links),
        postmortem=state.postmortem,
        events=state.position,
    )


def hypothesis_ids(events: Sequence[LogEvent]) -> tuple[str, ...]:
    """The ids of the hypotheses, in the order in which they were first opened in the log."""
    return tuple(dict.fromkeys(str(e.payload["hypothesis"]) for e in events if e.kind == "hypothesis_opened" and "hypothesis" in e.payload))


def _read(state: State, event: LogEvent) -> None:
    reader = READERS.get(event.kind)
    try:
        if reader is None:
            raise UnreadableError(f"this version of poise does not know events of kind {event.kind!r}")
        reader(state, event)
    except UnreadableError as error:
        said = f"Kept unread: {error}; it says {dict(event.payload)!r}"
        state.line(f"unread {state.position}", Entry(event.at, "note", event.source, said, event=event.seq))
    state.position += 1


def _timeline(state: State) -> tuple[Entry, ...]:
    lines = [(e.at, position, e) for position, e in state.entries.values() if e is not None]
    for name, time in state.times.items():
        said = f"{TIME_WORDS[name]} ({time.source})"
        lines.append((time.at, state.time_positions[name], Entry(time.at, "milestone", time.by, said, event=time.event)))
    for key, h in state.hypotheses.items():
        position, first = state.hypothesis_positions[key], h.moves[0]
        said = f"Hypothesis opened: {h.statement} ({h.layer})"
        lines.append((h.opened, position, Entry(h.opened, "hypothesis", first.by, said, event=first.event)))
        if h.closed is not None:
            last = next(m for m in reversed(h.moves) if m.state in CLOSED_STATES)
            said = f"Hypothesis {'confirmed' if h.state == 'confirmed' else 'ruled out'}: {h.statement} ({h.layer})"
            lines.append((h.closed, position, Entry(h.closed, "hypothesis", last.by, said, event=last.event)))
    lines.sort(key=lambda line: line[:2])
    return tuple(e for _, _, e in lines)
