"""A group: the alerts of one receiver that share a message, what it was told of them, and when it may speak again. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from poise.alerting.dedup import Told
from poise.alerting.held import Held
from poise.alerting.identity import Identity
from poise.alerting.notification import GroupKey, Notification
from poise.model.receiver import Receiver

# More groups than this at once is one fault seen in a hundred places, and nobody reads more messages: what comes then shares one group.
MOST_GROUPS = 100
# Alertmanager makes groups of its own.
MOST_GROUPS_OF_A_PROGRAM = 1000
OVERFLOW: GroupKey = (("group", "all that came when there were many groups"),)
# Detectors need their windows again after a restart, and the slowest waits two minutes.
RECOUNT = timedelta(minutes=3)
# The ends of alerts that wait to be told; the rest is counted.
MOST_RESOLVED = 5000


@dataclass(frozen=True, slots=True)
class Group:
    """`members` fire now; `resolved` ended since the receiver was last told. `pending` is decided and not delivered yet; once it is, `told`
    becomes `carries`. `beyond` counts alerts that are too many to hold one by one; of these `unseen` were counted before a restart, after
    which they fire anew, until `recounted`."""

    receiver: str
    key: GroupKey
    members: frozenset[Identity] = frozenset()
    resolved: Mapping[Identity, Held] = field(default_factory=dict)
    resolved_more: int = 0
    beyond: int = 0
    unseen: int = 0
    recounted: datetime | None = None
    due: datetime | None = None
    told: Told | None = None
    pending: Notification | None = None
    carries: Told | None = None
    carries_resolved: frozenset[Identity] = frozenset()

    def kept_as(self, other: "Group | None") -> bool:
        """Is all that outlives a restart the same? The members are the alerts that fire, and are kept as such."""
        return (
            other is not None
            and self.beyond == other.beyond
            and all(
                mine is theirs
                for mine, theirs in (
                    (self.told, other.told),
                    (self.pending, other.pending),
                    (self.carries, other.carries),
                    (self.resolved, other.resolved),
                    (self.due, other.due),
                )
            )
        )

    @property
    def over(self) -> bool:
        """Is there nothing left of it?"""
        return not (self.members or self.resolved or self.resolved_more or self.beyond or self.pending)

    def was_told(self, identity: Identity) -> bool:
        """Did a message about this alert get through?"""
        return self.told is not None and identity in self.told.firing

    def heard_of(self, identity: Identity) -> bool:
        """Was the receiver told that this alert fires, or is it about to be?"""
        return self.was_told(identity) or (self.carries is not None and identity in self.carries.firing)


def key_of(receiver: Receiver, held: Held) -> GroupKey:
    """The group that this alert belongs to, by the labels that the receiver groups by."""
    labels = held.labels
    return tuple((name, labels[name]) for name in receiver.group_by)


def speak_at(group: Group, receiver: Receiver, page: bool, now: datetime) -> datetime:
    """When news of this group is to be told. Its first page goes at once, even right after a message that was no page: whoever sleeps hears
    of trouble from that one alone. Further pages of the group wait for `group_interval`: that person is awake."""
    told = group.told
    if page and not (told is not None and any(level[0] for level in told.firing.values())):
        return now
    timing = receiver.timing
    at = now + timing.group_wait if told is None else max(now, told.at + timing.group_interval)
    return at if group.due is None else min(group.due, at)


def delivered(group: Group, receiver: Receiver, now: datetime) -> Group:
    """The pending message got through: it is what the receiver knows now."""
    left = {identity: held for identity, held in group.resolved.items() if identity not in group.carries_resolved}
    at = now + receiver.timing.group_interval
    due = at if group.due is None else min(group.due, at)
    told = None if group.carries is None else Told(now, group.carries.firing, group.carries.beyond)
    return replace(group, told=told, resolved=left, resolved_more=0, due=due, pending=None, carries=None, carries_resolved=frozenset())


def counted(group: Group, more: int, fewer: int) -> Group:
    """So many alerts came that are not held one by one, and so many that were counted ended, or are held now."""
    again = min(more, group.unseen)
    beyond = max(0, group.beyond + more - again - fewer)
    return replace(group, beyond=beyond, unseen=min(group.unseen - again, beyond))


def recount(group: Group, now: datetime) -> Group:
    """After a restart: who was counted is not known by name, so the count holds until all had time to fire anew."""
    return replace(group, unseen=group.beyond, recounted=now + RECOUNT) if group.beyond else group


def seen_again(group: Group, now: datetime) -> Group:
    """What has not fired anew until now is over."""
    if not group.unseen or group.recounted is None or now < group.recounted:
        return group
    return replace(group, beyond=group.beyond - group.unseen, unseen=0)
