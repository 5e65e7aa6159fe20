"""Changes that others write down, one JSON object a line: {"at":"…","kind":"change","component":"…","text":"…"}."""

import json
from datetime import UTC, datetime
from pathlib import Path

from poise.model.sample import Event
from poise.probes.source import Reading
from poise.probes.tail import Tail, follow


def read_line(line: str) -> Event | None:
    """One line as an event, None for an empty line. Raises ValueError for anything else."""
    if not line.strip():
        return None
    found = json.loads(line)
    if not isinstance(found, dict) or not isinstance(found.get("at"), str) or not isinstance(found.get("text"), str):
        raise ValueError('expected {"at":"…","kind":"change","component":"…","text":"…"}')
    at = datetime.fromisoformat(found["at"])
    if at.tzinfo is None:
        raise ValueError(f"the time {found['at']} has no zone")
    kind = found.get("kind", "change")
    if kind not in ("change", "alert", "note"):
        raise ValueError(f"kind {kind!r} is none of change, alert, note")
    return Event(at.astimezone(UTC), kind, found["text"], found.get("component"))


class ChangeLog:
    """Follows one such file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._tail = Tail(path)

    async def sample(self, now: datetime) -> Reading:
        """What was appended since the last look."""
        events, could_not = await follow(self._tail, read_line, "changes made by others are not known")
        return Reading(events=tuple(events), could_not=tuple(could_not))
