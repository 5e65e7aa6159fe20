"""Which layer is at fault, with the evidence for and against, and what to look at next."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from poise.model.could_not import CouldNot
from poise.model.evidence import Evidence
from poise.model.fault import Layer
from poise.model.light import dataclass

DiagnosisVerdict = Literal["fault", "none", "undetermined"]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One explanation. `bits` is the sum over its evidence and its prior; `probability` is normalised over all hypotheses;
    `rank` counts from 1. `load_balancer` says whose pool or listener it is where several were looked at."""

    fault: str
    layer: Layer
    component: str
    evidence: tuple[Evidence, ...]
    bits: float
    probability: float = 0.0
    rank: int = 0
    load_balancer: str | None = None


@dataclass(frozen=True, slots=True)
class NextTest:
    """A look that would settle more: in words, as a command, which hypotheses it would settle, and seconds of a person's time."""

    test: str
    command: str
    would_settle: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The answer. `hypotheses` are ranked, most probable first; "none" is one of them. `differences` says in words what load balancers with
    the same servers do differently; `ended` is when a fault that has passed did harm for the last time, None while it lasts."""

    verdict: DiagnosisVerdict
    onset: datetime | None
    start: datetime
    end: datetime
    hypotheses: Sequence[Hypothesis]
    next: tuple[NextTest, ...] = ()
    could_not: tuple[CouldNot, ...] = ()
    differences: tuple[str, ...] = ()
    ended: datetime | None = None

    @property
    def best(self) -> Hypothesis:
        """The hypothesis at rank 1."""
        return self.hypotheses[0]
