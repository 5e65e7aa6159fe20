"""Alertmanager's API, version 2: it groups, silences and routes what poise finds, as it does with Prometheus' own alerts."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from poise.alerting.held import Held
from poise.alerting.notification import Notification
from poise.model.instants import rfc3339
from poise.model.receiver import Receiver
from poise.notifiers.webhook import posted
from poise.report.notification_text import explained_by, how_sure
from poise.report.printable import one_line

PATH = "/api/v2/alerts"
# As Prometheus does it: an alert that is not sent again ends after four times the interval in which it is, so a poise that is gone does not
# leave alerts behind; a minute at least, for a restart takes some seconds.
LASTS = 4
AT_LEAST = timedelta(minutes=1)


class Alertmanager:
    """Sends every alert of the group, again and again while it fires. The same alert sent twice is one alert there."""

    def __init__(self, receiver: Receiver, base: Path) -> None:
        self._receiver, self._base = receiver, base

    def __repr__(self) -> str:
        return f"Alertmanager({self._receiver.name!r})"

    async def send(self, notification: Notification) -> None:
        """Post the alerts that fire and those that ended."""
        until = notification.at + max(AT_LEAST, LASTS * self._receiver.timing.repeat_interval)
        alerts = [_alert(held, until) for held in notification.firing] + [_alert(held, None) for held in notification.resolved]
        if notification.more_firing:
            alerts.append(_more(notification, until))
        if notification.reason == "test":
            alerts = [_test(notification)]
        await posted(self._receiver, self._base, PATH, json.dumps(alerts).encode(), {})


def _alert(held: Held, until: datetime | None) -> dict[str, Any]:
    alert, verdict = held.alert, held.alert.verdict
    # Names and severities as in the rules and routes of `poise export`: one set of routes serves both ways.
    labels = {
        "alertname": "Poise" + "".join(part.capitalize() for part in verdict.detector.split("_")),
        "instance": held.identity.load_balancer,
        "load_balancer": held.identity.load_balancer,
        "component": verdict.component,
        "pool": held.pool,
        "severity": "page" if verdict.page else verdict.severity,
        "source": "poise",
    }
    annotations = {
        "summary": verdict.summary,
        "description": how_sure(held),
        "explain": explained_by(held),
        "look_closer": held.command,
    }
    where = "/".join(quote(one_line(part), safe="") for part in held.identity)
    return {
        "labels": _valid(labels),
        "annotations": _valid(annotations),
        "startsAt": rfc3339(alert.since),
        "endsAt": rfc3339(until or alert.ended or alert.since),
        # It must be a URI; poise's own, until there is a page to open.
        "generatorURL": f"poise://{where}",
    }


def _more(notification: Notification, until: datetime) -> dict[str, Any]:
    """What is not sent one by one is sent as one: it must not look as if it were over."""
    group = {name: value for name, value in notification.group if name != "group"}
    labels = {"alertname": "PoiseMoreAlerts", "severity": "page" if notification.pages else "warning", "source": "poise", **group}
    return {
        "labels": _valid(labels),
        "annotations": {
            "summary": f"{notification.more_firing} more alerts fire than are sent one by one",
            "look_closer": "poise alert list",
        },
        "startsAt": rfc3339(notification.at),
        "endsAt": rfc3339(until),
        "generatorURL": "poise://more",
    }


def _test(notification: Notification) -> dict[str, Any]:
    """A test ends by itself: it is over a minute later."""
    return {
        "labels": {"alertname": "PoiseTest", "severity": "info", "source": "poise"},
        "annotations": {"summary": "a test message; nothing is wrong"},
        "startsAt": rfc3339(notification.at),
        "endsAt": rfc3339(notification.at + AT_LEAST),
        "generatorURL": "poise://test",
    }


def _valid(pairs: dict[str, str]) -> dict[str, str]:
    """Alertmanager takes any UTF-8 in values and refuses empty labels' names only; an empty value is the same as none."""
    return {name: one_line(value) for name, value in pairs.items() if value}
