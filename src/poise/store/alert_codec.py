"""Alerts and groups as the JSON in the store. Keys that a newer poise adds are left out, those that it lacks have their defaults.

Written by hand: a flood of alerts is written within the second that it comes in, and a general converter takes ten times as long.
"""

import json
from datetime import datetime
from typing import Any

from poise.alerting.dedup import Told
from poise.alerting.group import Group
from poise.alerting.held import Held
from poise.alerting.identity import Identity
from poise.alerting.notification import GroupKey, Notification
from poise.model.alert import Alert, Verdict

# What can be wrong with a row: it is left out with a word, and the rest counts.
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)


def key_text(key: GroupKey) -> str:
    """A group's key as text."""
    return json.dumps([list(pair) for pair in key])


def key_of_text(text: str) -> GroupKey:
    """And back."""
    return tuple((str(name), str(value)) for name, value in json.loads(text))


def held_text(held: Held) -> str:
    """One alert."""
    return json.dumps(_held(held))


def held_of_text(text: str) -> Held:
    """And back. Raises one of UNREADABLE."""
    return _held_of(json.loads(text))


def group_text(group: Group) -> str:
    """A group without its members: they are those alerts that fire."""
    return json.dumps(
        {
            "resolved": [_held(held) for held in group.resolved.values()],
            "resolved_more": group.resolved_more,
            "beyond": group.beyond,
            "due": _time(group.due),
            "told": _told(group.told),
            "pending": None if group.pending is None else _notification(group.pending),
            "carries": _told(group.carries),
            "carries_resolved": sorted(group.carries_resolved),
        }
    )


def group_of_text(receiver: str, key: GroupKey, text: str) -> Group:
    """And back. Raises one of UNREADABLE."""
    data = json.loads(text)
    resolved = [_held_of(each) for each in data["resolved"]]
    return Group(
        receiver,
        key,
        resolved={held.identity: held for held in resolved},
        resolved_more=int(data["resolved_more"]),
        beyond=int(data.get("beyond", 0)),
        due=_time_of(data["due"]),
        told=_told_of(data["told"]),
        pending=None if data["pending"] is None else _notification_of(data["pending"], receiver, key),
        carries=_told_of(data["carries"]),
        carries_resolved=frozenset(Identity(*each) for each in data["carries_resolved"]),
    )


def _held(held: Held) -> dict[str, Any]:
    alert, verdict = held.alert, held.alert.verdict
    return {
        "identity": held.identity,
        "pool": held.pool,
        "command": held.command,
        "phase": alert.phase,
        "since": alert.since.isoformat(),
        "fired": _time(alert.fired),
        "ended": _time(alert.ended),
        "last_seen": _time(alert.last_seen),
        "cleared": alert.cleared,
        "state": verdict.state,
        "severity": verdict.severity,
        "page": verdict.page,
        "summary": verdict.summary,
        "reason": verdict.reason,
        "faults": verdict.faults,
        "figures": dict(verdict.figures),
    }


def _held_of(data: Any) -> Held:
    identity = Identity(*map(str, data["identity"]))
    verdict = Verdict(
        identity.detector,
        identity.component,
        data["state"],
        data["severity"],
        bool(data["page"]),
        str(data["summary"]),
        str(data["reason"]),
        tuple(map(str, data["faults"])),
        {str(name): float(value) for name, value in data["figures"].items()},
    )
    fired, ended, last_seen = (_time_of(data[name]) for name in ("fired", "ended", "last_seen"))
    since, cleared = datetime.fromisoformat(data["since"]), str(data.get("cleared", ""))
    alert = Alert(verdict.key, data["phase"], verdict, since, fired, ended, last_seen, cleared)
    return Held(identity, alert, str(data["pool"]), str(data["command"]))


def _notification(said: Notification) -> dict[str, Any]:
    return {
        "id": said.id,
        "reason": said.reason,
        "at": said.at.isoformat(),
        "firing": [_held(held) for held in said.firing],
        "resolved": [_held(held) for held in said.resolved],
        "more": [said.more_firing, said.more_resolved],
        "in_hand": dict(said.in_hand or {}),
        "delayed_since": _time(said.delayed_since),
    }


def _notification_of(data: Any, receiver: str, key: GroupKey) -> Notification:
    firing, resolved = (tuple(_held_of(each) for each in data[name]) for name in ("firing", "resolved"))
    at, delayed = datetime.fromisoformat(data["at"]), _time_of(data["delayed_since"])
    more = [int(count) for count in data["more"]]
    return Notification(str(data["id"]), receiver, key, data["reason"], at, firing, resolved, more[0], more[1], data["in_hand"], delayed)


def _told(told: Told | None) -> Any:
    if told is None:
        return None
    return {"at": told.at.isoformat(), "beyond": told.beyond, "firing": [[*identity, *level] for identity, level in told.firing.items()]}


def _told_of(data: Any) -> Told | None:
    if data is None:
        return None
    firing = {Identity(a, b, c): (bool(page), int(rank)) for a, b, c, page, rank in data["firing"]}
    return Told(datetime.fromisoformat(data["at"]), firing, int(data.get("beyond", 0)))


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _time_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
