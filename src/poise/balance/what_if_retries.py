"""What clients do to a pool that try again what failed.

Attempts multiply the load by 1 + p + p² …, p the part that fails, which depends on the load: a fixed point. Searched from below it is where
a healthy pool comes to; from above, where it stays after an outage of some seconds. Where both differ the pool does not recover by itself
(N. Bronson et al., Metastable failures in distributed systems, HotOS 2021).
"""

from collections.abc import Iterator, Sequence
from math import inf

import numpy as np

from poise.balance.arrivals.courses import ALLOWED_SECONDS, Outcome, outcomes
from poise.balance.arrivals.run import Progress
from poise.balance.arrivals.station import Lane
from poise.balance.what_if_pool import Loaded
from poise.model.light import dataclass

RATES, REPLICAS, SECONDS = 7, 4, 24.0
FEW = 2  # servers that stand for all alike: under so much load each has a queue of its own, whoever chooses
MOST_ROUNDS = 200
APART = 0.05  # failed ratios that differ by more are two states
AFTER_OUTAGE = 1.2  # what waits after it, by what a request waits for at most


@dataclass(frozen=True, slots=True)
class Storm:
    """One state: attempts/s, the part of clients' requests whose every attempt fails, and the course nearest to it."""

    case: str
    rate: float
    failed: float
    outcome: Outcome
    breaks: str | None


def amplified(rate: float, failed: float, attempts: int) -> float:
    """λ (1 + p + p² …), one term for each attempt."""
    return rate * sum(failed**k for k in range(attempts))


def fixed_point(rate: float, attempts: int, rates: Sequence[float], failed: Sequence[float], start: float) -> tuple[float, float]:
    """The attempts/s and the failed ratio that belong together, reached from `start`; `failed` by `rates`, straight between them."""
    now = start
    for _ in range(MOST_ROUNDS):
        ratio = float(np.interp(now, rates, failed))
        following = amplified(rate, ratio, attempts)
        if abs(following - now) < 1e-6 * rate:
            break
        now = (now + following) / 2
    return now, float(np.interp(now, rates, failed))


def storm(of: Loaded, attempts: int, progress: Progress | None = None, allowed: float = ALLOWED_SECONDS) -> Iterator[Storm]:
    """Where a healthy pool settles when clients try so often, and where it stays after an outage if that is somewhere else."""
    weights, _ = of.weights()
    patience = of.patience()
    if not sum(weights):
        return
    rates = [float(rate) for rate in np.linspace(of.peak, attempts * of.peak, RATES)]
    backlog = 0.0 if patience == inf else min(SECONDS, AFTER_OUTAGE * patience)
    lanes = [Lane(rate, weights, start) for start in (0.0, backlog) for rate in rates]
    found = outcomes(of.station, lanes, SECONDS, REPLICAS, 1, progress, True, FEW, backlog + of.settles(), allowed)
    calm, after = found[:RATES], found[RATES:]
    low = fixed_point(of.peak, attempts, rates, [each.course.late_failed for each in calm], rates[0])
    high = fixed_point(of.peak, attempts, rates, [each.course.late_failed for each in after], rates[-1])
    said = f"clients try {attempts} times"
    yield Storm(said, low[0], low[1] ** attempts, _nearest(calm, rates, low[0]), None)
    if high[1] - low[1] > APART:
        breaks = (
            f"does not recover: failed requests keep {high[0]:.0f} attempts/s coming, the servers work off {of.capacity(weights):.0f} and "
            "what they work on is given up"
        )
        yield Storm(f"{said}, after an outage", high[0], high[1] ** attempts, _nearest(after, rates, high[0]), breaks)


def _nearest(found: Sequence[Outcome], rates: Sequence[float], rate: float) -> Outcome:
    return found[min(range(len(rates)), key=lambda i: abs(rates[i] - rate))]
