"""Alerting in a running watch: takes the ticks, keeps the alerts' state, and sees that whoever is to be told is told."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from poise.alerting.acknowledgement import Acknowledgement
from poise.alerting.act import Act, event_of, words_of
from poise.alerting.decision import AlertingEffect, Send
from poise.alerting.delivery import Delivery
from poise.alerting.group import recount
from poise.alerting.held import Held
from poise.alerting.lifecycle import REMOVED, Effect
from poise.alerting.pipeline import AlertingEvent, Changed, Outcome, begin, resume, step
from poise.app.alert_changes import changed
from poise.app.alert_keeping import AlertKeeping
from poise.app.alert_sender import AlertSender, Health, Job
from poise.app.out_of_service import out_of_service
from poise.daemon.watcher import Tick
from poise.model.alert import Alert
from poise.model.receiver import Receiver
from poise.notifiers.build import build
from poise.notifiers.notifier import Notifier
from poise.store.alert_store import AlertStore, Changes, KeptAlerts
from poise.store.store_error import StoreError

# A page must not wait for a store that is locked: after this long it is sent, and its row is written when the store is free.
LONGEST_WRITE = timedelta(milliseconds=700)
# What people do is read this often, however many load balancers have their turns.
HEAR_EVERY = timedelta(seconds=1)
# By load balancer: somebody has one of its pages in hand.
InHand = Callable[[str, Act], Awaitable[None]]
LAST_WORDS_SECONDS = 5.0


class AlertDelivery:
    """One for a watch. Call `take` for each tick of each load balancer; everything that it tells goes through `tell`, a line at a time.

    What was decided is stored before it is sent, and marked after it was taken. Killed between the two, a message is sent once more
    after the restart, with the same id.
    """

    def __init__(
        self,
        receivers: Sequence[Receiver],
        store: AlertStore | None,
        tell: Callable[[str], None],
        clock: Callable[[], datetime],
        notifiers: Callable[[Receiver], Notifier] = build,
        sends: bool = True,
        in_hand: InHand | None = None,
    ) -> None:
        self._store, self._tell, self._clock = store, tell, clock
        self._notifiers, self._sends, self._in_hand = notifiers, sends, in_hand
        self._state = begin(receivers)
        self._sender = AlertSender({r.name: notifiers(r) for r in receivers}, clock, self._refresh, self._settle)
        self._known: dict[str, Delivery] = {}
        self._keeping = AlertKeeping(store, tell)
        self._seen_act = 0
        self._heard: datetime | None = None

    @property
    def waiting(self) -> int:
        """How many messages are not delivered yet."""
        return len(self._sender.jobs)

    async def adopt(self, load_balancers: Collection[str]) -> Sequence[Alert]:
        """Take up what the last watch left: its alerts, in `alerts_of` from now on, and what it did not get to say."""
        if self._store is None:
            return ()
        now = self._clock()
        try:
            kept = await asyncio.to_thread(self._store.load, now)
        except StoreError as error:
            self._tell(f"could not: the alerts of the last watch are not taken up: {error}")
            return ()
        if kept.unreadable:
            self._tell(f"could not: {kept.unreadable} rows of the alerts in {self._store.path} cannot be read; they are left out")
        self._take_up(kept, now)
        await self._hear_people(now)
        await self.end_others(load_balancers)
        return tuple(held.alert for held in self._state.held.values())

    async def end_others(self, load_balancers: Collection[str]) -> None:
        """Nobody looks at any other load balancer any more: its alerts end."""
        now = self._clock()
        for name in {identity.load_balancer for identity in self._state.held} - set(load_balancers):
            ended = [
                replace(h.alert, phase="resolved", ended=now, verdict=replace(h.alert.verdict, reason=REMOVED))
                for h in self._state.held.values()
                if h.identity.load_balancer == name
            ]
            await self._apply(Changed(name, [Effect("resolved", alert) for alert in ended]), now)

    async def receive(self, receivers: Sequence[Receiver]) -> None:
        """From now on these receivers; what waits for one that is gone is dropped, and a new one is told of what fires."""
        if not self._sends:
            return
        before, now = self._state, self._clock()
        kept = {receiver.name: receiver for receiver in receivers}
        for place in [place for place in self._sender.jobs if place[0] not in kept]:
            self._sender.drop(place)
        self._sender.use({name: self._notifiers(receiver) for name, receiver in kept.items()})
        # Who groups otherwise from now on is told anew; a new password is no news of an alert.
        same = {
            name for name, receiver in kept.items() if name in before.receivers and before.receivers[name].group_by == receiver.group_by
        }
        groups = [group for group in before.groups.values() if group.receiver in same]
        self._state = resume(replace(before, receivers=kept), before.held.values(), groups, now)
        await self._perform(changed(before, self._state, (), self._known, now), (), now)

    def alerts_of(self, load_balancer: str) -> Sequence[Alert]:
        """The alerts of this load balancer that fire, as far as they are known here."""
        return tuple(held.alert for held in self.held(load_balancer))

    def held(self, load_balancer: str) -> Sequence[Held]:
        """The same with their identities."""
        return tuple(held for i, held in self._state.held.items() if i.load_balancer == load_balancer)

    async def take(self, load_balancer: str, tick: Tick, now: datetime, command: str = "") -> None:
        """Take in one tick. What it leads to is on its way when this returns; it waits for the disk, not for receivers."""
        await self._hear_people(now)
        pools = {pool.name for topology in tick.window.topologies for pool in topology.pools} if tick.effects else ()
        concerned = [alert.verdict for alert in tick.alerts if alert.fired is not None]
        away = out_of_service(tick.window, concerned)
        await self._apply(Changed(load_balancer, tick.effects, pools, away, command), now)
        self._sender.start(now)
        await self._keeping.prune(now)

    async def settle_all(self) -> None:
        """Wait until nothing is on its way."""
        await self._sender.idle()

    async def close(self) -> None:
        """Let what is on its way arrive; what does not is kept for the next watch."""
        await self._sender.close(LAST_WORDS_SECONDS)
        await self._keeping.save(Changes(), self._clock(), last=True)
        if self._sender.jobs:
            where = "the next poise watch sends what still holds" if self._store is not None else "nothing is stored, so that is lost"
            self._tell(f"not delivered: {_messages(len(self._sender.jobs))}; {where}")

    def _take_up(self, kept: KeptAlerts, now: datetime) -> None:
        self._state = resume(self._state, kept.alerts.values(), [recount(group, now) for group in kept.groups.values()], now)
        self._known = {d.id: d for d in kept.deliveries}
        for place, group in self._state.groups.items():
            if group.pending is not None:
                # What ended since it was decided belongs into it; else it goes out as it is, for it may have arrived already.
                self._sender.put(place, group.pending, tries=1 if group.resolved else 0)
                row = self._known.get(group.pending.id)
                if row is not None and row.attempts:
                    self._sender.health[place[0]].failures = max(self._sender.health[place[0]].failures, row.attempts)
        if self._sender.jobs:
            self._tell(f"left by the last watch and sent now: {_messages(len(self._sender.jobs))}")
        gone = sorted({d.place[0] for d in kept.deliveries} - self._state.receivers.keys())
        if gone and self._sender.health:
            self._tell(f"could not: messages wait for receivers that poise.toml no longer has: {', '.join(gone)}; they are not sent")

    async def _hear_people(self, now: datetime) -> None:
        """Silences and acknowledgements that `poise alert` wrote into the store."""
        if self._store is None or self._keeping.resting(now):
            return
        before, self._heard = self._heard, now
        if before is not None and now < before + HEAR_EVERY:
            self._heard = before
            return
        try:
            acts = await asyncio.to_thread(self._store.acts, self._seen_act)
        except StoreError as error:
            self._keeping.failed(error, now)
            return
        for number, act in acts:
            self._seen_act = number
            event = event_of(act)
            if event is None:
                continue
            if before is not None:
                self._tell(words_of(act))
                await self._acknowledged(act, event)
            await self._apply(event, now)

    async def _acknowledged(self, act: Act, event: AlertingEvent) -> None:
        """The incident of the load balancer hears of it, where the alert pages."""
        if self._in_hand is None or not isinstance(event, Acknowledgement):
            return
        for held in self._state.held.values():
            if held.identity.id == event.alert_id and held.level[0]:
                await self._in_hand(held.identity.load_balancer, act)

    async def _apply(self, event: AlertingEvent, now: datetime) -> None:
        before = self._state
        self._state, effects = step(before, event, now)
        await self._perform(changed(before, self._state, effects, self._known, now), effects, now)

    async def _perform(self, changes: Changes, effects: Iterable[AlertingEffect], now: datetime) -> None:
        try:
            await self._keeping.save(changes, now)
        finally:
            # It is decided: where the turn is cancelled meanwhile (SIGHUP took the load balancer off the list), it is sent all the same.
            for effect in effects:
                if isinstance(effect, Send):
                    self._sender.put(effect.place, effect.notification)
                else:
                    self._sender.drop(effect.place)

    async def _refresh(self, job: Job) -> bool:
        """Before it is tried again: what has changed since belongs into the message."""
        before, now = self._state, self._clock()
        self._state, effects = step(before, Outcome("retry", job.place, job.notification.id), now)
        row = self._known.get(job.notification.id)
        await self._perform(changed(before, self._state, effects, self._known, now), effects, now)
        new = self._known.get(job.notification.id)
        if new is not None and row is not None and new.id != row.id:
            self._known[new.id] = replace(new, attempts=row.attempts)
        return job.place in self._sender.jobs

    async def _settle(self, job: Job, outcome: str, why: str | None) -> None:
        name, now = job.place[0], self._clock()
        health = self._sender.health.setdefault(name, Health())
        row = self._known.get(job.notification.id)
        changes = Changes()
        if outcome == "failed":
            if row is not None:
                row = replace(row, attempts=row.attempts + 1, next_attempt=health.retry, error=why)
                self._known[row.id] = changes.deliveries[row.id] = row
            if not health.told:
                health.told = True
                self._tell(f"could not: receiver {name}: {why}. It is tried again, more and more rarely; the message is kept until then")
            await self._keeping.save(changes, now)
            return
        before = self._state
        self._state, effects = step(before, Outcome(outcome, job.place, job.notification.id), now)
        changes = changed(before, self._state, effects, self._known, now)
        if row is not None:
            del self._known[row.id]
            changes.deliveries[row.id] = replace(row, state=outcome, settled=now, attempts=row.attempts + 1, next_attempt=None, error=why)
        if outcome == "refused":
            self._tell(f"could not: receiver {name}: {why}. It is not tried again with this message; put it right in poise.toml")
        elif health.told:
            health.told = False
            self._tell(f"receiver {name} takes messages again")
        await self._perform(changes, effects, now)


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"
