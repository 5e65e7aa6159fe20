"""Whether a server surely gets more than its part of the requests, judged for each server alone.

That a pool is uneven says nothing of who suffers by it: where one server gets less, the others share what it left, and one of them is by
chance the busiest. Only who surely runs full is worth a person's night.
"""

from collections.abc import Mapping
from math import exp, lgamma, log

from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Crowding:
    """Server `server` got `observed` of the requests, `expected` was its share; `p` is the probability of that by chance."""

    server: str
    observed: float
    expected: float
    p: float


def crowding(
    counts: Mapping[str, int], shares: Mapping[str, float], dispersion: float, *, least_ratio: float, surely_above: float, p: float
) -> Crowding | None:
    """The server that gets most beyond its share (`shares` sum to 1), None where none is crowded.

    Crowded is who got `least_ratio` times its share and more, where a true share of `surely_above` times its own would give so many
    requests with a probability of at most `p`, divided by the number of servers, as each of them is asked (Bonferroni). The shares that a
    shortfall elsewhere leaves to the others are within `surely_above`: so it alone crowds nobody, however long it lasts.
    """
    total = sum(counts.values())
    found: Crowding | None = None
    for server, count in counts.items():
        expected = shares.get(server, 0.0)
        observed = count / total if total else 0.0
        if observed < least_ratio * expected or not count:
            continue
        chance = at_least(count / dispersion, total / dispersion, surely_above * expected)
        if chance <= p / len(counts) and (found is None or observed - expected > found.observed - found.expected):
            found = Crowding(server, observed, expected, chance)
    return found


def at_least(count: float, total: float, share: float) -> float:
    """The probability that of `total` requests which choose independently at least `count` take a server of this share; never too small.

    The terms of a binomial tail beyond its mean fall faster than a geometric series of their first two, so that its sum bounds them. A
    count of dispersion φ scatters as one of 1/φ as many requests: it need not be a whole number.
    """
    if share <= 0:
        return 0.0 if count > 0 else 1.0
    if share >= 1 or count <= total * share:
        return 1.0
    left = total - count
    odds = share / (1 - share)
    first = exp(lgamma(total + 1) - lgamma(count + 1) - lgamma(left + 1) + count * log(share) + left * log(1 - share))
    return min(1.0, first / (1 - left / (count + 1) * odds))
