"""When a diagnosis is told as the cause: as soon as it is sure, or when the same fault has led for so long that waiting adds nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from poise.model.diagnosis import Diagnosis

# A cause is told when its layer is this probable; or when it is likely and has led for so long that waiting costs more than it tells.
SURE = 0.9
LIKELY = 0.6
STEADY = timedelta(seconds=6)


@dataclass(frozen=True, slots=True)
class Lead:
    """The fault at rank 1, and since when it has been there without a break."""

    fault: str
    since: datetime


def lead(before: Lead | None, diagnosis: Diagnosis, now: datetime) -> Lead:
    """Who leads now, given who led at the diagnosis before."""
    fault = diagnosis.best.fault
    return before if before is not None and before.fault == fault else Lead(fault, now)


def settled(leader: Lead, diagnosis: Diagnosis, now: datetime) -> bool:
    """May this diagnosis be told as the cause? The probability, 0-1, is that of all faults of the leading layer together."""
    steady = _of_layer(diagnosis) >= LIKELY and now >= leader.since + STEADY
    return sure(diagnosis) or (diagnosis.verdict == "fault" and steady)


def sure(diagnosis: Diagnosis) -> bool:
    """Is it sure by itself? Only such a one takes the place of a cause that was told."""
    return diagnosis.verdict == "fault" and _of_layer(diagnosis) >= SURE


def _of_layer(diagnosis: Diagnosis) -> float:
    return sum(h.probability for h in diagnosis.hypotheses if h.layer == diagnosis.best.layer)
