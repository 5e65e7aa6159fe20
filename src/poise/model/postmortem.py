"""A postmortem as somebody else wrote it: what poise could read in it, each fact with the line it stands on."""

from datetime import datetime, timedelta
from typing import Literal

from poise.model.could_not import CouldNot
from poise.model.finding import Severity
from poise.model.incident import ActionKind, TimeName
from poise.model.light import dataclass

EventKind = Literal["detection", "action", "hypothesis", "cause", "mitigation", "resolution", "other"]
Precision = Literal["minute", "hour", "day"]
LengthOf = Literal["incident", "to_detect", "to_acknowledge", "to_mitigate", "to_resolve"]
Role = Literal[
    "summary", "impact", "timeline", "cause", "trigger", "contributing", "detection", "resolution", "actions", "lessons", "went-well",
    "went-wrong", "lucky", "surprised", "hypotheses", "severity", "authors", "status", "evidence", "responders", "background", "other",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quote:
    """A place in the document: the line, from 1, and what it says there."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as the document gives it. `wall` is the document's own clock without a zone; `offset_minutes` east of UTC, None where no zone
    is stated. Of an undated time (`dated` false) the day of `wall` only counts days within the document."""

    wall: datetime
    dated: bool
    offset_minutes: int | None
    zone: str | None
    quote: Quote
    precision: Precision = "minute"

    @property
    def iso(self) -> str:
        """`2023-11-10T13:45:00+00:00`; without a date `T13:45`; without a zone no offset; `2023-11-10` where only the day is told."""
        if self.precision == "day":
            return self.wall.date().isoformat()
        clock = self.wall.strftime("%H:%M:%S" if self.precision == "minute" else "%H")
        text = f"{self.wall.date().isoformat()}T{clock}" if self.dated else f"T{clock if self.wall.second else clock[:5]}"
        if self.offset_minutes is None:
            return text
        sign, minutes = "-" if self.offset_minutes < 0 else "+", abs(self.offset_minutes)
        return f"{text}{sign}{minutes // 60:02}:{minutes % 60:02}"

    def minutes_after(self, other: "Moment") -> float:
        """How long after `other` it is. A time without a zone is on the other's clock."""
        apart = self.wall - other.wall
        if self.offset_minutes is not None and other.offset_minutes is not None:
            apart -= timedelta(minutes=self.offset_minutes - other.offset_minutes)
        return apart.total_seconds() / 60

    @property
    def clock(self) -> str:
        """Hours and minutes, for a sentence."""
        return self.wall.strftime("%H:%M")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a time. `until` is the end of a range; `listed` tells a list or table from prose; `starts` that harm
    began with it; `changes` that it is a change which may have caused the rest."""

    time: Moment
    text: str
    kind: EventKind
    until: Moment | None = None
    listed: bool = True
    starts: bool = False
    changes: bool = False
    # Which list or table it stands in: only within one is the order of time the order of lines.
    group: int = 0
    level: int = 0

    @property
    def line(self) -> int:
        """Where the time stands."""
        return self.time.quote.line


@dataclass(frozen=True, slots=True)
class StatedDuration:
    """A length of time that the document states. `about` where it says about; `what` is what it is the length of."""

    minutes: float
    about: bool
    what: LengthOf
    quote: Quote


@dataclass(frozen=True, slots=True)
class Declared:
    """Start, end and length of the incident as the document's head or summary states them."""

    start: Moment | None = None
    end: Moment | None = None
    durations: tuple[StatedDuration, ...] = ()


@dataclass(frozen=True, slots=True)
class WrongHypothesis:
    """A suspicion that turned out wrong: whom, from when to when."""

    layer: str | None
    opened: Moment
    closed: Moment | None
    quote: Quote

    @property
    def minutes(self) -> float | None:
        """How long it was pursued; None where the document does not say when it was left."""
        return None if self.closed is None else self.closed.minutes_after(self.opened)


@dataclass(frozen=True, slots=True)
class Cause:
    """What the document blames. `layer` None where it blames none of the layers."""

    layer: str | None
    mechanism: str | None
    quote: Quote | None


@dataclass(frozen=True, slots=True)
class Item:
    """An action item, with what the document says of who, until when and where it is kept."""

    text: str
    line: int
    kind: ActionKind
    owner: str | None = None
    due: str | None = None
    ticket: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewFinding:
    """What contradicts or is missing: at which line, in which words of the document, and what to write instead."""

    rule: str
    severity: Severity
    message: str
    remedy: str
    quotes: tuple[Quote, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Durations:
    """Minutes between the milestones; to detect, mitigate and resolve count from `basis`: the start, or detection where no start holds."""

    to_detect: float | None
    to_acknowledge: float | None
    to_cause: float | None
    to_mitigate: float | None
    to_resolve: float | None
    basis: Literal["impact_started", "detected"]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One incident's document: the facts, and the findings about them. `line` is where it begins in its file."""

    title: str
    line: int
    declared: Declared
    times: dict[TimeName, Moment]
    durations: Durations
    timeline: tuple[Event, ...]
    cause: Cause
    wrong_hypotheses: tuple[WrongHypothesis, ...]
    action_items: tuple[Item, ...]
    findings: tuple[ReviewFinding, ...]
    # Times that stand there and could not be understood: the line, and why.
    unread: tuple[tuple[Quote, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewRun:
    """What a review of some files came to: the incidents with their files, in order, the texts by file, and what could not be read."""

    documents: tuple[tuple[str, Reviewed], ...]
    texts: tuple[tuple[str, str], ...]
    could_not: tuple[CouldNot, ...]
