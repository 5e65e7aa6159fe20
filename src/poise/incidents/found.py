"""What a search finds."""

from dataclasses import dataclass

from poise.incidents.log_event import LogEvent


@dataclass(frozen=True, slots=True)
class Hit:
    """An event that says what was looked for, and the title of its incident."""

    incident: str
    title: str
    event: LogEvent
