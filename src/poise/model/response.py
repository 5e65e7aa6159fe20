"""Who responds to an incident, with what, and what they leave behind. Nouns of the incident; `event` as there."""

from dataclasses import field
from datetime import datetime
from typing import Literal

from poise.model.fault import Layer
from poise.model.light import dataclass

TaskState = Literal["open", "done", "dropped"]


@dataclass(frozen=True, slots=True)
class Role:
    """A role in the response and who has it, until somebody else took it or it was given back."""

    name: str
    who: str
    since: datetime
    until: datetime | None = None
    event: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Team:
    """A team that was engaged. `layer` is what it owns, where that was said."""

    name: str
    engaged: datetime
    released: datetime | None = None
    layer: Layer | None = None
    event: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do during the incident; an action item is for after it."""

    id: str
    text: str
    owner: str | None
    due: datetime | None
    state: TaskState
    opened: datetime
    closed: datetime | None = None
    event: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that was kept with the incident. `sha256` (hexadecimal) finds its content in the store."""

    name: str
    media_type: str
    size_bytes: int
    sha256: str
    at: datetime
    by: str
    event: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Link:
    """Evidence that lies elsewhere: a dashboard, a query, a ticket. `hypothesis` is the id of the one that it speaks to, if to one."""

    url: str
    text: str
    at: datetime
    by: str
    hypothesis: str | None = None
    event: int = field(default=0, compare=False)
