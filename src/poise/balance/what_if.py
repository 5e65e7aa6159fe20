"""What becomes of a pool when servers are lost, the load grows, clients try again, or all begins from nothing. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from poise.balance.arrivals.courses import ALIKE, ALLOWED_SECONDS, Outcome, outcomes
from poise.balance.arrivals.run import Progress
from poise.balance.arrivals.station import Lane
from poise.balance.room import keeps_up
from poise.balance.what_if_losses import losses, named
from poise.balance.what_if_pool import SETTLED, Loaded
from poise.balance.what_if_retries import FEW, storm
from poise.model.light import dataclass
from poise.model.needs import PoolNeeds
from poise.model.what_if import Kind, LoadedServer, Questions, WhatIf

SECONDS = 30.0
REPLICAS = 6
SURGES, ATTEMPTS = (1.5, 2.0, 3.0), 3
COLD_SECONDS = 5.0
# Below this part of what the servers can do a pool settles within some hundred service times, and there is no need to watch it longer.
CALM = 0.97
MOST_ARRIVALS = 12_000
FAILING = 0.01


@dataclass(frozen=True, slots=True)
class Case:
    """A course to be run."""

    case: str
    kind: Kind
    lost: tuple[str, ...]
    rate: float
    alike: tuple[str, ...] = ()


def what_if(
    of: Loaded, asked: Questions, progress: Progress | None = None, allowed: float = ALLOWED_SECONDS
) -> tuple[tuple[WhatIf, ...], tuple[str, ...]]:
    """Every case that is asked for, the pool as it is before them, and the names of lost servers that are not in this pool.

    Each simulation of cases side by side, of which there are four at most, takes `allowed` seconds.
    """
    cases = [Case("as it is", "now", (), of.peak)]
    unknown: list[str] = []
    if asked.all:
        cases += [Case(each.case, each.kind, each.lost, of.peak, each.alike) for each in losses(of)]
    for names in asked.lose:
        found, strange = named(of, names)
        unknown += strange
        if found is not None:
            cases.append(Case(found.case, found.kind, found.lost, of.peak))
    surges = sorted({*(SURGES if asked.all else ()), *asked.surges})
    cases += [Case(f"{times:g} × the peak", "surge", (), of.peak * times) for times in surges]
    made = tuple(_run(of, cases, progress, allowed))
    attempts = asked.attempts or (ATTEMPTS if asked.all else None)
    if attempts is not None and attempts > 1:
        storms = storm(of, attempts, progress, allowed)
        made += tuple(result(of, Case(s.case, "retries", (), s.rate), s.outcome, s.failed, s.breaks) for s in storms)
    if asked.all:
        made += tuple(_cold(of, progress, allowed))
    return made, tuple(unknown)


def _run(of: Loaded, cases: Sequence[Case], progress: Progress | None, allowed: float) -> Iterator[WhatIf]:
    """The cases in order. Those that overload the pool are watched for the whole time, large servers made small for it."""
    weights = [of.weights(frozenset(case.lost)) for case in cases]
    full = [case.rate * (1 - kept) > CALM * of.capacity(each) for case, (each, kept) in zip(cases, weights, strict=True)]
    fastest = max((case.rate for case, much in zip(cases, full, strict=True) if not much), default=0.0) / len(of.names)
    enough = SETTLED * max(of.station.means)
    calm_seconds = SECONDS if fastest * SECONDS <= MOST_ARRIVALS else min(SECONDS, max(enough, MOST_ARRIVALS / fastest))
    found: dict[int, WhatIf] = {}
    for much, seconds in ((False, calm_seconds), (True, SECONDS)):
        lanes: list[Lane] = []
        whose: list[int] = []
        for i, (case, (each, kept)) in enumerate(zip(cases, weights, strict=True)):
            if full[i] != much:
                continue
            if sum(each) and kept < 1:
                lanes.append(Lane(case.rate * (1 - kept), each))
                whose.append(i)
            else:
                found[i] = _dead(case)
        alike, settles = FEW if much else ALIKE, of.settles() if much else enough
        made = outcomes(of.station, lanes, seconds, REPLICAS, 1, progress, much, alike, settles, allowed)
        for i, outcome in zip(whose, made, strict=True):
            kept = weights[i][1]
            found[i] = result(of, cases[i], outcome, kept + (1 - kept) * outcome.course.failed_ratio)
    return (found[i] for i in range(len(cases)))


def _dead(case: Case) -> WhatIf:
    said = "no server takes any request"
    breaks = f"every request fails: {said}"
    times = (0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    return WhatIf(case.case, case.kind, case.lost, case.rate, SECONDS, (), *times, said, breaks, case.alike)


def result(of: Loaded, case: Case, outcome: Outcome, failed: float, breaks: str | None = None) -> WhatIf:
    """What a course says of a case."""
    weights, kept = of.weights(frozenset(case.lost))
    shares = _shares(of, weights, outcome)
    busy = of.busy(shares, case.rate * (1 - kept))
    course = outcome.course
    unseen = [] if not kept else ["lost servers that nothing checks keep their share"]
    made = WhatIf(
        case.case,
        case.kind,
        case.lost,
        case.rate,
        outcome.seconds,
        tuple(LoadedServer(n, s, b) for n, s, b in zip(of.names, shares, busy, strict=True) if n not in case.lost),
        max(busy),
        1000 * course.wait_seconds,
        course.in_flight,
        1000 * course.p99_seconds,
        failed,
        outcome.error,
        "; ".join([*unseen, *filter(None, [of.failing(course.failed)])]) or None,
        None,
        case.alike,
        outcome.coarser,
    )
    return replace(made, breaks=breaks or first_broken(of.needs, made))


def _shares(of: Loaded, weights: tuple[float, ...], outcome: Outcome) -> tuple[float, ...]:
    """Where weights say the shares, they do so without the chance of a simulation."""
    total = sum(weights)
    limited = any(limit < float("inf") for limit in of.station.limits)
    if (of.station.way == "turn" and not limited) or of.station.way in ("draw", "hash"):
        return tuple(weight / total for weight in weights)
    if limited and of.station.waits and len({share for share in outcome.course.shares if share}) == 1:
        return tuple(weight / total for weight in weights)
    return outcome.course.shares


def first_broken(needs: PoolNeeds, case: WhatIf) -> str | None:
    """The need that breaks first as load grows: the one that is missed by the largest factor."""
    promised = needs.objectives
    missed: list[tuple[float, str]] = []
    if promised.latency_p99_ms and case.p99_ms > promised.latency_p99_ms:
        said = f"latency_p99_ms: {case.p99_ms:.0f} ms, promised are {promised.latency_p99_ms:g}"
        missed.append((case.p99_ms / promised.latency_p99_ms, said))
    if promised.availability and case.failed > 1 - promised.availability:
        said = f"availability: {100 * (1 - case.failed):.2f} %, promised are {100 * promised.availability:g} %"
        missed.append((case.failed / max(1e-6, 1 - promised.availability), said))
    if not promised.availability and case.failed >= FAILING:
        missed.append((case.failed / FAILING, f"{100 * case.failed:.1f} % of the requests fail"))
    top = max(case.servers, key=lambda s: s.share, default=None)
    if needs.max_share is not None and top is not None and top.share > needs.max_share:
        missed.append((top.share / needs.max_share, f"max_share: {top.server} gets {100 * top.share:.1f} %"))
    full = max(case.servers, key=lambda s: s.utilisation, default=None)
    if full is not None and not keeps_up(full.utilisation):
        missed.append((full.utilisation, f"peak_requests_per_second: {full.server} cannot keep up"))
    return max(missed)[1] if missed else None


def _cold(of: Loaded, progress: Progress | None, allowed: float) -> Iterator[WhatIf]:
    """The first seconds of an idle pool; where servers start slowly, those in which one that came back still gets next to nothing."""
    weights, _ = of.weights()
    slow = next((s for s in of.pool.servers if s.slow_start and s.role == "active"), None)
    lost: frozenset[str] = frozenset()
    case = "from an idle start"
    if slow is not None and slow.slow_start is not None and sum(weight > 0 for weight in weights) > 1:
        lost = frozenset((slow.name,))
        weights, _ = of.weights(lost)
        case = f"{slow.name} comes back (slow start {slow.slow_start.total_seconds():g} s)"
    if not sum(weights):
        return
    found = outcomes(of.station, [Lane(of.peak, weights)], COLD_SECONDS, REPLICAS, 1, progress, True, allowed=allowed)[0]
    yield result(of, Case(case, "cold-start", tuple(lost), of.peak), found, found.course.failed_ratio)
