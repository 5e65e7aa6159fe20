"""An alert's life: pending → firing → resolved, and no-data in between. Pure: verdicts and the time go in, state and effects come out.

The effect "worse" says that a firing alert's severity rose, or that it now wakes a person and did not before.

A firing alert whose source vanishes stays alive (prometheus#14085: an alert that "resolves" because its target died); only that of a
component that left the configuration ends, for nothing can speak of it again. The condition of an alert is n bad verdicts of the last
m; a verdict that holds (between clearing and raising) changes nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from poise.alerting.level import LOWEST, Level, level_of
from poise.detectors.detector import Detector, Policy
from poise.model.alert import Alert, Verdict

EffectKind = Literal["pending", "firing", "worse", "no-data", "data-back", "resolved"]
# A pending alert without data for this long is dropped; a firing one never is.
FORGET_PENDING = timedelta(minutes=1)
# Lost for one round is a slow answer, not a lost source.
LOST_AFTER = timedelta(seconds=5)
# After a restart the detectors need their windows again before "ok" means that it is over. What pages is seen within 15 s of traffic.
ADOPTED_GRACE = timedelta(seconds=20)
# The reason of an alert that ended because there is nothing left to judge.
REMOVED = "removed from the configuration"


@dataclass(frozen=True, slots=True)
class Effect:
    """What the caller must do about an alert: tell of it, or of its end."""

    kind: EffectKind
    alert: Alert

    @property
    def fired(self) -> bool:
        """Did it begin to fire?"""
        return self.kind == "firing"

    @property
    def resolved(self) -> bool:
        """Did it end after it had fired?"""
        return self.kind == "resolved"


@dataclass(frozen=True, slots=True)
class Tracked:
    """One alert with the memory that its next step needs. `recent` is the last m verdicts, True for bad; `bad_at` when it last was;
    `worst` is the highest level that it has had since it fired: going up and down below that is no news."""

    alert: Alert | None = None
    recent: tuple[bool, ...] = ()
    bad_at: datetime | None = None
    heard: datetime | None = None
    worst: Level | None = None


@dataclass(frozen=True, slots=True)
class AlertState:
    """All alerts by key, and each detector's patience."""

    policies: Mapping[str, Policy] = field(default_factory=dict)
    tracked: Mapping[str, Tracked] = field(default_factory=dict)

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Those that are pending, firing or without data, oldest first."""
        return tuple(sorted((t.alert for t in self.tracked.values() if t.alert), key=lambda a: a.since))

    def suspected(self, verdicts: Iterable[Verdict]) -> bool:
        """Whether one of these is as sure as two and its alert waits for another one to say the same."""
        waits = {key for key, t in self.tracked.items() if t.alert is None and t.recent[-1:] == (True,)}
        return bool(waits) and any(v.key in waits and v.figures.get("sure") for v in verdicts)


def start(detectors: Sequence[Detector]) -> AlertState:
    """No alert yet, with the policies of these detectors."""
    return AlertState({d.name: d.policy for d in detectors})


def adopt(state: AlertState, alerts: Iterable[Alert], now: datetime) -> AlertState:
    """The state with alerts that fired before a restart: they go on firing, and none of them resolves before the windows are full again."""
    kept = {alert.key: Tracked(alert, (), now + ADOPTED_GRACE, now, level_of(alert.verdict)) for alert in alerts if alert.fired}
    return replace(state, tracked={**state.tracked, **kept})


def step(
    state: AlertState, verdicts: Sequence[Verdict], now: datetime, components: Collection[str] | None = None
) -> tuple[AlertState, tuple[Effect, ...]]:
    """One round. A key that is known and has no verdict this time, or an unknown one, has lost its data.

    `components` names all parts of the stack; an alert of another part resolves with the reason REMOVED. None: they are not known.
    """
    by_key = {verdict.key: verdict for verdict in verdicts}
    tracked: dict[str, Tracked] = {}
    effects: list[Effect] = []
    for key in [*by_key, *(k for k in state.tracked if k not in by_key)]:
        verdict = by_key.get(key)
        old = state.tracked.get(key, Tracked())
        if verdict is None or verdict.state == "unknown":
            new = _lost(old, now, components)
        else:
            new = _heard(old, verdict, state.policies.get(verdict.detector, Policy()), now)
        effect = _effect(old, new)
        if effect is not None:
            effects.append(effect)
            new = replace(new, worst=max(new.worst or LOWEST, level_of(effect.alert.verdict)))
        if new.alert is not None and new.alert.phase == "resolved":
            new = replace(new, alert=None)
        if new.alert is not None or any(new.recent):
            tracked[key] = new
    return AlertState(state.policies, tracked), tuple(effects)


def _heard(old: Tracked, verdict: Verdict, policy: Policy, now: datetime) -> Tracked:
    bad = verdict.state == "bad"
    recent = (*old.recent, bad)[-policy.m :]
    met = sum(recent) >= policy.n
    held = not bad and bool(verdict.figures.get("holds")) and old.alert is not None and old.alert.fired is not None
    bad_at = now if met or held else old.bad_at
    return Tracked(_next(old.alert, verdict, policy, now, met or held, bad, bad_at), recent, bad_at, now, old.worst if old.alert else None)


def _next(
    alert: Alert | None, verdict: Verdict, policy: Policy, now: datetime, met: bool, bad: bool, bad_at: datetime | None
) -> Alert | None:
    if alert is None:
        if not met:
            return None
        fired = now if policy.for_ <= timedelta(0) else None
        return Alert(verdict.key, "firing" if fired else "pending", verdict, now, fired, last_seen=now)
    # While the condition is not met the last bad verdict stands: it says what is wrong, not that it just got better.
    alert = replace(alert, verdict=verdict if bad else alert.verdict, last_seen=now)
    if alert.fired is None:
        if not met:
            return None
        return replace(alert, phase="firing", fired=now) if now - alert.since >= policy.for_ else alert
    if met or (bad_at is not None and now - bad_at < policy.keep_firing_for):
        return replace(alert, phase="firing")
    return replace(alert, phase="resolved", ended=now, cleared="" if bad else verdict.reason or verdict.summary)


def _lost(old: Tracked, now: datetime, components: Collection[str] | None) -> Tracked:
    alert = old.alert
    if alert is None or old.heard is None:
        return replace(old, alert=None, recent=())
    if alert.fired is None:
        return Tracked() if now - old.heard > FORGET_PENDING else old
    if now - old.heard < LOST_AFTER:
        return old
    # A contract name is `pool web` or, for a client, the bare name.
    if components is not None and alert.verdict.component.rpartition(" ")[2] not in components:
        return Tracked(replace(alert, phase="resolved", ended=now, verdict=replace(alert.verdict, reason=REMOVED)))
    return replace(old, alert=replace(alert, phase="no-data"))


def _effect(before: Tracked, after: Tracked) -> Effect | None:
    old, new = before.alert, after.alert
    if new is None:
        return None
    if old is not None and old.phase == new.phase:
        worse = new.phase == "firing" and before.worst is not None and level_of(new.verdict) > before.worst
        return Effect("worse", new) if worse else None
    if new.phase == "firing" and old is not None and old.phase == "no-data":
        return Effect("data-back", new)
    return Effect(new.phase, new)
