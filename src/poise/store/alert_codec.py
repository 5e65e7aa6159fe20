"""Alerts and groups as the JSON in the store. Keys that a newer poise adds are left out, those that it lacks have their defaults."""

import json
from datetime import datetime
from typing import Any

import cattrs

from poise.alerting.dedup import Told
from poise.alerting.group import Group
from poise.alerting.held import Held
from poise.alerting.identity import Identity
from poise.alerting.notification import GroupKey, Notification

_CONVERTER = cattrs.Converter()
_CONVERTER.register_unstructure_hook(datetime, lambda at: at.isoformat())
_CONVERTER.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))
# What can be wrong with a row: it is left out with a word, and the rest counts.
UNREADABLE = (ValueError, TypeError, KeyError, cattrs.errors.BaseValidationError)


def key_text(key: GroupKey) -> str:
    """A group's key as text."""
    return json.dumps([list(pair) for pair in key])


def key_of_text(text: str) -> GroupKey:
    """And back."""
    return tuple((str(name), str(value)) for name, value in json.loads(text))


def held_text(held: Held) -> str:
    """One alert."""
    return json.dumps(_CONVERTER.unstructure(held))


def held_of_text(text: str) -> Held:
    """And back. Raises one of UNREADABLE."""
    return _CONVERTER.structure(json.loads(text), Held)


def group_text(group: Group) -> str:
    """A group without its members: they are those alerts that fire."""
    return json.dumps(
        {
            "resolved": [_CONVERTER.unstructure(held) for held in group.resolved.values()],
            "resolved_more": group.resolved_more,
            "due": None if group.due is None else group.due.isoformat(),
            "told": _told(group.told),
            "pending": None if group.pending is None else _CONVERTER.unstructure(group.pending),
            "carries": _told(group.carries),
            "carries_resolved": sorted(group.carries_resolved),
        }
    )


def group_of_text(receiver: str, key: GroupKey, text: str) -> Group:
    """And back. Raises one of UNREADABLE."""
    data = json.loads(text)
    resolved = [_CONVERTER.structure(each, Held) for each in data["resolved"]]
    return Group(
        receiver,
        key,
        resolved={held.identity: held for held in resolved},
        resolved_more=int(data["resolved_more"]),
        due=None if data["due"] is None else datetime.fromisoformat(data["due"]),
        told=_told_of(data["told"]),
        pending=None if data["pending"] is None else _CONVERTER.structure(data["pending"], Notification),
        carries=_told_of(data["carries"]),
        carries_resolved=frozenset(Identity(*each) for each in data["carries_resolved"]),
    )


def _told(told: Told | None) -> Any:
    if told is None:
        return None
    return {"at": told.at.isoformat(), "firing": [[*identity, *level] for identity, level in told.firing.items()]}


def _told_of(data: Any) -> Told | None:
    if data is None:
        return None
    firing = {Identity(a, b, c): (bool(page), int(rank)) for a, b, c, page, rank in data["firing"]}
    return Told(datetime.fromisoformat(data["at"]), firing)
