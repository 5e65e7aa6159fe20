"""Traffic is not split as it should be: against the needs where they declare a split, and against what file and running weights predict.

Three things must agree: chance is ruled out (`poise.balance.evenness`, at most one false alarm a week and pool), the effect matters, and
it is still going on. Measured on HAProxy with weights 256/1/1/1: seen at the first look, 7 s before clients get errors.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from poise.balance.evenness import Evenness
from poise.detectors import columns
from poise.detectors.client_harm import harmed
from poise.detectors.comparison import HOT_RATIO, RATIO, SPANS, Reference, furthest
from poise.detectors.expected_shares import ExpectedShares
from poise.detectors.screen import Shares, screen
from poise.detectors.servers import Floats, Mask, Servers, servers
from poise.model.alert import InOrder, Verdict
from poise.model.sample import Window

# A new connection table after a weight change: HAProxy needs a moment, and counts of both sides mix.
SETTLE_SECONDS = 1.5
LONG_SECONDS = 120.0
# As the audit's rule: 256/1/1 is a mistake until somebody says that it is meant, 2/1/1 is a choice.
UNDECLARED_RATIO, HARMED_RATIO = 2.5, 2.0
FAULTS = ("uneven-weights", "traffic-pinned")


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What one window says of all pools: rises by span and server (NaN: not known), and for how long each pool's references hold."""

    servers: Servers
    expected: ExpectedShares
    serves: Mask
    risen: Floats
    harm: bool
    steady: tuple[Floats, Floats]
    ratio: Floats


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """An answer about each pool with two servers or more."""
    look = _look(window)
    several = np.diff(look.servers.first) > 1
    _, known = columns.serving(window, look.servers.names)
    told = several & look.servers.some(known)
    maybe, judged = _screened(look)
    referenced = look.expected.exists.any(axis=0)
    found = {int(p): bad for p in np.flatnonzero(told & maybe) if (bad := _verdict(look, int(p))) is not None}
    fair = told & (judged | ~referenced)
    fair[list(found)] = False
    for page in (True, False):
        words = "traffic is split as expected"
        yield InOrder("uneven_share", look.servers.by_pool, fair & (look.expected.declared == page), "error", page, words)
    yield from found.values()
    for place in np.flatnonzero(several & ~fair):
        name, page = f"pool {look.servers.pools[place].name}", bool(look.expected.declared[place])
        if not told[place]:
            yield Verdict("uneven_share", name, "unknown", "error", False, "shares are not known", "the load balancer gave no samples")
        elif int(place) not in found:
            said, why = "too little traffic to judge", "fewer than 8 requests in 60 s"
            yield Verdict("uneven_share", name, "unknown", "error", page, said, why)


def _look(window: Window) -> _Look:
    all_servers = servers(window)
    names = all_servers.names
    expected = window.memo.of("expected shares", (all_servers, window.needs), lambda: ExpectedShares(all_servers, window.needs))
    serves, _ = columns.serving(window, names)
    expected.update(serves, columns.latest(window, names, "effective_weight"))
    states = (columns.steady_seconds(window, names, metric, LONG_SECONDS) for metric in ("up", "maintenance", "drain"))
    alive = all_servers.smallest(np.minimum.reduce(list(states)), LONG_SECONDS)
    weighed = all_servers.smallest(columns.steady_seconds(window, names, "effective_weight", LONG_SECONDS), LONG_SECONDS)
    harm = harmed(window)
    # Nothing is declared: uneven weights may be meant, so it takes harm or a server with three times its part to speak of it at all.
    undeclared = HARMED_RATIO if harm else UNDECLARED_RATIO
    ratio = np.where(expected.declared, np.where(expected.by_load, HOT_RATIO, RATIO), undeclared)
    # Slow start is uneven on purpose while it lasts, and the weights that HAProxy tells hide it: a weight of 1 is told as 1 from a
    # sixteenth of it on. In two simulated weeks of ten pools that alone gave 36 alarms.
    grown = np.where(alive >= LONG_SECONDS, alive, alive - expected.slow_start)
    for_wanted = np.where(expected.declared, grown, alive - expected.slow_start)
    steady = (for_wanted, np.minimum(grown, weighed) - SETTLE_SECONDS)
    return _Look(all_servers, expected, serves, columns.risen(window, names, "requests_total", *SPANS), harm, steady, ratio)


def _screened(look: _Look) -> tuple[Mask, Mask]:
    """Which pools may be uneven, and which could be judged."""
    counts, expected = np.floor(np.where(np.isnan(look.risen), 0.0, look.risen)), look.expected
    nothing = np.zeros(len(look.servers.names))
    # What was declared holds whatever the forecast is worth: its uncertainty is none of the needs'.
    wanted = Shares(expected.shares[0], nothing, expected.exists[0], expected.dispersion, look.steady[0], look.ratio)
    given_ratio = np.full(len(look.servers.pools), RATIO)
    given = Shares(expected.shares[1], expected.uncertainty, expected.exists[1], expected.dispersion, look.steady[1], given_ratio)
    both = [screen(look.servers, counts, each) for each in (wanted, given)]
    return both[0][0] | both[1][0], both[0][1] | both[1][1]


def _verdict(look: _Look, place: int) -> Verdict | None:
    """The verdict of a pool that is uneven against one of its references, None where it is against none."""
    pool, where = look.servers.pools[place], look.servers.of(place)
    rows = look.risen[:, where].tolist()
    counts = [{s.name: int(rise) for s, rise in zip(pool.servers, row, strict=True) if rise == rise} for row in rows]  # noqa: PLR0124 - NaN
    page = look.expected.of[place].declared or look.harm
    for reference in _references(look, place):
        found, _ = furthest(counts, reference)
        if found is not None:
            return _told(f"pool {pool.name}", found, reference, page)
    return None


def _references(look: _Look, place: int) -> list[Reference]:
    """In the order in which they speak: the needs, the forecast, and where nothing is declared an even split."""
    one = look.expected.of[place]
    wanted, given = (float(steady[place]) for steady in look.steady)
    ratio = float(look.ratio[place])
    found = []
    if one.declared and one.wanted is not None:
        found.append(Reference("the needs want", one.wanted, one.dispersion, {}, wanted, ratio))
    if one.predicted is not None:
        found.append(Reference("weights and algorithm give", one.predicted, one.dispersion, one.uncertainty, given, RATIO))
    if not one.declared and one.wanted is not None:
        found.append(Reference("an even split would be", one.wanted, one.dispersion, {}, wanted, ratio))
    return found


def _told(name: str, found: Evenness, reference: Reference, page: bool) -> Verdict:
    often = "∞" if found.ratio == float("inf") else f"{found.ratio:.1f}"
    summary = f"{found.furthest} gets {found.observed:.0%} of the requests, {reference.words} {found.expected:.0%} ({often} times)"
    figures = {
        "observed": found.observed,
        "expected": found.expected,
        "points": found.points,
        "g": found.g,
        "span_seconds": found.span_seconds,
        # As improbable as two bad looks by chance: the second may come at once, though it sees much the same requests.
        "sure": float(found.p <= found.threshold_p**2),
    }
    return Verdict("uneven_share", name, "bad", "error", page, summary, found.reason, FAULTS, figures)
