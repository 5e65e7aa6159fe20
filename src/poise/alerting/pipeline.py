"""From alerts to messages: grouping, silences, inhibition, acknowledgement, dedup. Pure: `step(state, event, now) -> (state, effects)`.

The stages, for each receiver: it takes the alert (severity, pages, matchers) → its group → not silenced, not inhibited, nothing in
maintenance → is there anything new to say (`dedup`) → a Notification. What was told is what was delivered: a receiver that was down gets
one message that says how things stand now, not one for each thing that it missed.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from poise.alerting.acknowledgement import Acknowledgement
from poise.alerting.decision import AlertingEffect, Place, Quiet, content, decided, quiet
from poise.alerting.group import (
    MOST_GROUPS,
    MOST_GROUPS_OF_A_PROGRAM,
    MOST_RESOLVED,
    OVERFLOW,
    Group,
    counted,
    delivered,
    key_of,
    seen_again,
    speak_at,
)
from poise.alerting.held import Held
from poise.alerting.identity import Identity, pool_of
from poise.alerting.lifecycle import Effect
from poise.alerting.silence import Silence
from poise.model.finding import SEVERITY_ORDER
from poise.model.matcher import all_match
from poise.model.receiver import Receiver

# Alerts that are held one by one; what pages is held up to twice as many. The rest is counted: "and N more".
MOST_HELD = 20_000


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed about the alerts of one load balancer. `pools` are its pools' names, `away` its components in maintenance or drain,
    `command` looks closer at it."""

    load_balancer: str
    effects: Sequence[Effect]
    pools: Collection[str] = ()
    away: frozenset[str] = frozenset()
    command: str = ""


@dataclass(frozen=True, slots=True)
class Unsilenced:
    """A silence ends before its time."""

    silence_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: "delivered", "refused" for good, or "retry": it did not get through and is about to be tried again."""

    kind: str
    place: Place
    notification_id: str


@dataclass(frozen=True, slots=True)
class Passed:
    """Nothing but time."""


AlertingEvent = Changed | Silence | Unsilenced | Acknowledgement | Outcome | Passed


@dataclass(frozen=True, slots=True)
class AlertingState:
    """All that decides who is told what. `at` is when it was last looked at."""

    receivers: Mapping[str, Receiver] = field(default_factory=dict)
    held: Mapping[Identity, Held] = field(default_factory=dict)
    away: Mapping[str, frozenset[str]] = field(default_factory=dict)
    silences: Mapping[str, Silence] = field(default_factory=dict)
    acknowledged: Mapping[str, Acknowledgement] = field(default_factory=dict)
    groups: Mapping[Place, Group] = field(default_factory=dict)
    at: datetime | None = None


def begin(receivers: Iterable[Receiver]) -> AlertingState:
    """No alert yet."""
    return AlertingState({receiver.name: receiver for receiver in receivers})


def resume(state: AlertingState, alerts: Iterable[Held], groups: Iterable[Group], now: datetime) -> AlertingState:
    """What was kept over a restart; groups of receivers that are gone are not. Nobody is told anything about a load balancer before it was
    looked at again: until then nobody knows what is in maintenance there."""
    held = {each.identity: each for each in alerts}
    found = {(group.receiver, group.key): group for group in groups if group.receiver in state.receivers}
    members: dict[Place, set[Identity]] = {}
    for identity, each in held.items():
        for receiver in state.receivers.values():
            own, overflow = (receiver.name, key_of(receiver, each)), (receiver.name, OVERFLOW)
            if wanted(receiver, each):
                members.setdefault(overflow if own not in found and overflow in found else own, set()).add(identity)
    for place, identities in members.items():
        group = found.get(place, Group(*place))
        found[place] = replace(group, members=frozenset(identities), due=group.due or now)
    return replace(state, held=held, groups={place: group for place, group in found.items() if not group.over})


def step(state: AlertingState, event: AlertingEvent, now: datetime) -> tuple[AlertingState, tuple[AlertingEffect, ...]]:
    """Take in one event, then say what is due."""
    stirred = any(silence.active(now) != (state.at is not None and silence.active(state.at)) for silence in state.silences.values())
    effects: list[AlertingEffect] = []
    match event:
        case Changed():
            before = state
            state = _changed(state, event, now)
            stirred |= before.away.get(event.load_balancer) != event.away or any(_uncovers(e) for e in event.effects)
        case Silence():
            state, stirred = replace(state, silences={**state.silences, event.id: event}), True
        case Unsilenced():
            kept = {silence_id: silence for silence_id, silence in state.silences.items() if silence_id != event.silence_id}
            state, stirred = replace(state, silences=kept), True
        case Acknowledgement():
            state = _acknowledged(state, event)
        case Outcome():
            state = _outcome(state, event, now, effects)
    state, said = _flush(state, now, stirred)
    silences = {name: silence for name, silence in state.silences.items() if silence.ends > now}
    return replace(state, silences=silences, at=now), (*effects, *said)


def _uncovers(effect: Effect) -> bool:
    """The end of a pool's alert may lay bare those of its servers."""
    return effect.resolved and effect.alert.verdict.component.startswith("pool ")


def _acknowledged(state: AlertingState, event: Acknowledgement) -> AlertingState:
    """Only what fires can be taken in hand: the log of what people did holds acknowledgements of alerts that ended long ago."""
    held = next((h for h in state.held.values() if h.identity.id == event.alert_id), None)
    if held is None:
        return state
    known = event if event.level is not None else replace(event, level=held.level)
    return replace(state, acknowledged={**state.acknowledged, event.alert_id: known})


def wanted(receiver: Receiver, held: Held) -> bool:
    """Does this receiver take this alert?"""
    page, rank = held.level
    if receiver.pages_only and not page:
        return False
    return rank >= SEVERITY_ORDER.index(receiver.severity) and all_match(receiver.match, held.labels)


def _changed(state: AlertingState, event: Changed, now: datetime) -> AlertingState:
    away = {**state.away, event.load_balancer: event.away}
    news = [effect for effect in event.effects if effect.kind != "pending"]
    if not news:
        return replace(state, away=away)
    held, groups, acknowledged = dict(state.held), dict(state.groups), dict(state.acknowledged)
    came: dict[Place, dict[Identity, bool]] = {}
    gone: dict[Place, dict[Identity, Held]] = {}
    more, fewer = Counter[Place](), Counter[Place]()
    number = {name: sum(place[0] == name for place in groups) for name in state.receivers}
    for effect in news:
        verdict = effect.alert.verdict
        identity = Identity(event.load_balancer, verdict.detector, verdict.component)
        known = identity in held
        # A pool that left the file no longer explains its servers' names: the group is that of the beginning.
        pool = held[identity].pool if known else pool_of(verdict.component, event.pools)
        new = Held(identity, effect.alert, pool, event.command)
        full = len(held) >= MOST_HELD * (2 if verdict.page else 1)
        if not effect.resolved and (known or not full):
            held[identity] = new
        for receiver in state.receivers.values():
            place = _place(receiver, new, groups, came, number)
            if effect.resolved:
                if known:
                    gone.setdefault(place, {})[identity] = new
                    came.get(place, {}).pop(identity, None)
                elif wanted(receiver, new):
                    fewer[place] += 1
            elif wanted(receiver, new) and (known or not full):
                # It fired before and is not held: it was counted, and now there is room for it.
                fewer[place] += not known and effect.kind != "firing"
                if effect.kind in ("firing", "worse") or identity not in groups.get(place, Group(*place)).members:
                    came.setdefault(place, {})[identity] = verdict.page
                    gone.get(place, {}).pop(identity, None)
            elif wanted(receiver, new) and effect.kind == "firing":
                more[place] += 1
        if effect.resolved:
            held.pop(identity, None)
            acknowledged.pop(identity.id, None)
    for place in {**came, **gone, **more, **fewer}:
        group = groups.get(place, Group(*place))
        receiver = state.receivers[place[0]]
        changed = _joined(_left(group, receiver, gone.get(place, {})), receiver, came.get(place, {}), now)
        changed = counted(changed, more[place], fewer[place])
        if gone.get(place) and changed.resolved:
            changed = replace(changed, due=speak_at(changed, receiver, False, now))
        groups[place] = changed
    groups = {place: group for place, group in groups.items() if not group.over}
    return replace(state, held=held, groups=groups, away=away, acknowledged=acknowledged)


def _place(
    receiver: Receiver, held: Held, groups: Mapping[Place, Group], came: Mapping[Place, Mapping[Identity, bool]], number: dict[str, int]
) -> Place:
    """The group of this alert: its own, or the one that takes what comes when there are too many."""
    place, overflow = (receiver.name, key_of(receiver, held)), (receiver.name, OVERFLOW)
    spilt = (overflow in groups and held.identity in groups[overflow].members) or held.identity in came.get(overflow, ())
    if spilt:
        return overflow
    if place in groups or place in came:
        return place
    if number[receiver.name] >= (MOST_GROUPS if receiver.is_person else MOST_GROUPS_OF_A_PROGRAM):
        return overflow
    if wanted(receiver, held):
        number[receiver.name] += 1
    return place


def _joined(group: Group, receiver: Receiver, came: Mapping[Identity, bool], now: datetime) -> Group:
    if not came:
        return group
    resolved = group.resolved
    if any(identity in resolved for identity in came):
        resolved = {identity: held for identity, held in resolved.items() if identity not in came}
    due = speak_at(group, receiver, any(came.values()), now)
    return replace(group, members=group.members | came.keys(), resolved=resolved, due=due)


def _left(group: Group, receiver: Receiver, gone: Mapping[Identity, Held]) -> Group:
    """The end of what the receiver knows of is told; what came and went unheard is not."""
    if not gone:
        return group
    heard = {
        identity: held
        for identity, held in gone.items()
        if group.heard_of(identity) and (receiver.send_resolved or not group.was_told(identity))
    }
    room = max(0, MOST_RESOLVED - len(group.resolved))
    resolved = {**group.resolved, **dict(list(heard.items())[:room])} if heard and room else group.resolved
    more = group.resolved_more + max(0, len(heard) - room)
    return replace(group, members=group.members - gone.keys(), resolved=resolved, resolved_more=more)


def _outcome(state: AlertingState, event: Outcome, now: datetime, effects: list[AlertingEffect]) -> AlertingState:
    group = state.groups.get(event.place)
    if group is None or group.pending is None or group.pending.id != event.notification_id:
        return state
    receiver = state.receivers[event.place[0]]
    if event.kind == "retry":
        group, said = decided(group, receiver, content(group, receiver, state.held, _quiet(state, now), now), now)
        effects.extend(said)
    else:
        group = delivered(group, receiver, now)
    groups = {**state.groups, event.place: group}
    if group.over:
        del groups[event.place]
    return replace(state, groups=groups)


def _quiet(state: AlertingState, now: datetime) -> Quiet:
    return quiet(state.silences.values(), state.held.values(), state.away, state.acknowledged, now)


def _flush(state: AlertingState, now: datetime, stirred: bool) -> tuple[AlertingState, Sequence[AlertingEffect]]:
    """Each group that is due says what it has to say. `stirred`: what kept alerts quiet has changed, so all are looked at."""
    hushed: Quiet | None = None
    groups, effects = dict(state.groups), list[AlertingEffect]()
    for place, group in state.groups.items():
        if group.pending is not None or not (stirred or (group.due is not None and group.due <= now)):
            continue
        group = seen_again(group, now)  # noqa: PLW2901 - the same group
        hushed = hushed or _quiet(state, now)
        receiver = state.receivers[place[0]]
        found = content(group, receiver, state.held, hushed, now)
        loud = found.loud_news(group.told) if stirred else None
        due = group.due if loud is None else speak_at(group, receiver, loud, now)
        if due is not None and due > now:
            groups[place] = replace(group, due=due)
            continue
        decision, said = decided(replace(group, due=now + receiver.timing.group_interval), receiver, found, now)
        effects += said
        if decision.over:
            del groups[place]
        else:
            groups[place] = decision
    return replace(state, groups=groups), effects
