"""What a detector is: a pure function from a window to verdicts, and how patient the alert about them is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from poise.model.alert import InOrder, Verdict
from poise.model.sample import Window


@dataclass(frozen=True, slots=True)
class Policy:
    """When verdicts become an alert, in Prometheus' words: bad in `n` of the last `m` verdicts is the condition; it must hold `for_`
    before the alert fires, and the alert goes on for `keep_firing_for` after it ended."""

    for_: timedelta = timedelta(0)
    keep_firing_for: timedelta = timedelta(seconds=10)
    n: int = 1
    m: int = 1


@dataclass(frozen=True, slots=True)
class Detector:
    """`judge` gives its answer about each component it looked at: a verdict for each that is bad, unknown or on hold; for those in order a
    verdict each, where there are few, or one `InOrder` for all of them. Silence about a component is read as lost data.

    `faults` are all that its verdicts may announce; empty for one that sees harm, drift or silence, which any fault may cause.
    `remedy` is what to do about it where no fault is at work that `poise diagnose` could name.
    """

    name: str
    judge: Callable[[Window, datetime], Iterable[Verdict | InOrder]]
    policy: Policy = Policy()
    faults: tuple[str, ...] = ()
    remedy: str = ""
