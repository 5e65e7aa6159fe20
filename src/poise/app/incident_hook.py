"""Takes what Alertmanager sends: its alerts open an incident, or join the one that is about the same at the same time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from poise.app.incident import new_id
from poise.incidents import log_event
from poise.incidents.alertmanager_hook import HookAlert, hook_alerts, joined, related
from poise.incidents.lifecycle import fold
from poise.incidents.log_event import LogEvent
from poise.incidents.summary import Summary
from poise.model.incident import Incident
from poise.model.light import dataclass
from poise.store.incident_finder import IncidentFinder

WHO = "Alertmanager"
# Alerts of one fault begin one after the other: a symptom may be told before the cause is.
JOINS_BEFORE = timedelta(minutes=5)
MOST_LOOKED_AT = 100
RANK = {"info": 0, "warning": 1, "error": 2}
# Between looking for an incident and opening one nobody else opens it.
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of alerts that belong together. `incident` is None where nothing was kept: they are over, and no incident knew them."""

    incident: str | None
    opened: bool
    alerts: tuple[str, ...]
    events: tuple[int, ...]


def take(store: Path, document: Mapping[str, Any], now: datetime) -> tuple[Taken, ...]:
    """Keeps the message's alerts; the same message again keeps nothing twice. Raises HookError, StoreError. May wait for the disk."""
    groups = joined(hook_alerts(document))
    with _ONE_AT_A_TIME, IncidentFinder(store) as log:
        return tuple(_taken(log, alerts, now) for alerts in groups)


def _taken(log: IncidentFinder, alerts: Sequence[HookAlert], now: datetime) -> Taken:
    names = tuple(alert.name for alert in alerts)
    about = tuple(dict.fromkeys(component for alert in alerts for component in alert.about))
    since, until = min(a.since for a in alerts), max(a.ended or now for a in alerts)
    incident = _open_one(log, about, since, until, now)
    if incident is None:
        if all(alert.state == "resolved" for alert in alerts):
            return Taken(None, False, names, ())
        worst = max(alerts, key=lambda a: RANK[a.severity])
        first = log_event.opened(since, now, WHO, worst.summary, worst.severity, origin="webhook", about=about)
        events = [first, log_event.observed_time("detected", since, now, WHO), *(_line(alert, now) for alert in alerts)]
        name = new_id(since)
        return Taken(name, True, names, log.append_all(name, events))
    events = [_line(alert, now) for alert in alerts]
    severity = max((incident.severity, *(a.severity for a in alerts)), key=lambda s: RANK.get(s, 0))
    if severity != incident.severity or not set(about) <= set(incident.about):
        events.append(log_event.opened(since, now, WHO, incident.title, severity, about=about))
    kept = log.append_all(incident.id, events)
    after = fold(log.events(incident.id), incident.id)
    if (over := _over(after)) is not None:
        kept += log.append_all(incident.id, (log_event.observed_time("mitigated", over, now, WHO, "estimated"),))
    return Taken(incident.id, False, names, kept)


def _open_one(log: IncidentFinder, about: Sequence[str], since: datetime, until: datetime, now: datetime) -> Incident | None:
    """The newest incident about the same that lasted at any moment of the alerts."""
    for line in log.summaries(MOST_LOOKED_AT):
        if not _overlaps(line, since, until, now):
            continue
        incident = fold(log.events(line.id), line.id)
        if related(incident.about, about):
            return incident
    return None


def _overlaps(line: Summary, since: datetime, until: datetime, now: datetime) -> bool:
    if line.start is None:
        return False
    end = now if line.status in ("open", "mitigated") or line.lasted is None else line.start + line.lasted
    return since <= max(end, line.start) and until >= line.start - JOINS_BEFORE


def _line(alert: HookAlert, now: datetime) -> LogEvent:
    """As a line of the timeline; that it ended, or says something else, replaces what it said."""
    said = alert.summary if alert.name in alert.summary else f"{alert.name}: {alert.summary}"
    made = log_event.entry("alert", alert.since, now, WHO, said, alert.ended, f"{WHO} {alert.key}")
    words = f"{said} {alert.ended}"
    return replace(made, id=f"{WHO} {alert.key} {sha256(words.encode('utf-8', 'backslashreplace')).hexdigest()[:12]}")


def _over(incident: Incident) -> datetime | None:
    """When the last alert ended, where all have and nobody has said yet that the impact stopped."""
    ends = [e.until for e in incident.timeline if e.kind == "alert"]
    if incident.status != "open" or "mitigated" in incident.times or not ends or None in ends:
        return None
    return max(end for end in ends if end is not None)
