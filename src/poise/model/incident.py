"""An incident: what happened when, who thought what, what it cost."""

from datetime import date, datetime
from typing import Literal

from poise.model.evidence import Evidence
from poise.model.fault import Layer
from poise.model.light import dataclass

Status = Literal["open", "mitigated", "resolved", "closed"]
TimeSource = Literal["observed", "stated", "estimated"]
TimeName = Literal["impact_started", "detected", "acknowledged", "cause_found", "mitigated", "resolved"]
EntryKind = Literal["alert", "change", "check", "hypothesis", "decision", "team", "milestone", "note"]
HypothesisState = Literal["open", "supported", "ruled_out", "confirmed"]
ActionKind = Literal["prevent", "detect", "mitigate", "process", "document"]


@dataclass(frozen=True, slots=True)
class IncidentTime:
    """An instant and how it is known."""

    at: datetime
    source: TimeSource


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. `at` is when it happened; `source` who or what said so; `until` when a lasting thing (an alert) ended."""

    at: datetime
    kind: EntryKind
    source: str
    text: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class BoardHypothesis:
    """A hypothesis with its life. `minutes` is None while it is open."""

    statement: str
    layer: Layer
    state: HypothesisState
    opened: datetime
    closed: datetime | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def minutes(self) -> float | None:
        """How long it was pursued."""
        return None if self.closed is None else (self.closed - self.opened).total_seconds() / 60


@dataclass(frozen=True, slots=True)
class ActionItem:
    """Something to do so that it does not happen again, or hurts less."""

    text: str
    kind: ActionKind
    owner: str | None = None
    due: date | None = None
    ticket: str | None = None
    state: Literal["open", "done"] = "open"


@dataclass(frozen=True, slots=True)
class Impact:
    """What clients lost. `share_of_requests` 0–1; None means not known."""

    requests_failed: int | None = None
    share_of_requests: float | None = None
    clients: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """The whole, folded from its append-only log."""

    id: str
    title: str
    severity: str
    status: Status
    times: dict[TimeName, IncidentTime]
    impact: Impact = Impact()
    timeline: tuple[Entry, ...] = ()
    hypotheses: tuple[BoardHypothesis, ...] = ()
    action_items: tuple[ActionItem, ...] = ()
