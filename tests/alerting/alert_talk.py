"""Alerts to messages as a dialogue: what fires and ends by the second, what each receiver is told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from poise.alerting.decision import AlertingEffect, Send
from poise.alerting.lifecycle import Effect, EffectKind
from poise.alerting.notification import Notification
from poise.alerting.pipeline import AlertingEvent, Changed, Outcome, Passed, begin, step
from poise.model.alert import Alert, Verdict
from poise.model.finding import Severity
from poise.model.receiver import Receiver, Timing

START = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
TIMING = Timing(timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=4))
NIGHT = Receiver("night", "webhook", pages_only=False, timing=TIMING)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def alert(
    component: str, detector: str = "d", page: bool = True, severity: Severity = "error", since: float = 0, ended: float | None = None
) -> Alert:
    verdict = Verdict(detector, component, "bad", severity, page, f"{component} is wrong", "why", ("uneven-weights",))
    phase = "firing" if ended is None else "resolved"
    return Alert(verdict.key, phase, verdict, at(since), at(since), None if ended is None else at(ended))  # type: ignore[arg-type]


class Talk:
    """`delivers` says whether each receiver answers; what it was sent is in `heard`."""

    def __init__(self, *receivers: Receiver, delivers: bool = True) -> None:
        self.state = begin(receivers or (NIGHT,))
        self.heard: list[Notification] = []
        self.waiting: dict[str, Notification] = {}
        self.delivers = delivers

    def event(self, event: AlertingEvent, seconds: float) -> list[Notification]:
        """One step and the deliveries that follow from it; what was said, in order."""
        self.state, effects = step(self.state, event, at(seconds))
        return self._said(effects, seconds)

    def change(
        self,
        seconds: float,
        kind: EffectKind,
        *alerts: Alert,
        lb: str = "lb1",
        away: frozenset[str] = frozenset(),
        pools: Sequence[str] = ("web", "api"),
    ) -> list[Notification]:
        """These alerts fire, end, …"""
        if kind == "resolved":
            alerts = tuple(replace(each, phase="resolved", ended=at(seconds)) for each in alerts)
        return self.event(Changed(lb, [Effect(kind, each) for each in alerts], pools, away, "poise diagnose --live lb.cfg"), seconds)

    def passes(self, seconds: float) -> list[Notification]:
        """Nothing but time."""
        return self.event(Passed(), seconds)

    def back(self, seconds: float) -> list[Notification]:
        """The receivers answer again: what waits is tried again."""
        self.delivers = True
        said = []
        for waiting in list(self.waiting.values()):
            self.state, effects = step(self.state, Outcome("retry", (waiting.receiver, waiting.group), waiting.id), at(seconds))
            said += self._said(effects, seconds)
            if waiting.id in self.waiting:
                said += self._said((Send((waiting.receiver, waiting.group), waiting),), seconds)
        return said

    def _said(self, effects: Sequence[AlertingEffect], seconds: float) -> list[Notification]:
        said: list[Notification] = []
        for effect in effects:
            if not isinstance(effect, Send):
                self.waiting = {key: each for key, each in self.waiting.items() if each.id != effect.notification_id}
                continue
            said.append(effect.notification)
            if effect.replaces:
                self.waiting.pop(effect.replaces)
            self.waiting[effect.notification.id] = effect.notification
            if self.delivers:
                del self.waiting[effect.notification.id]
                self.state, more = step(self.state, Outcome("delivered", effect.place, effect.notification.id), at(seconds))
                said += self._said(more, seconds)
        self.heard += said if self.delivers else []
        return said


def names(message: Notification) -> tuple[list[str], list[str]]:
    return [h.identity.component for h in message.firing], [h.identity.component for h in message.resolved]
