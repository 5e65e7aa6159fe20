"""One message to one receiver about one group of alerts, with the reason for it. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from poise.alerting.dedup import Reason
from poise.alerting.held import Held
from poise.alerting.identity import Identity, digest
from poise.model.receiver import Receiver

GroupKey = tuple[tuple[str, str], ...]
# What a person reads at night, what a program reads, and what a program needs because it takes what is not listed for resolved.
MOST_LISTED = {"apprise": 20, "email": 50, "webhook": 100, "alertmanager": 5000}


@dataclass(frozen=True, slots=True)
class Notification:
    """`firing` and `resolved` list the worst alerts, `more_…` count the rest. `id` is the same however often it is sent: a receiver that
    got it twice can tell. `delayed_since` is when an earlier one was decided that this one replaces because it never got through."""

    id: str
    receiver: str
    group: GroupKey
    reason: Reason
    at: datetime
    firing: tuple[Held, ...] = ()
    resolved: tuple[Held, ...] = ()
    more_firing: int = 0
    more_resolved: int = 0
    in_hand: Mapping[str, str] | None = None
    delayed_since: datetime | None = None

    @property
    def pages(self) -> bool:
        """Does it wake a person? The end of an alert never does."""
        return any(held.level[0] for held in self.firing)


def notification(
    receiver: Receiver,
    group: GroupKey,
    reason: Reason,
    now: datetime,
    firing: Collection[Held],
    resolved: Collection[Held],
    in_hand: Mapping[Identity, str],
    beyond: tuple[int, int] = (0, 0),
    delayed_since: datetime | None = None,
) -> Notification:
    """The worst first, as many as the receiver can use. `beyond` counts the firing and the resolved that are not held one by one."""
    most = MOST_LISTED[receiver.kind]
    listed, over = _worst(firing, most), _worst(resolved, most)
    known = {held.identity.id: in_hand[held.identity] for held in listed if held.identity in in_hand}
    return Notification(
        digest(receiver.name, str(group), now.isoformat(), reason)[:20],
        receiver.name,
        group,
        reason,
        now,
        listed,
        over,
        len(firing) - len(listed) + beyond[0],
        len(resolved) - len(over) + beyond[1],
        known,
        delayed_since,
    )


def _worst(held: Iterable[Held], most: int) -> tuple[Held, ...]:
    return tuple(sorted(held, key=lambda h: (not h.level[0], -h.level[1], h.alert.since, h.identity))[:most])
