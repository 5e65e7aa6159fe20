"""A notification as programs read it: what a webhook gets. Its schema is `poise schema notification`. Pure."""

from collections.abc import Mapping
from typing import Any

from poise.alerting.held import Held
from poise.alerting.notification import Notification
from poise.model.instants import rfc3339
from poise.report.notification_text import explained_by, notification_text
from poise.report.printable import one_line


def notification_document(notification: Notification) -> dict[str, Any]:
    """All of it as JSON values. `id` stays the same however often the message is sent."""
    said = notification_text(notification)
    known = notification.in_hand or {}
    return {
        "version": 1,
        "id": notification.id,
        "receiver": one_line(notification.receiver),
        "reason": notification.reason,
        "at": rfc3339(notification.at),
        "delayed_since": None if notification.delayed_since is None else rfc3339(notification.delayed_since),
        "group": {name: one_line(value) for name, value in notification.group},
        "pages": notification.pages,
        "title": said.title,
        "text": said.text,
        "firing": [alert_document(held, known) for held in notification.firing],
        "resolved": [alert_document(held, known) for held in notification.resolved],
        "more_firing": notification.more_firing,
        "more_resolved": notification.more_resolved,
    }


def alert_document(held: Held, in_hand: Mapping[str, str]) -> dict[str, Any]:
    """One alert. `duration_seconds` is null while it lasts."""
    alert, verdict = held.alert, held.alert.verdict
    who = in_hand.get(held.identity.id)
    return {
        "id": held.identity.id,
        "load_balancer": one_line(held.identity.load_balancer),
        "pool": one_line(held.pool) or None,
        "component": one_line(verdict.component),
        "detector": one_line(verdict.detector),
        "phase": alert.phase,
        "severity": verdict.severity,
        "page": verdict.page,
        "summary": one_line(verdict.summary),
        "reason": one_line(verdict.reason),
        "faults": [one_line(fault) for fault in verdict.faults],
        "since": rfc3339(alert.since),
        "fired": None if alert.fired is None else rfc3339(alert.fired),
        "ended": None if alert.ended is None else rfc3339(alert.ended),
        "duration_seconds": None if alert.ended is None else (alert.ended - alert.since).total_seconds(),
        "cleared": one_line(alert.cleared) or None,
        "acknowledged": None if who is None else one_line(who),
        "explain": one_line(explained_by(held)),
        "look_closer": one_line(held.command) or None,
    }
