"""Reminders of action items that are open past their date, or soon will be, through the receivers that are told of alerts."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from poise.alerting.held import Held
from poise.alerting.identity import Identity, digest
from poise.alerting.notification import Notification
from poise.app.incident import every
from poise.app.inventory import named
from poise.app.watch_alerting import receivers_of
from poise.incidents.learning import OpenItem, open_items
from poise.model.alert import Alert, Verdict
from poise.model.receiver import Receiver
from poise.notifiers.build import build
from poise.notifiers.notifier import Notifier
from poise.notifiers.notify_error import NotifyError

DETECTOR = "action_item_open"
# A longer message is not read; `poise incident digest` lists all.
MOST = 20


def due_items(store: Path, now: datetime, within: timedelta) -> tuple[OpenItem, ...]:
    """Open items whose date is over or comes within that, the latest first; and those without a date that are open for longer than that."""
    found = [o for o in open_items(every(store), now) if (o.late is None and o.age is not None and o.age > within) or _near(o, within)]
    return tuple(sorted(found, key=lambda o: -(o.late or timedelta()).days))


def words_of(o: OpenItem) -> str:
    """The item in one line: what, who, how late."""
    late = "without a date" if o.late is None else f"{o.late.days} days late" if o.late.days > 0 else f"due {o.item.due}"
    return f"{o.item.text} ({o.item.owner or 'nobody has it'}; {late}; incident {o.incident})"


def remind(
    items: Sequence[OpenItem],
    receivers: Sequence[Receiver],
    now: datetime,
    tell: Callable[[str], None],
    notifiers: Callable[[Receiver], Notifier] = build,
) -> bool:
    """One message to each receiver that people read; tells who took it. False where one did not."""
    people = [receiver for receiver in receivers if receiver.is_person]
    answers = asyncio.run(_all(items, people, now, notifiers))
    for receiver, why in zip(people, answers, strict=True):
        tell(f"receiver {receiver.name} ({receiver.kind}): {'took it' if why is None else 'could not: ' + why}")
    return all(why is None for why in answers)


def remind_of(
    configurations: Sequence[str], needs_path: str | None, items: Sequence[OpenItem], now: datetime, tell: Callable[[str], None]
) -> bool:
    """The same through the receivers that the poise.toml of these configurations declares; False where there is none, too."""
    watched, problems = named(configurations, needs_path)
    for problem in problems:
        tell(f"could not: {problem.what}: {problem.reason}")
    receivers = receivers_of(watched, tell)
    if not any(receiver.is_person for receiver in receivers):
        tell("there is no receiver that people read: declare one in poise.toml, as [receiver.team]; docs/how-to/alerting.md shows how")
        return False
    return remind(items, receivers, now, tell)


async def _all(
    items: Sequence[OpenItem], receivers: Sequence[Receiver], now: datetime, notifiers: Callable[[Receiver], Notifier]
) -> Sequence[str | None]:
    async def one(receiver: Receiver) -> str | None:
        message_id = digest(receiver.name, now.isoformat(), DETECTOR)[:20]
        held = tuple(_held(o, now) for o in items[:MOST])
        try:
            await notifiers(receiver).send(Notification(message_id, receiver.name, (), "repeat", now, held, (), max(len(items) - MOST, 0)))
        except NotifyError as error:
            return str(error)
        return None

    return await asyncio.gather(*(one(receiver) for receiver in receivers))


def _held(o: OpenItem, now: datetime) -> Held:
    opened = o.item.opened or now
    verdict = Verdict(DETECTOR, f"incident {o.incident}", "bad", "warning", False, words_of(o), "an action item is open")
    return Held(Identity("poise", DETECTOR, f"{o.incident} {o.item.id}"), Alert(verdict.key, "firing", verdict, opened, opened))


def _near(o: OpenItem, within: timedelta) -> bool:
    return o.late is not None and o.late >= -within
