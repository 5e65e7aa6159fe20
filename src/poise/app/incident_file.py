"""An incident's log as a file: one JSON event a line, so that an incident travels without its store."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from poise.app.incident import IncidentError
from poise.incidents.lifecycle import fold
from poise.incidents.log_event import LogEvent
from poise.model.incident import Incident
from poise.model.instants import within_calendar
from poise.reading.files import read_bytes


def log_lines(incident_id: str, events: Sequence[tuple[int, LogEvent]]) -> str:
    """The file: a head that names the incident, then the events in the order of the log, instants RFC 3339."""
    head = {"version": 1, "incident": incident_id}
    lines = [head, *(_line(number, event) for number, event in events)]
    return "".join(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines)


def read_log(path: Path) -> Incident:
    """The incident of such a file. Raises IncidentError."""
    incident_id, events = events_of(path)
    return fold(events, incident_id)


def events_of(path: Path) -> tuple[str, list[LogEvent]]:
    """Its id and its events. Raises IncidentError."""
    content = read_bytes(str(path))
    if not isinstance(content, bytes):
        raise IncidentError(f"could not read {path}: {content.reason}")
    try:
        lines = content.decode("utf-8").rstrip("\n").split("\n")
    except UnicodeDecodeError as error:
        raise IncidentError(f"could not read {path}: byte {error.start} is no UTF-8; name a file of `poise incident log`") from error
    try:
        head = json.loads(lines[0]) if lines[0] else None
        if not isinstance(head, dict) or head.get("version") != 1:
            raise ValueError("it does not begin with a head of version 1")
        events = [_event(json.loads(line)) for line in lines[1:]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise IncidentError(f"could not read {path}: {what}; name a file of `poise incident log`") from error
    return str(head.get("incident", "")), events


def _line(number: int, event: LogEvent) -> dict[str, Any]:
    said: dict[str, Any] = {
        "seq": number,
        "kind": event.kind,
        "at": event.at.isoformat(),
        "recorded_at": event.recorded_at.isoformat(),
        "source": event.source,
        "payload": dict(event.payload),
    }
    return said | ({"id": event.id} if event.id else {})


def _event(said: dict[str, Any]) -> LogEvent:
    at, recorded_at = (datetime.fromisoformat(said[key]) for key in ("at", "recorded_at"))
    if at.tzinfo is None or recorded_at.tzinfo is None:
        raise ValueError("an instant has no offset")
    if not within_calendar(at) or not within_calendar(recorded_at):
        raise ValueError(f"{said['at']} is no instant of 1970 to 9000")
    if not isinstance(said["payload"], dict):
        raise ValueError("its payload is no object")
    return LogEvent(str(said["kind"]), at, recorded_at, str(said["source"]), said["payload"], str(said.get("id", "")), int(said["seq"]))
