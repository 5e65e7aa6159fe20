"""Traffic is not split as it should be: against the needs where they declare a split, and against what file and running weights predict.

Three things must agree: chance is ruled out (`poise.balance.evenness`, at most one false alarm a week and pool), the effect matters, and
it is still going on. Measured on HAProxy with weights 256/1/1/1: seen at the first look, 7 s before clients get errors.
"""

from collections.abc import Iterable
from datetime import datetime

from poise.balance.expected import predicted, wanted
from poise.detectors.client_harm import harmed
from poise.detectors.comparison import HOT_RATIO, RATIO, Reference, furthest
from poise.detectors.reading import latest, serving, steady_seconds
from poise.model.alert import Verdict
from poise.model.sample import Window
from poise.model.topology import Pool

# A new connection table after a weight change: HAProxy needs a moment, and counts of both sides mix.
SETTLE_SECONDS = 1.5
# As the audit's rule: 256/1/1 is a mistake until somebody says that it is meant, 2/1/1 is a choice.
UNDECLARED_RATIO = 2.5
FAULTS = ("uneven-weights", "traffic-pinned")


def judge(window: Window, now: datetime) -> Iterable[Verdict]:
    """One verdict for each pool with two servers or more."""
    for pool in (p for topology in window.topologies for p in topology.pools if len(p.servers) > 1):
        up = serving(window, pool.name)
        if up is None:
            yield Verdict(
                "uneven_share", f"pool {pool.name}", "unknown", "error", False, "shares are not known", "the load balancer gave no samples"
            )
            continue
        yield _verdict(window, pool, {name for name, yes in up.items() if yes})


def _verdict(window: Window, pool: Pool, up: set[str]) -> Verdict:
    name = f"pool {pool.name}"
    weights = {s.name: int(w) for s in pool.servers if (w := latest(window, f"{pool.name}/{s.name}", "effective_weight")) is not None}
    split = predicted(pool, up, weights)
    needed = wanted(pool, window.needs.of(pool.name), up)
    parts = [f"{pool.name}/{s.name}" for s in pool.servers]
    alive = min(steady_seconds(window, p, m) for p in parts for m in ("up", "maintenance", "drain"))
    weighed = min(steady_seconds(window, p, "effective_weight") for p in parts)
    slow = max((s.slow_start.total_seconds() for s in pool.servers if s.slow_start), default=0.0)
    dispersion = split.dispersion if split else 1.0
    by_load = split is not None and split.judged_by == "concurrency"
    harm = harmed(window)
    references = []
    if needed and len(needed) > 1:
        ratio = HOT_RATIO if by_load else RATIO
        # Slow start is uneven on purpose while it lasts.
        references.append(Reference("the needs want", needed, dispersion, {}, alive - slow if alive < 120 else alive, ratio))
    if split and not by_load and sum(s > 0 for s in split.shares.values()) > 1:
        steady = min(alive, weighed) - SETTLE_SECONDS
        references.append(Reference("weights and algorithm give", split.shares, dispersion, split.uncertainty, steady, RATIO))
    if not needed and len(up) > 1:
        # Nothing is declared: uneven weights may be meant, so it takes harm or a server with three times its part to speak of it at all.
        ratio = 2.0 if harm else UNDECLARED_RATIO
        references.append(Reference("an even split would be", dict.fromkeys(up, 1 / len(up)), dispersion, {}, alive - slow, ratio))
    judged = False
    for reference in references:
        found, seen = furthest(window, pool, reference)
        judged = judged or seen
        if found is not None:
            page = needed is not None or harm
            often = "∞" if found.ratio == float("inf") else f"{found.ratio:.1f}"
            summary = f"{found.furthest} gets {found.observed:.0%} of the requests, {reference.words} {found.expected:.0%} ({often} times)"
            figures = {
                "observed": found.observed,
                "expected": found.expected,
                "points": found.points,
                "g": found.g,
                "span_seconds": found.span_seconds,
            }
            return Verdict("uneven_share", name, "bad", "error", page, summary, found.reason, FAULTS, figures)
    if judged or not references:
        return Verdict(
            "uneven_share", name, "ok", "error", needed is not None, "traffic is split as expected", f"over {len(up)} servers that serve"
        )
    return Verdict(
        "uneven_share", name, "unknown", "error", needed is not None, "too little traffic to judge", "fewer than 8 requests in 60 s"
    )
