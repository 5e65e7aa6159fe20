"""Two faults at once: what explains best what the leading hypothesis leaves unexplained.

Hypotheses compete for one cause, so those that resemble the leading one follow it, and a second fault that is elsewhere comes after them
all. But of a look alike that explains nothing more nobody needs to hear before what is also wrong.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from poise.model.diagnosis import Hypothesis

# What explains fewer bits than this beyond the leading one is no second fault, and one at the same time is as seldom as SELDOM.
LEAST_GAIN, SELDOM = 1.0, 3.0
# Look-alikes that are less probable than this part of the leading one come after a second fault that is sure; one that is not so sure
# comes before less probable ones only. Taking its probability from the leading one named both less often, for the leading one is no less
# true for it. `python -m benchmarks.diagnose_table --pairs` counts how often both are among the first three.
PART = 0.08
MOST = 2
TEMPER = 0.8
# Bits of a sign that is present and that a hypothesis explains; of one that is present and that it does not.
EXPLAINS, CONTRADICTS = 0.7, -0.3
NO_COMPANY = ("none", "outside")


def with_companions(ranked: Sequence[Hypothesis]) -> tuple[Hypothesis, ...]:
    """The same hypotheses, those before look-alikes that explain what the first does not. They take over the probabilities of the places
    they take, so that the first keeps its own."""
    first = ranked[0]
    if first.layer in NO_COMPANY or first.bits <= 0:
        return tuple(ranked)
    order, moved = list(ranked), list[Hypothesis]()
    for gain, second in _seconds(ranked):
        odds = 2 ** (TEMPER * (gain - SELDOM))
        most = PART * first.probability * odds / (1 + odds)
        here = order.index(second)
        place = next((n for n in range(1, here) if ranked[n].probability <= most and order[n] not in moved), here)
        order.insert(place, order.pop(here))
        moved.append(second)
    return tuple(replace(h, probability=at.probability, rank=at.rank) for h, at in zip(order, ranked, strict=True))


def _seconds(ranked: Sequence[Hypothesis]) -> Iterable[tuple[float, Hypothesis]]:
    """What explains most beyond the first, with the bits that it gains: of each fault one, at most MOST."""
    first = ranked[0]
    known = {e.observable: e.bits for e in first.evidence}
    others = (h for h in ranked if h.layer not in NO_COMPANY and h.fault != first.fault)
    best: dict[str, tuple[float, Hypothesis]] = {}
    for gain, second in sorted(((_gain(known, h), h) for h in others), key=lambda g: -g[0]):
        if gain >= LEAST_GAIN:
            best.setdefault(second.fault, (gain, second))
    yield from list(best.values())[:MOST]


def _gain(known: dict[str, float], second: Hypothesis) -> float:
    """Bits that both together have beyond the first alone: a sign that is present is explained by either, one that is absent speaks
    against whichever expects it."""
    gain = 0.0
    for each in second.evidence:
        by_first = known.get(each.observable, 0.0)
        if each.bits >= EXPLAINS:
            gain += max(each.bits - by_first, 0.0)
        elif each.bits < 0 and CONTRADICTS < by_first <= EXPLAINS:
            gain += each.bits
    return gain
