"""Whether counts per server contradict the shares that were expected, with a promised rate of false alarms.

The statistic is the likelihood ratio G = 2 Σ n_i ln(n_i / (n w_i)), which is χ² with K − 1 degrees of freedom for many requests. For few
its distribution is computed (`poise.balance.exact`), else Williams' correction applies: bare χ² is liberal by 1.5–1.8 times at 80 requests
over 8 servers. Jain's index and max/mean are for the eye: they have no distribution to promise anything by.
"""

from collections.abc import Mapping
from functools import lru_cache
from math import inf, log

from poise.balance.chi_square import survival
from poise.balance.exact import EXACT_UP_TO, g_tail
from poise.model.light import dataclass

SECONDS_PER_WEEK = 604_800.0
TIME_SCALES_SECONDS = (1.0, 5.0, 10.0, 30.0, 60.0)
FEWEST_EXPECTED = 5.0  # χ² wants five expected per cell (Cochran 1954); rarer servers are pooled into one
FEWEST_REQUESTS = 8


@dataclass(frozen=True, slots=True)
class Evenness:
    """What counts over `span_seconds` say. `uneven` needs both: chance is ruled out (`p` ≤ `threshold_p`) and the effect matters.

    `g` is already divided by the dispersion; `critical` is the value it would have to exceed with many requests. `points` is the
    largest distance of an observed from an expected share, 0–1; `furthest` that server; `ratio` its observed over its expected
    share, inf where nothing was expected. `judged` is False where too few requests came to judge by.
    """

    uneven: bool
    judged: bool
    requests: int
    span_seconds: float
    g: float
    p: float
    threshold_p: float
    critical: float
    dispersion: float
    furthest: str | None
    observed: float
    expected: float
    ratio: float
    points: float
    largest_ratio: float
    reason: str


def g_statistic(counts: Mapping[str, int], shares: Mapping[str, float]) -> float:
    """G of the counts against the shares (scaled to sum 1). Infinite where a server without any expected share got requests."""
    total = sum(counts.values())
    weight = sum(shares.values())
    if total <= 0 or weight <= 0:
        return 0.0
    g = 0.0
    for name, count in counts.items():
        share = shares.get(name, 0.0) / weight
        if count > 0:
            if share <= 0:
                return inf
            g += count * log(count / (total * share))
    return max(0.0, 2 * g)


def p_value(counts: Mapping[str, int], shares: Mapping[str, float], dispersion: float = 1.0) -> float:
    """The probability 0–1 of counts at least this uneven if the shares hold and requests choose independently.

    `dispersion` ≥ 1 divides G: the variance of counts over that of independent requests (clients that stick, keys, kept connections).
    Roundrobin deals more evenly than chance, so for it the value is conservative.
    """
    cells = _cells(counts, shares)
    g = g_statistic(counts, shares)
    if g == inf:
        return 0.0
    if len(cells) < 2:
        return 1.0
    total = sum(count for count, _ in cells)
    fewest = min(share for _, share in cells) * total
    if fewest < FEWEST_EXPECTED and total <= EXACT_UP_TO:
        return g_tail(total, tuple(share for _, share in cells), g / dispersion)
    cells = _pooled(cells, total)
    if len(cells) < 2:
        return 1.0
    pooled = 2 * sum(count * log(count / (total * share)) for count, share in cells if count)
    # Williams 1976: the mean of G exceeds that of χ² by this factor.
    correction = 1 + (sum(1 / share for _, share in cells) - 1) / (6 * total * (len(cells) - 1))
    return survival(pooled / dispersion / correction, len(cells) - 1)


def threshold(
    span_seconds: float, alarms_per_week: float = 1.0, scales: int = len(TIME_SCALES_SECONDS), every_seconds: float | None = None
) -> float:
    """The p below which a window of that span alarms, so that `alarms_per_week` false alarms come per pool over all time scales.

    Each scale is given the same part of the week's windows: 604,800 / span where windows do not overlap. `every_seconds` says how
    often a window that slides is judged, where that is more often than its span: each look then pays for itself, which is safe and a little
    strict, for neighbouring looks see the same requests. Windows of 60 s that slide by 1 s without it alarm some ten times too often
    (measured over four simulated weeks: 11 incidents where 0.8 were promised).
    """
    pace = min(span_seconds, every_seconds or span_seconds)
    return min(1.0, alarms_per_week * pace / (SECONDS_PER_WEEK * scales))


def judge(
    counts: Mapping[str, int],
    shares: Mapping[str, float],
    span_seconds: float,
    dispersion: float = 1.0,
    *,
    uncertainty: Mapping[str, float] | None = None,
    alarms_per_week: float = 1.0,
    scales: int = len(TIME_SCALES_SECONDS),
    smallest_points: float = 0.02,
    every_seconds: float | None = None,
    surely_even: bool = False,
) -> Evenness:
    """Whether these counts of requests per server, taken over `span_seconds`, contradict the expected shares.

    `uncertainty` is the standard error of the shares themselves: a forecast that is off by it must not alarm however many requests
    come, so it widens the dispersion. `smallest_points` is the least distance of shares that is worth a person's time;
    `every_seconds` how often a sliding window is judged (see `threshold`). Of a window that is known to be `surely_even`
    the probability, which takes most of the time, is not worked out.
    """
    total = sum(counts.values())
    known = sum(shares.values())
    expected = {name: shares.get(name, 0.0) / known if known > 0 else 0.0 for name in {**shares, **counts}}
    scatter = widened(total, expected, uncertainty or {}, dispersion)
    limit = threshold(span_seconds, alarms_per_week, scales, every_seconds)
    critical = critical_value(limit, sum(1 for share in expected.values() if share > 0))
    if total < FEWEST_REQUESTS or known <= 0:
        why = f"{total} requests in {span_seconds:g} s are too few to judge" if known > 0 else "no server is expected to serve"
        return Evenness(False, False, total, span_seconds, 0.0, 1.0, limit, critical, scatter, None, 0.0, 0.0, 1.0, 0.0, 1.0, why)
    observed = {name: counts.get(name, 0) / total for name in expected}
    furthest = max(expected, key=lambda name: abs(observed[name] - expected[name]))
    points = abs(observed[furthest] - expected[furthest])
    ratios = {name: _ratio(observed[name], expected[name]) for name in expected}
    full = {name: counts.get(name, 0) for name in expected}
    p = 1.0 if surely_even else p_value(full, expected, scatter)
    g = g_statistic(full, expected) / scatter
    uneven = p <= limit and points >= smallest_points
    why = (
        f"{furthest} got {observed[furthest]:.1%} of {total} requests in {span_seconds:g} s, expected {expected[furthest]:.1%}"
        f" (p = {p:.1e}, alarm at {limit:.1e})"
    )
    return Evenness(
        uneven,
        True,
        total,
        span_seconds,
        g,
        p,
        limit,
        critical,
        scatter,
        furthest,
        observed[furthest],
        expected[furthest],
        ratios[furthest],
        points,
        max(ratios.values()),
        why,
    )


@lru_cache(maxsize=1024)
def critical_value(p: float, servers: int) -> float:
    """The G that many requests over that many servers exceed with probability `p`, by bisection; 0 for fewer than two servers."""
    if servers < 2 or p >= 1:
        return 0.0
    low, high = 0.0, 1.0
    while survival(high, servers - 1) > p:
        low, high = high, high * 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if survival(middle, servers - 1) > p else (low, middle)
    return high


def _ratio(observed: float, expected: float) -> float:
    if expected > 0:
        return observed / expected
    return inf if observed > 0 else 1.0


def widened(total: int, shares: Mapping[str, float], uncertainty: Mapping[str, float], dispersion: float) -> float:
    """The dispersion ≥ 1 of `total` requests over servers whose `shares` (of sum 1) are themselves uncertain, by the most uncertain one."""
    return max(1.0, dispersion, *(_widened(total, share, uncertainty.get(name, 0.0), dispersion) for name, share in shares.items()))


def _widened(total: int, share: float, doubt: float, dispersion: float) -> float:
    """Dispersion of a count whose share is itself uncertain: n²u² added to the variance n p (1 − p) φ."""
    return dispersion + total * doubt**2 / (share * (1 - share)) if doubt > 0 and 0 < share < 1 else dispersion


def _cells(counts: Mapping[str, int], shares: Mapping[str, float]) -> list[tuple[int, float]]:
    weight = sum(shares.values())
    return [(counts.get(name, 0), share / weight) for name, share in sorted(shares.items()) if share > 0]


def _pooled(cells: list[tuple[int, float]], total: int) -> list[tuple[int, float]]:
    """The cells with those of few expected requests merged, rarest first, until the merged one has enough."""
    rest = sorted(cells, key=lambda cell: cell[1])
    while len(rest) > 1 and rest[0][1] * total < FEWEST_EXPECTED:
        (a, p), (b, q) = rest[0], rest[1]
        rest = sorted([(a + b, p + q), *rest[2:]], key=lambda cell: cell[1])
    return rest
