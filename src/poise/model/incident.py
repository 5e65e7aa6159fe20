"""An incident: what happened when, who thought what, what it cost.

`event` is everywhere the number in the store of the event that said it last, 0 where it came from no store: each figure can be traced.
"""

from dataclasses import field
from datetime import date, datetime
from typing import Literal

from poise.model.evidence import Evidence
from poise.model.fault import Layer
from poise.model.light import dataclass
from poise.model.response import Attachment, Link, Role, Task, Team

Status = Literal["open", "mitigated", "resolved", "closed"]
TimeSource = Literal["observed", "stated", "estimated"]
TimeName = Literal["impact_started", "detected", "acknowledged", "cause_found", "mitigated", "resolved"]
EntryKind = Literal["alert", "change", "check", "hypothesis", "decision", "team", "milestone", "note"]
HypothesisState = Literal["open", "supported", "ruled_out", "confirmed"]
ActionKind = Literal["prevent", "detect", "mitigate", "process", "document"]
ActionState = Literal["open", "done", "dropped"]
Origin = Literal["alert", "hand", "webhook", "import"]
PostmortemStatus = Literal["draft", "in_review", "published"]


@dataclass(frozen=True, slots=True)
class IncidentTime:
    """An instant and how it is known. `zone` is that of the clock it was read from, by name or offset; `by` who or what said it."""

    at: datetime
    source: TimeSource
    zone: str = "UTC"
    by: str = field(default="", compare=False)
    event: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class TimeChange:
    """One of the six instants was set (`before` None) or corrected, by whom, and when that was written down."""

    name: TimeName
    before: IncidentTime | None
    after: IncidentTime
    by: str
    recorded_at: datetime
    event: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. `at` is when it happened; `source` who or what said so; `until` when a lasting thing (an alert) ended."""

    at: datetime
    kind: EntryKind
    source: str
    text: str
    until: datetime | None = None
    event: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Check:
    """Somebody, or a diagnosis, held a hypothesis against figures at `at`."""

    at: datetime
    by: str
    evidence: tuple[Evidence, ...]
    event: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Move:
    """A hypothesis was held to be this from `at` on."""

    at: datetime
    state: HypothesisState
    by: str
    event: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class BoardHypothesis:
    """A hypothesis with its life. `minutes` is None while it is open.

    `opened_by` is a role, person or program, `owner` the team that pursues it. `evidence` has the newest figure of each observable,
    `checks` all that was attached, in the order of the log. `could_rule_out` is when poise's own telemetry would have ruled it out, and by
    what.
    """

    statement: str
    layer: Layer
    state: HypothesisState
    opened: datetime
    closed: datetime | None = None
    evidence: tuple[Evidence, ...] = ()
    id: str = ""
    opened_by: str = ""
    owner: str | None = None
    checks: tuple[Check, ...] = ()
    moves: tuple[Move, ...] = ()
    could_rule_out: Check | None = None
    event: int = field(default=0, compare=False)

    @property
    def minutes(self) -> float | None:
        """How long it was pursued."""
        return None if self.closed is None else (self.closed - self.opened).total_seconds() / 60

    def minutes_at(self, now: datetime) -> float:
        """How long it was pursued until then, of one that is open too."""
        return max(((self.closed or now) - self.opened).total_seconds() / 60, 0.0)

    @property
    def looked_at(self) -> datetime:
        """When evidence was last attached; before there is any, when it was opened."""
        return max((self.opened, *(check.at for check in self.checks)))


@dataclass(frozen=True, slots=True)
class ActionItem:
    """Something to do so that it does not happen again, or hurts less. `verification` is what shows that it works."""

    text: str
    kind: ActionKind
    owner: str | None = None
    due: date | None = None
    ticket: str | None = None
    state: ActionState = "open"
    verification: str | None = None
    id: str = ""
    opened: datetime | None = None
    closed: datetime | None = None
    event: int = field(default=0, compare=False)

    @property
    def verb(self) -> str:
        """What is to be done, in one word: the text's first, as an action item begins with a verb."""
        return self.text.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class Impact:
    """What clients lost. Shares 0–1; None means not known. `cost` is in the unit of the needs' `cost_per_minute`."""

    requests_failed: int | None = None
    share_of_requests: float | None = None
    clients: int | None = None
    cost: float | None = None
    share_of_clients: float | None = None
    event: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Incident:
    """The whole, folded from its append-only log.

    `origin` is None in logs from before it was written down. `about` are the components that it concerns, in the contract's words
    (`pool web`, `load-balancer lb1`): a related alert joins by them. `roles` and `teams` hold those of before too, with their end.
    """

    id: str
    title: str
    severity: str
    status: Status
    times: dict[TimeName, IncidentTime]
    impact: Impact = Impact()
    timeline: tuple[Entry, ...] = ()
    hypotheses: tuple[BoardHypothesis, ...] = ()
    action_items: tuple[ActionItem, ...] = ()
    origin: Origin | None = None
    opened: datetime | None = None
    opened_by: str = ""
    about: tuple[str, ...] = ()
    time_changes: tuple[TimeChange, ...] = ()
    roles: tuple[Role, ...] = ()
    teams: tuple[Team, ...] = ()
    tasks: tuple[Task, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    links: tuple[Link, ...] = ()
    postmortem: PostmortemStatus = "draft"
    events: int = 0
