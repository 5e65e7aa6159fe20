"""The invitation to a meeting as iCalendar (RFC 5545): one event in UTC, which needs no library and no time zone table.

What it needs is CRLF line ends, lines of at most 75 octets (3.1), and escaped text (3.3.11).
"""

from datetime import UTC, datetime, timedelta

from poise.model.incident import Incident
from poise.model.plain_text import plain

MOST_OCTETS = 75


def invitation(incident: Incident, agenda: str, at: datetime, length: timedelta, now: datetime) -> str:
    """The file, to be imported or sent. The same incident has the same UID: a later file moves the meeting."""
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-.") else "-" for c in incident.id) or "incident"
    description = "\n".join(plain(line) for line in agenda.split("\n"))
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//poise//incident review//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{name}@review.poise",
        f"DTSTAMP:{_utc(now)}",
        # Grows with time, as 3.8.7.4 wants of a changed event.
        f"SEQUENCE:{max(int(now.timestamp()), 0) // 60}",
        f"DTSTART:{_utc(at)}",
        f"DTEND:{_utc(at + length)}",
        f"SUMMARY:{_text('Review: ' + (plain(incident.title) or 'incident without a title'))}",
        f"DESCRIPTION:{_text(description)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(words: str) -> str:
    return words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Broken before a line gets too long, never inside a character; what goes on begins with a blank."""
    parts, size = [""], 0
    for character in line:
        octets = len(character.encode("utf-8", "surrogatepass"))
        if size + octets > MOST_OCTETS:
            parts.append(" ")
            size = 1
        parts[-1] += character
        size += octets
    return "\r\n".join(parts)
