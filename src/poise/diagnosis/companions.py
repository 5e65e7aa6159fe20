"""Two faults at once: what explains best what the leading hypothesis leaves unexplained.

Hypotheses compete for one cause, so those that resemble the leading one follow it, and a second fault that is elsewhere comes after them
all. But of a look alike that explains nothing more nobody needs to hear before what is also wrong.
"""

from collections.abc import Sequence
from dataclasses import replace

from poise.model.diagnosis import Hypothesis

# A second fault at the same time is as seldom as this, in bits, and is named for no less.
LEAST_GAIN = 3.0
# What it gets of the leading one's probability where it is sure: enough to come before look-alikes, for the leading one is no less true.
PART = 0.12
MOST = 2
TEMPER = 0.8
# Bits of a sign that is present and that a hypothesis explains; of one that is present and that it does not.
EXPLAINS, CONTRADICTS = 0.7, -0.3
NO_COMPANY = ("none", "outside")


def with_companions(ranked: Sequence[Hypothesis]) -> tuple[Hypothesis, ...]:
    """The same hypotheses, those before look-alikes that explain what the first does not. Probabilities still sum to 1."""
    first = ranked[0]
    if first.layer in NO_COMPANY or first.bits <= 0:
        return tuple(ranked)
    known = {e.observable: e.bits for e in first.evidence}
    gains = [(_gain(known, h), n) for n, h in enumerate(ranked) if h.layer not in NO_COMPANY and h.fault != first.fault]
    best = sorted((g for g in gains if g[0] >= LEAST_GAIN), reverse=True)[:MOST]
    probabilities = [h.probability for h in ranked]
    for gain, number in best:
        odds = 2 ** (TEMPER * (gain - LEAST_GAIN))
        # However much it explains, it does not come before the leading one.
        rest = max((p for place, p in enumerate(probabilities) if place not in (0, number)), default=0.0)
        room = min((probabilities[0] - probabilities[number]) / 2, probabilities[0] - rest)
        given = min(PART * first.probability * odds / (1 + odds) / len(best), room)
        probabilities[number] += given
        probabilities[0] -= given
    new = sorted((replace(h, probability=round(p, 6)) for h, p in zip(ranked, probabilities, strict=True)), key=lambda h: -h.probability)
    return tuple(replace(h, rank=number) for number, h in enumerate(new, start=1))


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
