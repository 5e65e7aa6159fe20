"""How the fold reads what people do: roles, teams, tasks, action items, and what they keep as evidence."""

from dataclasses import replace
from typing import get_args

from poise.incidents.draft import Draft, Reader, UnreadableError, day, instant, text, text_or_none, word
from poise.incidents.log_event import LogEvent
from poise.model.fault import LAYERS, Layer
from poise.model.incident import ActionItem, ActionKind, ActionState, Entry
from poise.model.response import Attachment, Link, Role, Task, TaskState, Team

TEAM_STATES = ("engaged", "released")


def _role(draft: Draft, event: LogEvent) -> None:
    name, who = text(event, "role"), text_or_none(event, "who")
    draft.roles = [replace(r, until=event.at) if r.name == name and r.until is None else r for r in draft.roles]
    if who is not None:
        draft.roles.append(Role(name, who, event.at, event=event.seq))
    _told(draft, event, "team", f"{name}: {'given back' if who is None else who}")


def _team(draft: Draft, event: LogEvent) -> None:
    name, state = text(event, "team"), word(event, "state", TEAM_STATES)
    layer: Layer | None = None if event.payload.get("layer") is None else word(event, "layer", LAYERS)
    place = next((i for i, t in enumerate(draft.teams) if t.name == name and t.released is None), None)
    if state == "released":
        if place is None:
            raise UnreadableError(f"team {name!r} is not engaged in this log")
        draft.teams[place] = replace(draft.teams[place], released=event.at, event=event.seq)
        _told(draft, event, "team", f"{name} released")
        return
    if place is None:
        draft.teams.append(Team(name, event.at, None, layer, event.seq))
        draft.line(f"team {name} {len(draft.teams)}", Entry(event.at, "team", event.source, f"{name} engaged", event=event.seq))
        return
    before = draft.teams[place]
    draft.teams[place] = replace(before, engaged=event.at, layer=layer or before.layer, event=event.seq)
    draft.line(f"team {name} {place + 1}", Entry(event.at, "team", event.source, f"{name} engaged", event=event.seq))


def _task(draft: Draft, event: LogEvent) -> None:
    key, said = text(event, "id"), text(event, "text")
    state: TaskState = word(event, "state", get_args(TaskState))
    before = draft.tasks.get(key)
    opened = event.at if before is None else before.opened
    closed = None if state == "open" else event.at if before is None or before.state != state else before.closed
    due = instant(event.payload.get("due"))
    draft.tasks[key] = Task(key, said, text_or_none(event, "owner"), due, state, opened, closed, event.seq)


def _action_item(draft: Draft, event: LogEvent) -> None:
    p, key, said = event.payload, text(event, "id"), text(event, "text")
    kind: ActionKind = word(event, "kind", get_args(ActionKind))
    # An older poise wrote no state, or any word that meant open.
    state: ActionState = next((s for s in get_args(ActionState) if s == p.get("state")), "open")
    before = draft.items.get(key)
    opened = event.at if before is None else before.opened
    closed = None if state == "open" else event.at if before is None or before.state != state else before.closed
    owner, ticket, verification = (text_or_none(event, name) for name in ("owner", "ticket", "verification"))
    draft.items[key] = ActionItem(said, kind, owner, day(p.get("due")), ticket, state, verification, key, opened, closed, event.seq)


def _attachment(draft: Draft, event: LogEvent) -> None:
    size = event.payload.get("size_bytes")
    if not isinstance(size, int) or size < 0:
        raise UnreadableError(f"attachment has size_bytes {size!r}")
    name, media_type, digest = text(event, "name"), text(event, "media_type"), text(event, "sha256")
    draft.attachments.append(Attachment(name, media_type, size, digest, event.at, event.source, event.seq))
    _told(draft, event, "note", f"Attached: {name} ({size:,} bytes)")


def _link(draft: Draft, event: LogEvent) -> None:
    url, said = text(event, "url"), text(event, "text")
    draft.links.append(Link(url, said, event.at, event.source, text_or_none(event, "hypothesis"), event.seq))
    _told(draft, event, "note", f"Evidence: {said} {url}" if said else f"Evidence: {url}")


def _told(draft: Draft, event: LogEvent, kind: str, said: str) -> None:
    draft.line(f"{event.kind} {draft.position}", Entry(event.at, "team" if kind == "team" else "note", event.source, said, event=event.seq))


READERS: dict[str, Reader] = {
    "role": _role,
    "team": _team,
    "task": _task,
    "action_item": _action_item,
    "attachment": _attachment,
    "link": _link,
}
