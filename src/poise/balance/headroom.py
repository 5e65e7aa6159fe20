"""How much a pool carries: the lowest rate at which 1 % of the requests fail within 30 s from an idle start.

A search by sections: simulations of many rates side by side, then of more replicas of few rates around the place where the line is crossed.
The error is that of the failed ratios there, by the slope, and that of the sections.
"""

from collections.abc import Sequence
from math import inf, sqrt

from poise.balance.arrivals.courses import Outcome, outcomes
from poise.balance.arrivals.run import Progress
from poise.balance.arrivals.station import Lane
from poise.balance.what_if_pool import Loaded
from poise.model.what_if import CurvePoint, Headroom

SECONDS, FAILING = 30.0, 0.01
ROUGH, FINE = 12, 7  # rates of the first and of the second look
ROUGH_REPLICAS, FINE_REPLICAS = 4, 16
LOOK_SECONDS = 2.0  # of a machine's time, for one look
LOWEST, HIGHEST = 0.5, 2.2  # of what the servers can work off


def headroom(of: Loaded, progress: Progress | None = None, allowed: float = LOOK_SECONDS) -> Headroom | None:
    """The search; None where no server takes any request. Each of its two looks takes `allowed` seconds at most."""
    weights, _ = of.weights()
    capacity = of.capacity(weights)
    if not capacity:
        return None
    # From an idle start work piles up by (λ/C − 1) t; who meets more of it than a request waits for fails.
    top = min(HIGHEST, 1.3 + 1.3 * min(of.patience(), SECONDS) / SECONDS)
    rates = [capacity * (LOWEST + (top - LOWEST) * (i / (ROUGH - 1))) for i in range(ROUGH)]
    found = _look(of, rates, weights, ROUGH_REPLICAS, 1, progress, allowed)
    curve = [_point(rate, each) for rate, each in zip(rates, found, strict=True)]
    need, need_rate = _first_need(of, curve)
    above = next((i for i, point in enumerate(curve) if point.failed >= FAILING), None)
    if above is None:
        return Headroom(
            None, None, None, None, True, SECONDS, need, need_rate, tuple(curve), capacity, capacity / of.peak, found[0].coarser
        )
    low, high = (rates[above - 2] if above > 1 else 0.02 * rates[0]), rates[min(above + 1, ROUGH - 1)]
    closer = [low + (high - low) * i / (FINE - 1) for i in range(FINE)]
    fine = _look(of, closer, weights, FINE_REPLICAS, 2, progress, allowed)
    rate, error, which = _crossing(closer, fine)
    points = {point.requests_per_second: point for point in (*curve, *map(_point, closer, fine))}
    curve = [points[each] for each in sorted(points)]
    need, need_rate = _first_need(of, curve)
    # Just above the line hardly anything fails; what fails there is told by the first rate that is well above.
    telling = next((each for each in fine[which:] if each.course.failed_ratio > FAILING), fine[-1])
    fails = of.failing(telling.course.failed)
    sustained = (capacity, capacity / of.peak)
    return Headroom(
        rate, rate / of.peak, error, fails, True, SECONDS, need, need_rate, tuple(curve), *sustained, fine[0].coarser or found[0].coarser
    )


def _look(
    of: Loaded, rates: Sequence[float], weights: tuple[float, ...], replicas: int, seed: int, progress: Progress | None, allowed: float
) -> tuple[Outcome, ...]:
    lanes = [Lane(rate, weights) for rate in rates]
    return outcomes(of.station, lanes, SECONDS, replicas, seed, progress, True, settles=of.settles(), allowed=allowed)


def _point(rate: float, found: Outcome) -> CurvePoint:
    return CurvePoint(rate, 1000 * found.course.p99_seconds, found.course.failed_ratio, found.error)


def _crossing(rates: Sequence[float], found: Sequence[Outcome]) -> tuple[float, float, int]:
    """Where the failed ratio passes 1 %, its standard error, and the index of the rate above it."""
    failed = [each.course.failed_ratio for each in found]
    # More load does not fail less: what looks so is chance, and a mean over both is nearer to the truth.
    for i in range(1, len(failed)):
        failed[i] = max(failed[i], failed[i - 1])
    above = next((i for i, ratio in enumerate(failed) if ratio >= FAILING), len(rates) - 1)
    if above == 0:
        return rates[0], rates[0] / 2, 0
    low, high = rates[above - 1], rates[above]
    rise = max(failed[above] - failed[above - 1], 1e-9)
    rate = low + (high - low) * min(1.0, (FAILING - failed[above - 1]) / rise)
    by_chance = min(high - low, max(found[above].error, found[above - 1].error) * (high - low) / rise)
    return rate, sqrt(by_chance**2 + (high - low) ** 2 / 12), above


def _first_need(of: Loaded, curve: Sequence[CurvePoint]) -> tuple[str | None, float | None]:
    """The objective that breaks at the lowest rate, and that rate."""
    promised = of.needs.objectives
    rates = {
        "latency_p99_ms": _reached(curve, [p.p99_ms for p in curve], promised.latency_p99_ms),
        "availability": _reached(curve, [p.failed for p in curve], None if promised.availability is None else 1 - promised.availability),
    }
    name = min(rates, key=lambda each: rates[each])
    return (name, rates[name]) if rates[name] < inf else (None, None)


def _reached(curve: Sequence[CurvePoint], values: Sequence[float], limit: float | None) -> float:
    """The rate at which a value passes its limit, straight between the points; infinity where it does not."""
    at = next((i for i, value in enumerate(values) if limit is not None and value > limit), None)
    if at is None or limit is None:
        return inf
    if at == 0:
        return curve[0].requests_per_second
    low, high = curve[at - 1].requests_per_second, curve[at].requests_per_second
    return low + (high - low) * (limit - values[at - 1]) / (values[at] - values[at - 1])
