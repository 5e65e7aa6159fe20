"""What a person did about alerts: a line of a log that nothing changes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from poise.alerting.acknowledgement import Acknowledgement
from poise.alerting.held import Held
from poise.alerting.pipeline import Unsilenced
from poise.alerting.silence import Silence
from poise.model.matcher import parse_matcher


@dataclass(frozen=True, slots=True)
class Act:
    """`kind` is "silence", "unsilence" or "ack"; `payload` holds what it needs, as JSON values."""

    kind: str
    at: datetime
    who: str
    payload: Mapping[str, Any] = field(default_factory=dict)


def silenced(silence: Silence, at: datetime) -> Act:
    """Somebody silenced alerts."""
    payload = {
        "id": silence.id,
        "comment": silence.comment,
        "matchers": [str(matcher) for matcher in silence.matchers],
        "starts": silence.starts.isoformat(),
        "ends": silence.ends.isoformat(),
    }
    return Act("silence", at, silence.author, payload)


def unsilenced(silence_id: str, at: datetime, who: str) -> Act:
    """Somebody ended a silence before its time."""
    return Act("unsilence", at, who, {"id": silence_id})


def acknowledged(held: Held, at: datetime, who: str, note: str) -> Act:
    """Somebody took an alert in hand, as loud as it was then."""
    return Act("ack", at, who, {"alert": held.identity.id, "note": note, "level": list(held.level)})


def event_of(act: Act) -> Silence | Unsilenced | Acknowledgement | None:
    """What the pipeline makes of it; None for what a newer poise wrote, or nobody could have meant."""
    said = act.payload
    try:
        if act.kind == "silence":
            starts, ends = datetime.fromisoformat(said["starts"]), datetime.fromisoformat(said["ends"])
            return Silence(said["id"], act.who, said["comment"], tuple(map(parse_matcher, said["matchers"])), starts, ends)
        if act.kind == "unsilence":
            return Unsilenced(said["id"])
        if act.kind == "ack":
            page, rank = said["level"]
            return Acknowledgement(said["alert"], act.who, act.at, said["note"], (bool(page), int(rank)))
    except (KeyError, TypeError, ValueError):
        return None
    return None


def words_of(act: Act) -> str:
    """It in a line, for who reads along."""
    said = act.payload
    if act.kind == "silence":
        return f"{act.who} silenced {' and '.join(said['matchers'])} until {said['ends']}: {said['comment']}"
    if act.kind == "unsilence":
        return f"{act.who} ended the silence {said['id']}"
    return f"{act.who} has alert {said['alert']} in hand" + (f": {said['note']}" if said.get("note") else "")
