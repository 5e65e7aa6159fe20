"""`poise alert list --format json`; its schema is `poise schema alerts`. Pure."""

from datetime import datetime
from typing import Any

from poise.alerting.delivery import Delivery
from poise.alerting.overview import Listed, Overview
from poise.alerting.silence import Silence
from poise.model.instants import rfc3339
from poise.report.notification_json import alert_document
from poise.report.printable import one_line


def alerts_document(found: Overview, now: datetime) -> dict[str, Any]:
    """As JSON values."""
    unreadable = [{"reason": f"{found.unreadable} rows of the store cannot be read"}] if found.unreadable else []
    return {
        "version": 1,
        "alerts": [_alert(each) for each in found.alerts],
        "silences": [_silence(each, now) for each in found.silences],
        "notifications": [_delivery(watching, each) for watching, each in found.deliveries],
        "could_not": unreadable,
    }


def _alert(each: Listed) -> dict[str, Any]:
    document = alert_document(each.held, {} if each.acknowledged is None else {each.held.identity.id: each.acknowledged})
    silenced = None if each.silenced is None else one_line(each.silenced)
    told = [one_line(name) for name in each.told]
    return document | {"watching": one_line(each.watching), "watched": each.watched, "silenced": silenced, "told": told}


def _silence(each: Silence, now: datetime) -> dict[str, Any]:
    return {
        "id": each.id,
        "author": one_line(each.author),
        "comment": one_line(each.comment),
        "matchers": [one_line(str(matcher)) for matcher in each.matchers],
        "starts": rfc3339(each.starts),
        "ends": rfc3339(each.ends),
        "active": each.active(now),
    }


def _delivery(watching: str, each: Delivery) -> dict[str, Any]:
    return {
        "id": each.id,
        "watching": one_line(watching),
        "receiver": one_line(each.place[0]),
        "reason": each.reason,
        "title": one_line(each.title),
        "pages": each.pages,
        "decided": rfc3339(each.decided),
        "state": each.state,
        "settled": None if each.settled is None else rfc3339(each.settled),
        "attempts": each.attempts,
        "next_attempt": None if each.next_attempt is None else rfc3339(each.next_attempt),
        "error": None if each.error is None else one_line(each.error),
    }
