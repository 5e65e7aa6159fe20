"""The incident as JSON, by the contract of `poise incident export`."""

import json
from dataclasses import asdict, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from poise.incidents.lifecycle import TIME_WORDS
from poise.incidents.segments import segments
from poise.model.incident import BoardHypothesis, Check, Incident, IncidentTime
from poise.model.instants import rfc3339

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def incident_json(incident: Incident, now: datetime | None = None) -> str:
    """One JSON document, version 1, keys in the contract's order, instants RFC 3339 in UTC."""
    return json.dumps(incident_document(incident, now), ensure_ascii=False, indent=1, allow_nan=False)


def incident_document(incident: Incident, now: datetime | None = None) -> dict[str, Any]:
    """The same as JSON values. Each of the six times is there, null where it is not known. `now` ends the segments of one that lasts."""
    times = {name: incident.times.get(name) for name in TIME_WORDS}
    return {
        "version": 1,
        "id": incident.id,
        "title": incident.title,
        "severity": incident.severity,
        "status": incident.status,
        "times": {name: _time(t) for name, t in times.items()},
        "impact": asdict(incident.impact),
        "timeline": [
            {"at": rfc3339(e.at), "until": rfc3339(e.until), "kind": e.kind, "source": e.source, "text": e.text, "event": e.event}
            for e in incident.timeline
        ],
        "hypotheses": [_hypothesis(h) for h in incident.hypotheses],
        "action_items": [
            {
                "text": a.text,
                "owner": a.owner,
                "due": a.due and a.due.isoformat(),
                "ticket": a.ticket,
                "kind": a.kind,
                "state": a.state,
                "id": a.id,
                "verb": a.verb,
                "verification": a.verification,
                "opened": rfc3339(a.opened),
                "closed": rfc3339(a.closed),
                "event": a.event,
            }
            for a in incident.action_items
        ],
        "origin": incident.origin,
        "opened": rfc3339(incident.opened),
        "opened_by": incident.opened_by,
        "about": list(incident.about),
        "time_changes": [
            {
                "name": c.name,
                "before": _time(c.before),
                "after": _time(c.after),
                "by": c.by,
                "recorded_at": rfc3339(c.recorded_at),
                "event": c.event,
            }
            for c in incident.time_changes
        ],
        "roles": [_plain(each) for each in incident.roles],
        "teams": [_plain(each) for each in incident.teams],
        "tasks": [_plain(each) for each in incident.tasks],
        "attachments": [_plain(each) for each in incident.attachments],
        "links": [_plain(each) for each in incident.links],
        "postmortem": incident.postmortem,
        "segments": [_plain(each) | {"minutes": each.minutes} for each in segments(incident, now)],
    }


def _time(time: IncidentTime | None) -> dict[str, Any] | None:
    return None if time is None else _plain(time)


def _hypothesis(h: BoardHypothesis) -> dict[str, Any]:
    return {
        "statement": h.statement,
        "layer": h.layer,
        "state": h.state,
        "opened": rfc3339(h.opened),
        "closed": rfc3339(h.closed),
        "minutes": h.minutes,
        "evidence": [asdict(e) for e in h.evidence],
        "id": h.id,
        "opened_by": h.opened_by,
        "owner": h.owner,
        "checks": [_check(c) for c in h.checks],
        "moves": [_plain(m) for m in h.moves],
        "could_rule_out": None if h.could_rule_out is None else _check(h.could_rule_out),
        "event": h.event,
    }


def _check(check: Check) -> dict[str, Any]:
    return _plain(check) | {"evidence": [asdict(e) for e in check.evidence]}


def _plain(noun: "DataclassInstance") -> dict[str, Any]:
    """Its fields as they are named, instants in text."""
    values = ((each.name, getattr(noun, each.name)) for each in fields(noun))
    return {name: rfc3339(value) if isinstance(value, datetime) else value for name, value in values}
