"""What a team is told first: whether its layer is at fault, how sure, and since when. Pure."""

from collections.abc import Mapping

from poise.model.diagnosis import Diagnosis
from poise.model.fault import Layer
from poise.report.fault_words import in_words, likelihood, sentence

TEAMS: tuple[Layer, ...] = ("load-balancer", "application", "database", "network")
NAMES: Mapping[Layer, str] = {
    "load-balancer": "the load balancer",
    "application": "the application",
    "database": "the database",
    "network": "the network",
    "demand": "demand",
    "outside": "something outside",
    "none": "nothing",
}
# |bits| from which a figure is said to speak so: 2 to the power of bits is how many times likelier it makes the hypothesis.
STRENGTHS = ((6.0, "very strongly"), (3.0, "strongly"), (1.5, "moderately"), (0.5, "weakly"), (0.0, "hardly"))


def probability(layer: Layer, diagnosis: Diagnosis) -> float:
    """That some fault of that layer is at work, 0–1."""
    return min(1.0, sum(h.probability for h in diagnosis.hypotheses if h.layer == layer))


def sure(p: float) -> str:
    """ "very likely (97 %)"."""
    return f"{in_words(p)} ({likelihood(p)})"


def first_sentence(layer: Layer, d: Diagnosis) -> str:
    """Is your layer at fault, how sure, since when, and if it is not, what is."""
    yours = f"Your layer, {NAMES[layer]}"
    if not d.hypotheses or not any(h.evidence for h in d.hypotheses):
        return f"poise cannot tell whether your layer, {NAMES[layer]}, is at fault: nothing was measured."
    p = probability(layer, d)
    mine = f"{yours}, is {sure(p)} to be at fault"
    when = f", since {d.onset:%Y-%m-%d %H:%M:%S} UTC" if d.onset is not None else ""
    best = d.best
    if d.verdict == "none":
        return f"Nothing is at fault as far as poise can tell. {mine}."
    if d.ended is not None:
        was = "it was your layer" if best.layer == layer else f"it was {NAMES[best.layer]} ({likelihood(probability(best.layer, d))})"
        return f"Nothing is at fault any more. What was is over since {d.ended:%Y-%m-%d %H:%M:%S} UTC; {was}: {sentence(best)}."
    if best.layer == layer:
        least = "" if d.verdict == "fault" else ", but that is not enough to decide"
        return f"{mine}{when}{least}: {sentence(best)}."
    other = f"{NAMES[best.layer]} ({likelihood(probability(best.layer, d))})"
    if d.verdict == "undetermined":
        leads = "that nothing is wrong" if best.layer == "none" else f"{other}: {sentence(best)}"
        return f"{mine}; poise cannot tell yet. What leads is {leads}{when}."
    return f"{mine}. poise points to {other}{when}: {sentence(best)}."


def strength(bits: float) -> str:
    """How strongly a figure speaks, in a word and in bits."""
    word = next(word for least, word in STRENGTHS if abs(bits) >= least)
    return f"{word} ({bits:+.1f} bits)".replace("-", "−")
