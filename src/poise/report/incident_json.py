"""The incident as JSON, by the contract of `poise incident export`."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from poise.incidents.lifecycle import TIME_WORDS
from poise.model.incident import Incident


def incident_json(incident: Incident) -> str:
    """One JSON document, version 1, keys in the contract's order, instants RFC 3339 in UTC."""
    return json.dumps(incident_document(incident), ensure_ascii=False, indent=1, allow_nan=False)


def incident_document(incident: Incident) -> dict[str, Any]:
    """The same as JSON values. Each of the six times is there, null where it is not known."""
    times = {name: incident.times.get(name) for name in TIME_WORDS}
    return {
        "version": 1,
        "id": incident.id,
        "title": incident.title,
        "severity": incident.severity,
        "status": incident.status,
        "times": {name: None if t is None else {"at": instant(t.at), "source": t.source} for name, t in times.items()},
        "impact": asdict(incident.impact),
        "timeline": [
            {"at": instant(e.at), "until": instant(e.until), "kind": e.kind, "source": e.source, "text": e.text} for e in incident.timeline
        ],
        "hypotheses": [
            {
                "statement": h.statement,
                "layer": h.layer,
                "state": h.state,
                "opened": instant(h.opened),
                "closed": instant(h.closed),
                "minutes": h.minutes,
                "evidence": [asdict(e) for e in h.evidence],
            }
            for h in incident.hypotheses
        ],
        "action_items": [
            {"text": a.text, "owner": a.owner, "due": a.due and a.due.isoformat(), "ticket": a.ticket, "kind": a.kind, "state": a.state}
            for a in incident.action_items
        ],
    }


def instant(at: datetime | None) -> str | None:
    """2023-11-10T13:45:00Z, with a fraction where there is one."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
