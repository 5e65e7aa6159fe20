"""What a detector concluded, and the alert that became of it."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal

from poise.model.finding import Severity
from poise.model.light import dataclass

State = Literal["ok", "bad", "unknown"]
Phase = Literal["pending", "firing", "resolved", "no-data"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One detector's answer about one component at one instant. `summary` is one line in traffic terms; `reason` has the figures.

    `page` says whether a person must be woken; `faults` are the names that the detector may announce; `figures` are the numbers behind it.
    """

    detector: str
    component: str
    state: State
    severity: Severity
    page: bool
    summary: str
    reason: str
    faults: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What makes two verdicts the same alert."""
        return f"{self.detector} {self.component}"


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert's life. `since` is when the condition began, `fired` when it became firing, `ended` when it resolved."""

    key: str
    phase: Phase
    verdict: Verdict
    since: datetime
    fired: datetime | None = None
    ended: datetime | None = None
    last_seen: datetime | None = None
