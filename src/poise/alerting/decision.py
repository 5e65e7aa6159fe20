"""What a group has to say now, and whether it says it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from poise.alerting.acknowledgement import Acknowledgement
from poise.alerting.dedup import Levels, Told, needs_notification
from poise.alerting.group import Group
from poise.alerting.held import Held
from poise.alerting.identity import Identity
from poise.alerting.inhibition import Sources, inhibited, sources
from poise.alerting.level import LOWEST
from poise.alerting.notification import GroupKey, Notification, notification
from poise.alerting.silence import Silence
from poise.model.receiver import Receiver

Place = tuple[str, GroupKey]


@dataclass(frozen=True, slots=True)
class Send:
    """This is to be sent; `replaces` is the id of one that is not to be sent any more."""

    place: Place
    notification: Notification
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """There is nothing left to say: it was silenced meanwhile, or somebody has it in hand."""

    place: Place
    notification_id: str


AlertingEffect = Send | Withdrawn


@dataclass(frozen=True, slots=True)
class Quiet:
    """All that keeps alerts from being told at this instant."""

    silences: Sequence[Silence]
    sources: Sources
    away: Mapping[str, frozenset[str]]
    acknowledged: Mapping[str, Acknowledgement]

    def why(self, held: Held, now: datetime) -> str | None:
        """Why this alert is not told, None where it is."""
        away = self.away.get(held.identity.load_balancer)
        if away is None:
            return "its load balancer was not looked at since the start, so nobody knows what is in maintenance"
        found = inhibited(held, self.sources, away)
        if found is None and self.silences:
            labels = held.labels
            silence = next((each for each in self.silences if each.covers(labels, now)), None)
            found = None if silence is None else f"silenced by {silence.author} until {silence.ends:%Y-%m-%d %H:%M} UTC: {silence.comment}"
        return found

    def in_hand(self, held: Held) -> str | None:
        """Who acknowledged it and what they noted, None where nobody has it in hand."""
        if not self.acknowledged:
            return None
        known = self.acknowledged.get(held.identity.id)
        return None if known is None or not known.holds(held) else known.who + (f": {known.note}" if known.note else "")


def quiet(
    silences: Iterable[Silence],
    held: Iterable[Held],
    away: Mapping[str, frozenset[str]],
    acknowledged: Mapping[str, Acknowledgement],
    now: datetime,
) -> Quiet:
    """As things stand now."""
    return Quiet([silence for silence in silences if silence.active(now)], sources(held), away, acknowledged)


@dataclass(frozen=True, slots=True)
class Content:
    """What fires and may be told, and which of it somebody has in hand."""

    firing: Mapping[Identity, Held]
    in_hand: Mapping[Identity, str]

    def loud_news(self, told: Told | None) -> bool | None:
        """Is something in it that the receiver has not heard of: True for a page, False for what pages nobody, None for nothing."""
        known: Levels = told.firing if told is not None else {}
        news = [held.level[0] for i, held in self.firing.items() if i not in self.in_hand and held.level > known.get(i, (False, -1))]
        return any(news) if news else None


def content(group: Group, receiver: Receiver, held: Mapping[Identity, Held], hushed: Quiet, now: datetime) -> Content:
    """The group's alerts without those that are silenced or inhibited."""
    firing = {i: held[i] for i in group.members if i in held and hushed.why(held[i], now) is None}
    in_hand: dict[Identity, str] = {}
    if receiver.is_person:
        in_hand = {i: who for i, each in firing.items() if (who := hushed.in_hand(each)) is not None}
    return Content(firing, in_hand)


def decided(group: Group, receiver: Receiver, found: Content, now: datetime) -> tuple[Group, tuple[AlertingEffect, ...]]:
    """The group after the decision, and what is to be sent. A message that is on its way and still says how things stand stays as it is."""
    place = (group.receiver, group.key)
    told: Levels = group.told.firing if group.told is not None else {}
    levels = {i: max(each.level, told.get(i, LOWEST)) for i, each in found.firing.items()}
    reason = needs_notification(group.told, levels, group.resolved, receiver.timing.repeat_interval, now, found.in_hand, group.beyond)
    old = group.pending
    if reason is None:
        gone = () if old is None else (Withdrawn(place, old.id),)
        return replace(group, pending=None, carries=None, carries_resolved=frozenset()), gone
    # What was told and is only kept quiet now must not be news when it is heard again, and its end is still told.
    carries = {i: level for i, level in told.items() if i in group.members} | levels
    ends = frozenset(group.resolved)
    if old is not None and group.carries is not None and group.carries.firing == carries and group.carries_resolved == ends:
        return group, ()
    since = None if old is None else old.delayed_since or old.at
    said = notification(
        receiver,
        group.key,
        reason,
        now,
        found.firing.values(),
        group.resolved.values(),
        found.in_hand,
        (group.beyond, group.resolved_more),
        since,
    )
    new = replace(group, pending=said, carries=Told(now, carries, group.beyond), carries_resolved=ends)
    return new, (Send(place, said, None if old is None else old.id),)
