"""Traffic is not split as it should be: against the needs where they declare a split, and against what file and running weights predict.

Three things must agree: chance is ruled out (`poise.balance.evenness`, at most one false alarm a week and pool), the effect matters, and
it is still going on. It wakes somebody only where a server surely runs full (`poise.balance.crowding`): that another gets less can wait.
Measured on HAProxy with weights 256/1/1/1: seen at the first look, 7 s before clients get errors.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import partial

import numpy as np

from poise.balance.crowding import Crowding
from poise.balance.evenness import Evenness
from poise.detectors import columns
from poise.detectors.comparison import RATIO, Reference, crowding, furthest
from poise.detectors.expected_shares import GIVEN, WANTED
from poise.detectors.screen import screen
from poise.detectors.shares_seen import SharesSeen, pools_seen, shares_seen
from poise.model.alert import InOrder, Verdict
from poise.model.sample import Window

FAULTS = ("uneven-weights", "traffic-pinned", "source-behind-nat", "frequent-reloads")


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """An answer about each pool with two servers or more."""
    look = shares_seen(window)
    _, known = columns.serving(window, look.servers.names)
    of = window.memo.of("pools of shares", (look.by, known), lambda: pools_seen(look, known))
    several, told = of.several, of.told
    maybe, judged = screen(look.servers, np.floor(np.fmax(look.risen, 0.0)), look.by)
    found = {p: bad for p, windows in sorted(maybe.items()) if told[p] and (bad := _verdict(look, p, windows)) is not None}
    fair = told & (judged | of.alone)
    if found:
        fair[list(found)] = False
    for page, those in ((True, of.declared), (False, ~of.declared)):
        words = "traffic is split as expected"
        yield InOrder("uneven_share", look.servers.by_pool, fair & those, "error", page, words, partial(_now, look))
    yield from found.values()
    for place in (several & ~fair).nonzero()[0].tolist():
        name, page = f"pool {look.servers.pools[place].name}", bool(look.expected.declared[place])
        if not told[place]:
            yield Verdict("uneven_share", name, "unknown", "error", False, "shares are not known", "the load balancer gave no samples")
        elif place not in found:
            said, why = "too little traffic to judge", "fewer than 8 requests in 60 s"
            yield Verdict("uneven_share", name, "unknown", "error", page, said, why)


def _now(look: SharesSeen, place: int) -> str:
    """The share of the busiest server of a pool that is in order, and what its forecast or its needs give it."""
    rows, pool = look.risen[:, look.servers.of(place)], look.servers.pools[place]
    counts, total = np.nan_to_num(rows[0]), float(np.nansum(rows[0]))
    references = _references(look, place)
    if not total or not references:
        return "traffic is split as expected"
    busiest = int(np.argmax(counts))
    name = pool.servers[busiest].name
    wanted = references[0].shares.get(name)
    ought = "" if wanted is None else f", {references[0].words} {wanted:.0%}"
    return f"{name} gets {counts[busiest] / total:.0%} of the requests, the most{ought}"


def _verdict(look: SharesSeen, place: int, maybe: Mapping[int, Collection[int]]) -> Verdict | None:
    """The verdict of a pool that is uneven against one of its references, None where it is against none; `maybe` as `screen` says."""
    pool, where = look.servers.pools[place], look.servers.of(place)
    rows = look.risen[:, where].tolist()
    counts = [{s.name: int(rise) for s, rise in zip(pool.servers, row, strict=True) if rise == rise} for row in rows]  # noqa: PLR0124 - NaN
    page = look.expected.of(place).declared or look.harm
    for reference in _references(look, place):
        found, _ = furthest(counts, reference, maybe.get(reference.kind, ()))
        if found is not None:
            return _told(f"pool {pool.name}", found, reference, crowding(counts, reference) if page else None)
    return None


def _references(look: SharesSeen, place: int) -> list[Reference]:
    """In the order in which they speak: the needs, the forecast, and where nothing is declared an even split."""
    one = look.expected.of(place)
    wanted, given = look.by.steady[:, place].tolist()
    ratio = float(look.by.least_ratio[0, place])
    found = []
    if one.declared and one.wanted is not None:
        found.append(Reference("the needs want", one.wanted, one.dispersion, {}, wanted, ratio, WANTED))
    if one.predicted is not None:
        found.append(Reference("weights and algorithm give", one.predicted, one.dispersion, one.uncertainty, given, RATIO, GIVEN))
    if not one.declared and one.wanted is not None:
        found.append(Reference("an even split would be", one.wanted, one.dispersion, {}, wanted, ratio, WANTED))
    return found


def _told(name: str, found: Evenness, reference: Reference, full: Crowding | None) -> Verdict:
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
    reason = found.reason
    if full is not None and full.server != found.furthest:
        reason += f"; {full.server} surely runs full: {full.observed:.1%}, expected {full.expected:.1%}"
    return Verdict("uneven_share", name, "bad", "error", full is not None, summary, reason, FAULTS, figures)
