"""What a fault's module offers: the fault itself, its weighing and its plan."""

from collections.abc import Iterable
from typing import Protocol

from poise.faults.sign import Observation
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window


class FaultUnit(Protocol):
    """A module of this shape, listed in FAULTS."""

    FAULT: Fault

    def weigh(self, observation: Observation, /) -> Iterable[Hypothesis]:
        """One hypothesis per component that might have this fault, with the evidence for and against; bits are not normalised."""

    def plan(self, hypothesis: Hypothesis, window: Window, /) -> Plan:
        """What would repair it, in the order it must be done; no steps where poise can do nothing, then `advice` says who can."""
