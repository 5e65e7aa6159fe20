"""The fold's working copy, and how the payload of an event is read."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from poise.incidents.log_event import LogEvent
from poise.model.evidence import Evidence
from poise.model.incident import (
    ActionItem,
    BoardHypothesis,
    Entry,
    Impact,
    IncidentTime,
    Origin,
    PostmortemStatus,
    Status,
    TimeChange,
    TimeName,
)
from poise.model.instants import within_calendar
from poise.model.response import Attachment, Link, Role, Task, Team

LARGEST = 1e300


@dataclass(slots=True)
class Draft:
    """What was read so far. Lines carry the position of their event in the log, so that equal instants keep its order."""

    position: int = 0
    title: str = ""
    severity: str = ""
    status: Status = "open"
    origin: Origin | None = None
    opened: datetime | None = None
    opened_by: str = ""
    postmortem: PostmortemStatus = "draft"
    impact: Impact = Impact()
    about: dict[str, None] = field(default_factory=dict)
    times: dict[TimeName, IncidentTime] = field(default_factory=dict)
    time_positions: dict[TimeName, int] = field(default_factory=dict)
    time_changes: list[TimeChange] = field(default_factory=list)
    entries: dict[str, tuple[int, Entry | None]] = field(default_factory=dict)
    hypotheses: dict[str, BoardHypothesis] = field(default_factory=dict)
    hypothesis_positions: dict[str, int] = field(default_factory=dict)
    items: dict[str, ActionItem] = field(default_factory=dict)
    roles: list[Role] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    tasks: dict[str, Task] = field(default_factory=dict)
    attachments: list[Attachment] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def copy(self) -> "Draft":
        """One that can be written to without this one changing: all that it holds is frozen."""
        made = Draft()
        for each in fields(Draft):
            value = getattr(self, each.name)
            setattr(made, each.name, value.copy() if isinstance(value, dict | list) else value)
        return made

    def line(self, key: str, entry: Entry | None) -> None:
        """A line of the timeline; the same key again replaces it in its place."""
        self.entries[key] = (self.entries.get(key, (self.position, None))[0], entry)


Reader = Callable[[Draft, LogEvent], None]


class UnreadableError(ValueError):
    """A payload that this version cannot read. Caught by the fold, which keeps the event and says so."""


def text(event: LogEvent, key: str) -> str:
    """The text under that key; raises UnreadableError where there is none."""
    value = event.payload.get(key)
    if not isinstance(value, str):
        raise UnreadableError(f"{event.kind} has no text {key!r}")
    return value


def text_or_none(event: LogEvent, key: str) -> str | None:
    """The same where it may be missing."""
    return None if event.payload.get(key) is None else text(event, key)


def word(event: LogEvent, key: str, allowed: tuple[str, ...]) -> Any:
    """One of the words that are allowed there."""
    value = event.payload.get(key)
    if value not in allowed:
        raise UnreadableError(f"{event.kind} has {key} {value!r}, known are {', '.join(allowed)}")
    return value


def instant(value: object) -> datetime | None:
    """An instant with its offset; None for None."""
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise UnreadableError(f"{value!r} is not an instant") from error
    if at.tzinfo is None:
        raise UnreadableError(f"{value!r} has no offset")
    if not within_calendar(at):
        raise UnreadableError(f"{value!r} is no instant of 1970 to 9000")
    return at


def day(value: object) -> date | None:
    """A due date; None for None."""
    try:
        return None if value is None else date.fromisoformat(str(value))
    except ValueError as error:
        raise UnreadableError(f"due date {value!r} is not a date") from error


def evidence(event: LogEvent) -> tuple[Evidence, ...]:
    """The evidence that the event carries."""
    try:
        return tuple(
            Evidence(
                str(e["observable"]),
                _figure(e.get("expected")),
                _figure(e.get("observed")),
                _bits(e.get("bits", 0.0)),
                str(e.get("source", "")),
            )
            for e in event.payload.get("evidence") or ()
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UnreadableError("its evidence has another shape") from error


def finite(value: float) -> bool:
    """Whether it can be reckoned with: Python's JSON also reads NaN, Infinity and whole numbers that no float holds."""
    return abs(value) <= LARGEST


def _bits(value: Any) -> float:
    if finite(bits := float(value)):
        return bits
    raise ValueError(value)


def _figure(value: Any) -> float | str | None:
    if value is None or isinstance(value, str) or (isinstance(value, int | float) and finite(value)):
        return value
    raise TypeError(value)
