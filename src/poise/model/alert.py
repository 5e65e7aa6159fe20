"""What a detector concluded, and the alert that became of it."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

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
class InOrder:
    """Components that a detector looked at and found in order, thousands at once: what a verdict with the state ok is for one.

    `places` gives each component, in the contract's words, its place in `judged`, which is True for those that are in order (neither bad
    nor without data). The same mapping is handed over each time. `summary` is told of each; `now` gives the figures of one by its place,
    and is asked only for those of which somebody hears.
    """

    detector: str
    places: Mapping[str, int]
    judged: NDArray[np.bool_]
    severity: Severity = "warning"
    page: bool = False
    summary: str = "in order"
    now: Callable[[int], str] | None = None

    def __contains__(self, component: object) -> bool:
        place = self.places.get(component) if isinstance(component, str) else None
        return place is not None and bool(self.judged[place])

    def verdicts(self, components: Collection[str] | None = None) -> Iterator[Verdict]:
        """As verdicts: those of the named components that are in order, or of all."""
        for component in self.places if components is None else components:
            if component in self:
                reason = self.summary if self.now is None else self.now(self.places[component])
                yield Verdict(self.detector, component, "ok", self.severity, self.page, self.summary, reason)


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert's life. `since` is when the condition began, `fired` when it became firing, `ended` when it resolved,
    and `cleared` what was seen then: its verdict goes on saying what was wrong."""

    key: str
    phase: Phase
    verdict: Verdict
    since: datetime
    fired: datetime | None = None
    ended: datetime | None = None
    last_seen: datetime | None = None
    cleared: str = ""
