"""From bits to probabilities and a verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from poise.faults.sign import Observation
from poise.model.diagnosis import DiagnosisVerdict, Hypothesis

# Signs of one stack hang together, so their bits are not independent: a probability is never told as more certain than this.
MOST_CERTAIN = 0.995
LEAST_PROBABLE = 0.5
# Fewer signs than this of a stack that has dozens is no look at it.
LEAST_SIGNS = 4
DECIDES_BLIND = 0.9
TWO_PROBABLE, LEAST_NONE = 0.7, 0.1


def rank(hypotheses: Sequence[Hypothesis], known: float = 1.0) -> tuple[Hypothesis, ...]:
    """Most probable first, with probability and rank. Probabilities sum to `known`, 0–1; none exceeds MOST_CERTAIN."""
    ordered = sorted(hypotheses, key=lambda h: (-h.bits, h.fault, h.component))
    top = ordered[0].bits
    parts = [2 ** max(h.bits - top, -200.0) for h in ordered]
    total = sum(parts)
    spread = (1 - MOST_CERTAIN) / len(ordered)
    return tuple(
        replace(h, probability=round(known * (MOST_CERTAIN * part / total + spread), 6), rank=number)
        for number, (h, part) in enumerate(zip(ordered, parts, strict=True), start=1)
    )


def known_of(observation: Observation) -> float:
    """How much of the probability to share out, 0–1: where nothing was measured "nothing is wrong" is the only hypothesis, and nobody
    knows it."""
    return min(observation.count / LEAST_SIGNS, 1.0)


def verdict(ranked: Sequence[Hypothesis], observation: Observation, blind: bool = False, unasked: bool = False) -> DiagnosisVerdict:
    """fault or none where one hypothesis is likelier than not and rests on enough figures, else undetermined.

    `blind`: neither load balancer nor clients were heard of late. Then nobody knows that all is well, and a fault must be all but sure.
    `unasked`: all that clients said of success was not believed. Nobody knows then either that all is well.
    """
    best = ranked[0]
    if unasked and best.layer == "none":
        return "undetermined"
    if blind and (best.layer == "none" or best.probability < DECIDES_BLIND):
        return "undetermined"
    by_layer: dict[str, float] = {}
    for hypothesis in ranked:
        by_layer[hypothesis.layer] = by_layer.get(hypothesis.layer, 0.0) + hypothesis.probability
    likely = by_layer[best.layer] >= LEAST_PROBABLE or _two(ranked, by_layer)
    if known_of(observation) < 1 or not likely:
        return "undetermined"
    return "none" if best.layer == "none" else "fault"


def _two(ranked: Sequence[Hypothesis], by_layer: Mapping[str, float]) -> bool:
    """Two faults at once share the probability between them: neither is likelier than not, and that nothing is wrong is all but out."""
    return len(ranked) > 1 and ranked[0].probability + ranked[1].probability >= TWO_PROBABLE and by_layer.get("none", 0.0) < LEAST_NONE
