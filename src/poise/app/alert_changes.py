"""What one step of alerting changed, as the store keeps it."""

from dataclasses import replace
from datetime import datetime

from poise.alerting.decision import AlertingEffect, Send, Withdrawn
from poise.alerting.delivery import Delivery
from poise.alerting.notification import Notification
from poise.alerting.pipeline import AlertingState
from poise.report.notification_text import notification_text
from poise.store.alert_store import Changes


def changed(
    before: AlertingState, after: AlertingState, effects: tuple[AlertingEffect, ...], known: dict[str, Delivery], now: datetime
) -> Changes:
    """Alerts and groups that differ, and the rows of the messages that are new or not to be sent any more. Those leave `known`, too."""
    changes = Changes()
    if before.held is not after.held:
        changes.alerts |= {i: held for i, held in after.held.items() if before.held.get(i) is not held}
        changes.alerts |= dict.fromkeys(before.held.keys() - after.held.keys())
    if before.groups is not after.groups:
        changes.groups |= {place: group for place, group in after.groups.items() if not group.kept_as(before.groups.get(place))}
        changes.groups |= dict.fromkeys(before.groups.keys() - after.groups.keys())
    for effect in effects:
        match effect:
            case Send():
                if effect.replaces in known:
                    changes.deliveries[effect.replaces] = replace(known.pop(effect.replaces), state="replaced", settled=now)
                known[effect.notification.id] = changes.deliveries[effect.notification.id] = row_of(effect.notification)
            case Withdrawn():
                if effect.notification_id in known:
                    changes.deliveries[effect.notification_id] = replace(known.pop(effect.notification_id), state="withdrawn", settled=now)
    return changes


def row_of(notification: Notification) -> Delivery:
    """A message that was just decided."""
    place = (notification.receiver, notification.group)
    title = notification_text(notification).title
    return Delivery(notification.id, place, notification.reason, title, notification.pages, notification.at)
