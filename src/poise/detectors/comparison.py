"""Counts of requests per server against the shares they should have, over several windows at once.

What a pool's counts say is judged by `poise.balance.evenness`, one window after the other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from poise.balance.crowding import Crowding
from poise.balance.crowding import crowding as crowded
from poise.balance.evenness import FEWEST_REQUESTS, Evenness, threshold, widened
from poise.balance.evenness import judge as evenness

SPANS = (1.0, 3.0, 5.0, 10.0, 30.0, 60.0)
# A share off by a quarter; less is not worth a person's night. leastconn gives a slow server less by design: only a hot one counts there.
RATIO, HOT_RATIO = 1.25, 1.5
POINTS = 0.025
# One of eight servers whose weight somebody halved for an hour makes the others 7 % fuller, one of three 20 %: that can wait for the
# morning. Whoever surely gets more than that runs full. Where all is split as it should be chance never does that; a pool whose servers
# are held at just 1.2 would page once a day.
CROWDED, CROWDED_A_WEEK = 1.2, 7.0
# The windows slide with each scrape, so the promise of one false alarm a week is kept per scrape.
LOOKS_EVERY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Reference:
    """What is compared with, and over how long it has held; `kind` is its row among the shares (`ExpectedShares`)."""

    words: str
    shares: Mapping[str, float]
    dispersion: float
    uncertainty: Mapping[str, float]
    steady: float
    least_ratio: float
    kind: int = 0


def furthest(
    counts: Sequence[Mapping[str, int]], reference: Reference, maybe: Collection[int] | None = None
) -> tuple[Evenness | None, bool]:
    """The shortest window that is uneven, if any (the nearest to what is so now), and whether any could be judged.

    `counts` are those of each of the `SPANS`; `maybe` says which of these windows may be uneven where that is known of some.
    """
    shortest: Evenness | None = None
    for place, (span, counted) in enumerate(zip(SPANS, counts, strict=True)):
        if span > reference.steady:
            break
        one = evenness(
            counted,
            reference.shares,
            span,
            reference.dispersion,
            uncertainty=reference.uncertainty,
            scales=len(SPANS),
            smallest_points=POINTS,
            every_seconds=LOOKS_EVERY_SECONDS,
            surely_even=maybe is not None and place not in maybe,
        )
        if not one.judged:
            continue
        shortest = shortest or one
        if one.uneven and _matters(one, reference) and _goes_on(one, shortest):
            return one, True
    return None, shortest is not None


def crowding(counts: Sequence[Mapping[str, int]], reference: Reference) -> Crowding | None:
    """Who surely runs full, by the shortest window that shows it; None where nobody does. `counts` as for `furthest`."""
    known = sum(reference.shares.values())
    if known <= 0:
        return None
    chance = threshold(SPANS[0], CROWDED_A_WEEK, len(SPANS), LOOKS_EVERY_SECONDS)
    shortest: Mapping[str, int] | None = None
    for span, counted in zip(SPANS, counts, strict=True):
        if span > reference.steady:
            break
        total = sum(counted.values())
        if total < FEWEST_REQUESTS:
            continue
        shortest = shortest or counted
        shares = {name: reference.shares.get(name, 0.0) / known for name in counted}
        scatter = widened(total, shares, reference.uncertainty, reference.dispersion)
        found = crowded(counted, shares, scatter, least_ratio=reference.least_ratio, surely_above=CROWDED, p=chance)
        if found is not None:
            now = shortest.get(found.server, 0) / sum(shortest.values())
            # As in `_goes_on`.
            if now - found.expected >= (found.observed - found.expected) / 2:
                return found
    return None


def _matters(one: Evenness, reference: Reference) -> bool:
    return one.largest_ratio >= reference.least_ratio or (reference.least_ratio == RATIO and one.ratio <= 1 / RATIO)


def _goes_on(one: Evenness, shortest: Evenness) -> bool:
    """After a repair the long windows still hold the fault: the shortest that can be judged must lean at least half as far."""
    return shortest.points >= one.points / 2
