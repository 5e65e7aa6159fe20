"""What people do in an incident: each is an event that is on stable storage before its number is given."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from poise.app.incident import IncidentError, existing, known, resolve, some
from poise.incidents import log_event, log_response
from poise.incidents.lifecycle import fold, hypothesis_ids
from poise.incidents.log_event import LogEvent
from poise.model.evidence import Evidence
from poise.model.fault import Layer
from poise.model.incident import ActionItem, ActionKind, ActionState, EntryKind, Impact, Incident, PostmortemStatus, Status
from poise.model.response import Task, TaskState


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something in which incident, when it happened and when it is written down. `event_id` makes it safe to repeat: an act of
    the same id is kept once."""

    store: Path
    incident: str
    at: datetime
    now: datetime
    who: str
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """The act is on stable storage, as this event."""

    incident: str
    event: int


Making = Callable[[Incident, Sequence[LogEvent]], Sequence[LogEvent]]


def say(act: Act, kind: EntryKind, words: str) -> Kept:
    """A line of the timeline."""
    return _keep(act, lambda _, __: (log_event.entry(kind, act.at, act.now, act.who, some(words, "what is said")),))


def evidence(act: Act, hypothesis: str, figures: Sequence[Evidence]) -> Kept:
    """Evidence for or against a hypothesis that is on the board."""

    def made(incident: Incident, events: Sequence[LogEvent]) -> Sequence[LogEvent]:
        return (log_event.hypothesis_evidence(_on_board(hypothesis, incident, events), figures, act.at, act.now, act.who),)

    return _keep(act, made)


def conclude(act: Act, hypothesis: str, state: Literal["ruled_out", "confirmed"], figures: Sequence[Evidence]) -> Kept:
    """Rules out or confirms a hypothesis that is on the board, by these figures."""

    def made(incident: Incident, events: Sequence[LogEvent]) -> Sequence[LogEvent]:
        return (log_event.hypothesis_closed(_on_board(hypothesis, incident, events), state, act.at, act.now, act.who, figures),)

    return _keep(act, made)


def link(act: Act, url: str, words: str, hypothesis: str | None = None) -> Kept:
    """Evidence that lies elsewhere."""

    def made(incident: Incident, events: Sequence[LogEvent]) -> Sequence[LogEvent]:
        key = None if hypothesis is None else _on_board(hypothesis, incident, events)
        return (log_response.link(some(url, "the address"), words, act.at, act.now, act.who, key),)

    return _keep(act, made)


def attach(act: Act, name: str, media_type: str, content: bytes) -> Kept:
    """Keeps a file with the incident."""
    with existing(act.store) as log:
        found = resolve(log, act.incident)
        event = log_response.attachment(name, media_type, len(content), log.attach(content), act.at, act.now, act.who)
        return Kept(found, log.append(found, replace(event, id=act.event_id)))


def attached(store: Path, incident_id: str, name: str) -> bytes:
    """The content of the newest file of that name. Raises IncidentError."""
    with existing(store) as log:
        incident = fold(log.events(found := resolve(log, incident_id)), found)
        for each in reversed(incident.attachments):
            if each.name == name:
                return log.attached(each.sha256)
    names = ", ".join(dict.fromkeys(a.name for a in incident.attachments)) or "none"
    raise IncidentError(f"no file {name!r} is kept with {found}; kept are: {names}")


def task(act: Act, words: str, owner: str | None, due: datetime | None, state: TaskState | None) -> Kept:
    """Opens a task, or changes one that is named by its number in `show`, its text, or its id; what is None stays."""

    def made(incident: Incident, _: Sequence[LogEvent]) -> Sequence[LogEvent]:
        new = Task(_new_id(act, "t"), some(words, "the task"), None, None, "open", act.at)
        old = _named(words, [(t.id, t.text) for t in incident.tasks], "task")
        t = new if old is None else incident.tasks[old]
        return (log_response.task(t.id, t.text, act.at, act.now, act.who, owner or t.owner, due or t.due, state or t.state),)

    return _keep(act, made)


@dataclass(frozen=True, slots=True)
class ActionChange:
    """What is said of an action item; None leaves it."""

    kind: ActionKind | None = None
    owner: str | None = None
    due: date | None = None
    ticket: str | None = None
    verification: str | None = None
    state: ActionState | None = None


def action(act: Act, words: str, change: ActionChange) -> Kept:
    """Notes an action item, or changes one that is named by its number in `show`, its text, or its id."""

    def made(incident: Incident, _: Sequence[LogEvent]) -> Sequence[LogEvent]:
        old = _named(words, [(a.id, a.text) for a in incident.action_items], "action item")
        if old is None and change.kind is None:
            raise IncidentError("a new action item needs its kind: --kind with one of prevent, detect, mitigate, process, document")
        a = ActionItem(some(words, "the action item"), change.kind or "prevent", id=_new_id(act, "a"))
        a = a if old is None else incident.action_items[old]
        return (
            log_event.action_item(
                a.id,
                a.text,
                change.kind or a.kind,
                act.at,
                act.now,
                act.who,
                change.owner or a.owner,
                change.due or a.due,
                change.ticket or a.ticket,
                change.state or a.state,
                change.verification or a.verification,
            ),
        )

    return _keep(act, made)


def team(act: Act, name: str, released: bool, layer: Layer | None) -> Kept:
    """A team was engaged, or released."""

    def made(incident: Incident, _: Sequence[LogEvent]) -> Sequence[LogEvent]:
        engaged = [t.name for t in incident.teams if t.released is None]
        if released and name not in engaged:
            raise IncidentError(f"{name!r} is not engaged, so that it cannot be released; engaged are: {', '.join(engaged) or 'none'}")
        return (log_response.team(some(name, "the team"), "released" if released else "engaged", act.at, act.now, act.who, layer),)

    return _keep(act, made)


def role(act: Act, name: str, holder: str | None) -> Kept:
    """A role has another holder, or none."""
    return _keep(act, lambda _, __: (log_response.role(some(name, "the role"), holder, act.at, act.now, act.who),))


def impact(act: Act, measured: Impact) -> Kept:
    """What clients lost; what is None stays."""
    if measured == Impact():
        raise IncidentError(
            "no figure of the impact was named: --requests-failed, --share-of-requests, --clients, --share-of-clients, --cost"
        )
    return _keep(act, lambda _, __: (log_event.impact(measured, act.at, act.now, act.who),))


def status(act: Act, new: Status) -> Kept:
    """The incident's status, as somebody declares it."""
    said = log_event.entry("milestone", act.at, act.now, act.who, f"Incident declared {new}")
    return _keep(act, lambda _, __: (log_event.status(new, act.at, act.now, act.who), said))


def postmortem(act: Act, new: PostmortemStatus) -> Kept:
    """How far the postmortem is."""
    return _keep(act, lambda _, __: (log_response.postmortem(new, act.at, act.now, act.who),))


def _keep(act: Act, making: Making) -> Kept:
    with existing(act.store) as log:
        found = resolve(log, act.incident)
        events = log.events(found)
        if act.event_id:
            # Repeated, it is the act on the incident as it was then: kept already, or another one under the same id, which is refused.
            events = events[: next((place for place, e in enumerate(events) if e.id == act.event_id), None)]
        new = making(fold(events, found), events)
        if act.event_id:
            # One act may be several events.
            new = [replace(e, id=act.event_id if place == 0 else f"{act.event_id} {place + 1}") for place, e in enumerate(new)]
        return Kept(found, log.append_all(found, new)[-1])


def _on_board(words: str, incident: Incident, events: Sequence[LogEvent]) -> str:
    """The hypothesis that is meant: by number, statement or id, by the beginning of its statement, or by a layer that one alone blames."""
    key = known(words, incident, hypothesis_ids(events), events)
    if key is not None:
        return key
    meant = [h.id for h in incident.hypotheses if words and (h.statement.casefold().startswith(words.casefold()) or h.layer == words)]
    if len(meant) == 1:
        return meant[0]
    board = "; ".join(f"{number} {h.statement}" for number, h in enumerate(incident.hypotheses, 1)) or "it is empty"
    what = "means several hypotheses" if meant else "is no hypothesis"
    raise IncidentError(f"{words!r} {what} on the board of {incident.id}: {board}. Open one with `poise incident hypothesis`")


def _named(words: str, rows: Sequence[tuple[str, str]], noun: str) -> int | None:
    """The place of the one that is meant: by number, id or text; None for a new one."""
    if words.isdecimal():
        number = int(words)
        if 0 < number <= len(rows):
            return number - 1
        raise IncidentError(f"there is no {noun} {number}: there are {len(rows)}; `poise incident show` numbers them")
    return next((place for place, row in enumerate(rows) if words in row), None)


def _new_id(act: Act, letter: str) -> str:
    # Repeated with the same event id it is the same event, and so has the same id.
    return act.event_id or f"{letter}{secrets.token_hex(3)}"
