"""Which pools may be uneven: what no uneven one can be below, asked of all pools and windows at once.

To judge one window of one pool (`poise.detectors.comparison`) takes a millisecond, so only those few that may be uneven are judged. G is
worked out for all windows at once, and whatever else must hold only for the few whose G is high enough.
"""

from dataclasses import dataclass, field
from math import isfinite

import numpy as np

from poise.balance.evenness import FEWEST_REQUESTS
from poise.balance.exact import least_tail, surely_above
from poise.detectors.comparison import POINTS, RATIO, SPANS
from poise.detectors.expected_shares import Scaled
from poise.detectors.least_g import LIMIT, SLACK, LeastG
from poise.detectors.servers import Floats, Mask, Servers

_SPANS = np.array(SPANS)[:, None]
# By pool and kind the places of the spans.
Maybe = dict[int, dict[int, list[int]]]
# Of a count of nothing the term is nothing, whatever was expected.
_NOTHING = 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """References for every pool at once, a row for each kind: by server its share (0 where none is expected) and its uncertainty, by pool
    whether there is one, its dispersion (of all kinds), for how long it has held and the least ratio that matters.

    They seldom change: hand over the same ones as long as they hold, for `known` keeps what follows from them.
    """

    scaled: Scaled
    exists: Mask
    dispersion: Floats
    steady: Floats
    least_ratio: Floats
    known: dict[str, "Known"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """By kind, window and pool with servers whether it could be judged; by kind and pool its doubt; by pool its dispersion."""

    usable: Mask
    doubt: Floats | None
    dispersion: Floats
    least: LeastG


def screen(servers: Servers, counts: Floats, by: Shares) -> tuple[Maybe, Mask]:
    """Which windows of which pools `furthest` may find uneven against which of these references, and by pool whether it could judge any
    window by one.

    `counts` has a row for each of the `SPANS`, 0 where nothing is known. Nothing that `furthest` finds is missed.
    """
    maybe: Maybe = {}
    judged = np.zeros(len(servers.pools), dtype=np.bool_)
    if not len(servers.names):
        return maybe, judged
    known, starts = _known(servers, by), servers.starts
    total = np.add.reduceat(counts, starts, axis=1)
    usable = known.usable & (total >= FEWEST_REQUESTS)
    judged[servers.full_places] = np.logical_or.reduce(usable, axis=(0, 1))
    mean = total.take(servers.dense, axis=1) * by.scaled.expected[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = counts / mean
        # G as the judge has it: infinite where something came that nothing was expected of.
        g = np.add.reduceat(counts * np.log(np.fmax(ratios, _NOTHING)), starts, axis=2) * (2 * (1 + SLACK))
    # By how much more than independent requests the counts may scatter, as the judge has it.
    widened = known.dispersion if known.doubt is None else np.maximum(1.0, known.dispersion + total * known.doubt)
    g /= widened
    # What is not a number is not below.
    places = (usable & ~(g < known.least.first(total))).nonzero()
    for kind, row, column in zip(*(each.tolist() for each in places), strict=True):
        pool = int(servers.full_places[column])
        where, least_ratio = servers.of(pool), float(by.least_ratio[kind, pool])
        if least_ratio != RATIO and np.maximum.reduce(ratios[kind, row, where]) < least_ratio * (1 - SLACK):
            continue
        window = _Window(kind, column, int(total[row, column]), float(g[kind, row, column]), least_ratio)
        if _maybe(window, known.least, counts[row, where], by.scaled.expected[kind, where]):
            maybe.setdefault(pool, {}).setdefault(kind, []).append(row)
    return maybe, judged


@dataclass(frozen=True, slots=True)
class _Window:
    """One window of one pool against one kind of shares."""

    kind: int
    pool: int
    total: int
    g: float
    least_ratio: float


def _maybe(window: _Window, least: LeastG, counts: Floats, expected: Floats) -> bool:
    """Whether that window may be uneven, asked from the cheapest question to the dearest."""
    limit, exact = least.of(window.kind, window.pool, window.total)
    if window.g < limit:
        return False
    came, shares = counts.tolist(), expected.tolist()
    pairs = list(zip(came, shares, strict=True))
    total = window.total
    if max(abs(count - share * total) for count, share in pairs) < POINTS * (1 - SLACK) * total:
        return False
    # What got nothing and of which nothing was expected is as it should be; what got something is past any ratio.
    ratios = [count / (share * total) if share > 0 else np.inf if count else 1.0 for count, share in pairs]
    if max(ratios) < window.least_ratio * (1 - SLACK) and not (window.least_ratio == RATIO and min(ratios) <= (1 + SLACK) / RATIO):
        return False
    if not exact or not isfinite(window.g):
        return True
    return not surely_above(came, shares, LIMIT) and least_tail(total, [share for share in shares if share > 0], window.g) <= LIMIT


def _known(servers: Servers, by: Shares) -> Known:
    found = by.known.get("")
    if found is None:
        full, doubt = servers.full, by.scaled.doubt[:, None]
        usable = (by.exists[:, full] & (by.scaled.known > 0))[:, None] & (by.steady[:, full][:, None] >= _SPANS)
        doubted = bool(doubt.any())
        scatter = by.dispersion[full] if doubted else np.maximum(1.0, by.dispersion[full])
        found = by.known[""] = Known(usable, doubt if doubted else None, scatter, LeastG(servers, by.scaled))
    return found
