"""One diagnosis of several load balancers that were looked at together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from poise.diagnosis.beside import Looked, differences, weighed_beside
from poise.diagnosis.ranking import LEAST_PROBABLE, rank
from poise.model.diagnosis import Diagnosis, DiagnosisVerdict, Hypothesis
from poise.model.sample import Component

__all__ = ["Looked", "together"]

# Components that are one load balancer's; all others are one and the same, whoever sees them.
OF_ONE = ("pool", "listener", "server", "load-balancer", "hop")
MOST_NEXT = 3


def together(looked: Sequence[Looked]) -> Diagnosis:
    """One ranking of what each says. A hypothesis weighs what it weighs against "nothing is wrong" where it was seen, for elsewhere nothing
    is wrong if it is true; what several see (a database, clients) is the same evidence and counts once, where it weighs most."""
    if len(looked) == 1:
        return looked[0].diagnosis
    differing = differences(looked)
    looked = weighed_beside(looked)
    places = _places(looked)
    weighed: dict[tuple[str, str, str | None], Hypothesis] = {}
    for each in looked:
        nothing = next((h.bits for h in each.diagnosis.hypotheses if h.layer == "none"), 0.0)
        for h in each.diagnosis.hypotheses:
            owner = each.name if h.component.partition(" ")[0] in OF_ONE and h.layer != "none" else None
            new = replace(h, bits=h.bits - nothing, load_balancer=owner)
            # A server that several send to is one: what they say of it is said once, where it weighs most.
            place = places.get((each.name, h.component)) if h.layer == "application" else None
            key = (h.fault, place or h.component, None if place else owner)
            if key not in weighed or new.bits > weighed[key].bits:
                weighed[key] = new
    known = max(sum(h.probability for h in each.diagnosis.hypotheses) for each in looked)
    ranked = rank(tuple(weighed.values()), min(known, 1.0))
    best = next((e for e in looked if e.name == ranked[0].load_balancer), None)
    leading = best.diagnosis if best is not None else max((e.diagnosis for e in looked), key=lambda d: _probability(d, ranked[0]))
    onsets = sorted(e.diagnosis.onset for e in looked if e.diagnosis.onset is not None)
    order = [leading, *(e.diagnosis for e in looked if e.diagnosis is not leading)]
    return Diagnosis(
        verdict=_verdict(ranked, leading, looked),
        onset=leading.onset or (onsets[0] if onsets else None),
        start=min(e.diagnosis.start for e in looked),
        end=max(e.diagnosis.end for e in looked),
        hypotheses=ranked,
        next=tuple(dict.fromkeys(look for d in order for look in d.next))[:MOST_NEXT],
        could_not=tuple(dict.fromkeys(c for e in looked for c in e.diagnosis.could_not)),
        differences=differing,
        ended=leading.ended,
    )


def _places(looked: Sequence[Looked]) -> Mapping[tuple[str, str], str]:
    """Of each load balancer's servers the address, where one is known that others send to as well."""
    every: list[tuple[str, Component]] = [(each.name, c) for each in looked for c in each.window.stack.of_kind("server")]
    count = Counter(c.address for _, c in every if c.address)
    return {(name, f"server {c.name}"): c.address for name, c in every if c.address and count[c.address] > 1}


def _verdict(ranked: Sequence[Hypothesis], leading: Diagnosis, looked: Sequence[Looked]) -> DiagnosisVerdict:
    """All is well where every one of them is; what one alone could not tell, all together cannot."""
    layer = ranked[0].layer
    if sum(h.probability for h in ranked if h.layer == layer) < LEAST_PROBABLE:
        return "undetermined"
    if layer == "none":
        return "none" if all(e.diagnosis.verdict == "none" for e in looked) else "undetermined"
    return "fault" if leading.verdict == "fault" else "undetermined"


def _probability(diagnosis: Diagnosis, hypothesis: Hypothesis) -> float:
    same = (h.probability for h in diagnosis.hypotheses if (h.fault, h.component) == (hypothesis.fault, hypothesis.component))
    return max(same, default=0.0)
