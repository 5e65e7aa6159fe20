"""Is there anything to say that was not said before? Pure, as Alertmanager's own stage of that name is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from poise.alerting.identity import Identity
from poise.alerting.level import Level

Reason = Literal["first", "new alerts", "worse", "resolved", "some resolved", "late", "repeat", "test"]
Levels = Mapping[Identity, Level]


@dataclass(frozen=True, slots=True)
class Told:
    """What a receiver heard last of a group: which alerts fire, how loud, and when. `beyond` are those that were only counted."""

    at: datetime
    firing: Levels
    beyond: int = 0


def needs_notification(
    entry: Told | None,
    firing: Levels,
    resolved: Collection[Identity],
    repeat: timedelta,
    now: datetime,
    in_hand: Collection[Identity] = (),
    beyond: int = 0,
) -> Reason | None:
    """Why the group must speak now, None where it need not. `in_hand` are alerts that somebody acknowledged: they are no news and no
    reason to repeat. "late" is the end of what was never delivered."""
    told = entry.firing if entry is not None else {}
    if any(identity not in told and identity not in in_hand for identity in firing) or (entry is not None and beyond > entry.beyond):
        return "new alerts" if told else "first"
    if any(level > told[identity] for identity, level in firing.items() if identity in told and identity not in in_hand):
        return "worse"
    if resolved and not firing:
        return "resolved" if told else "late"
    if resolved:
        return "some resolved"
    loud = any(identity not in in_hand for identity in firing)
    return "repeat" if loud and entry is not None and now - entry.at >= repeat else None
