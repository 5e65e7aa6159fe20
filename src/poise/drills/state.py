"""Where a drill stands, and its journal. The journal is all that scoring and the debrief read."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any, Literal

from poise.drills.events import Second
from poise.model.drill import Course, Quality
from poise.model.fault import Layer
from poise.model.light import dataclass

Phase = Literal["healthy", "running", "holding", "restarting", "holding again", "ended"]
LineKind = Literal["inject", "page", "hypothesis", "hint", "act", "seen", "change", "check", "verdict", "look", "engine", "end"]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long each part lasts, in seconds. The defaults are those of training; tests have less time."""

    lead: float = 10.0
    page_after: float = 12.0
    hold: float = 60.0
    hold_again: float = 30.0
    # A client gives up after 5 s: what was sent before the repair has ended by then.
    grace: float = 7.0
    limit: float = 1800.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the journal."""

    at: datetime
    kind: LineKind
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hold:
    """Clients are measured from `since` on; `first` is the first second that counts. `served` is what a hold before the restart found,
    `late` the most that the machine was late in it."""

    since: datetime
    first: Second | None = None
    late: float = 0.0
    served: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """Where the drill stands. `traps` are forbidden shortcuts that are still in force at the check; `prevention` is what the trainee says
    would have warned."""

    course: Course
    pace: Pace
    began: datetime
    phase: Phase = "healthy"
    injected: datetime | None = None
    paged: datetime | None = None
    hold: Hold | None = None
    latest: Second | None = None
    quality: Quality = "none"
    traps: tuple[str, ...] = ()
    hints: int = 0
    logged: int = 0
    prevention: str | None = None
    journal: tuple[Line, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.phase == "ended"

    def due(self, at: datetime, since: datetime | None, seconds: float) -> bool:
        """Whether so much time has passed since then."""
        return since is not None and at >= since + timedelta(seconds=seconds)

    def of(self, *kinds: LineKind) -> tuple[Line, ...]:
        """The journal's lines of these kinds."""
        return tuple(line for line in self.journal if line.kind in kinds)


@dataclass(frozen=True, slots=True)
class Said:
    """A hypothesis in the contract's words."""

    layer: Layer
    mechanism: str
    because: str
