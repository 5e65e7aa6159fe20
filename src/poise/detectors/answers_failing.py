"""The load balancer itself counts that a pool's answers are errors: harm to clients that is seen without a probe.

As `client_harm`, a burn of the error budget over two windows: an outage within seconds, and a slow loss that would spend a month's budget
in a week or so. It wakes a person only where an objective is declared and no client is watched, for a client knows better.
"""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from poise.detectors.client_harm import BURN, FEWEST_FAILURES, LONG, SHORT, UNDECLARED_AVAILABILITY
from poise.detectors.columns import risen
from poise.detectors.pools import pool_names
from poise.detectors.servers import Floats, Mask, servers
from poise.model.alert import InOrder, Verdict
from poise.model.finding import Severity
from poise.model.sample import Window

# Three times the budget over twenty minutes, and still over one.
SLOW_SHORT, SLOW_LONG, SLOW_BURN, SLOW_FEWEST = 60.0, 1140.0, 3.0, 50
# What makes answers fail in many servers of a pool at once, and no other detector names.
FAULTS = ("server-timeout", "retry-storm", "connection-pool", "wrong-route", "restart-without-drain")


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """One answer for each pool whose answers are counted."""
    every, names = servers(window), pool_names(window)
    spans = (SHORT, LONG, SLOW_SHORT, SLOW_LONG)
    requests, failed = (_counted(window, names, metric, spans[:3]) for metric in ("requests_total", "responses_5xx_total"))
    known = ~np.isnan(failed[0] + requests[0])
    if not known.any():
        return
    declared, budget, limit, slow_limit, some = _budgets(window)
    if some and not ((failed[:2] >= FEWEST_FAILURES).any() or (failed[2] >= np.maximum(slow_limit * requests[2] * (1 - 1e-9), 1e-9)).any()):
        # Nothing failed that could spend a budget.
        yield InOrder("answers_failing", every.by_pool, known, "error", False, "answers are well")
        return
    ratio, failed = _ratio(failed, requests), np.fmax(failed, 0.0)
    # Where the long window does not reach back so far, the short one speaks for both.
    fast = (
        (ratio[0] >= limit)
        & (failed[0] > 0)
        & (np.where(failed[1] > 0, ratio[1] >= limit, True))
        & (failed[:2].max(axis=0) >= FEWEST_FAILURES)
    )
    slow = ratio[2] >= slow_limit
    if slow.any():
        requests_long, failed_long = (_counted(window, names, m, spans[3:]) for m in ("requests_total", "responses_5xx_total"))
        ratio = np.concatenate([ratio, _ratio(failed_long, requests_long)])
        slow &= (ratio[3] >= slow_limit) & (np.fmax(failed_long[0], 0.0) >= SLOW_FEWEST)
    watched = any((c.name, m) in window.series for c in window.stack.of_kind("client") for m in ("success_ratio", "attempts_total"))
    bad = known & (fast | slow)
    yield InOrder("answers_failing", every.by_pool, known & ~bad, "error", False, "answers are well")
    for place in np.flatnonzero(bad):
        short, long, most = (0, 1, limit) if fast[place] else (2, 3, slow_limit)
        severity: Severity = "error" if fast[place] else "warning"
        promise = (
            f"promised {1 - budget[place]:.3%}" if declared[place] else f"no objective is declared, {UNDECLARED_AVAILABILITY:.0%} is taken"
        )
        yield Verdict(
            "answers_failing",
            f"pool {names[place]}",
            "bad",
            severity,
            bool(fast[place] and declared[place] and not watched),
            f"{ratio[short][place]:.1%} of its answers are errors (5xx)",
            f"{ratio[short][place]:.2%} over {spans[short]:g} s and {ratio[long][place]:.2%} over {spans[long]:g} s,"
            f" alarm at {most[place]:.2%} ({promise})",
            FAULTS,
            {"failed_ratio": float(ratio[short][place])},
        )


def _ratio(failed: Floats, requests: Floats) -> Floats:
    """A request is counted when it comes, its error when it ends: just after an outage began more end than come."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.fmax(np.minimum(1.0, np.where(requests > 0, failed / requests, 0.0)), 0.0)


def _counted(window: Window, names: tuple[str, ...], metric: str, spans: tuple[float, ...]) -> Floats:
    """As the pool counts it; the sum over its servers where it does not."""
    own = risen(window, names, metric, *spans)
    missing = np.isnan(own[0])
    if missing.any():
        every = servers(window)
        theirs = np.array([every.sums(row) for row in risen(window, every.names, metric, *spans)])
        own = np.where(missing, theirs, own)
    return own


def _budgets(window: Window) -> tuple[Mask, Floats, Floats, Floats, bool]:
    """Whether each pool declares an availability, the part of its requests that may fail, the parts that are told at once and where they
    last, and whether none of these is 0."""
    every = servers(window)

    def make() -> tuple[Mask, Floats, Floats, Floats, bool]:
        promised = [window.needs.of(pool.name).objectives.availability for pool in every.pools]
        told = np.array([each is not None for each in promised], dtype=np.bool_)
        budget = 1 - np.array([UNDECLARED_AVAILABILITY if each is None else each for each in promised])
        limit, slow_limit = (np.minimum(0.5, burn * budget) for burn in (BURN, SLOW_BURN))
        return told, budget, limit, slow_limit, bool((slow_limit > 0).all())

    return window.memo.of("error budgets", (every, window.needs), make)
