"""Lengths of time that a document states, held against the pairs of moments that they may be counted between."""

import math
from collections.abc import Iterator, Sequence

from poise.model.postmortem import Moment, ReviewFinding, StatedDuration
from poise.review.durations import in_words, tolerance
from poise.review.rule import ReviewRule

Pair = tuple[Moment, Moment]


def refuted(durations: Sequence[StatedDuration], what: str, pairs: Sequence[Pair], small: float = math.inf) -> Iterator[StatedDuration]:
    """Those of `what` that no pair bears out; none where there is no pair to hold them against. `small` is the part by which a figure of a
    few minutes may be off, where the tolerance of others would be too wide."""
    for stated in durations if pairs else ():
        if stated.what == what and not any(
            abs(b.minutes_after(a) - stated.minutes) <= min(tolerance(stated.minutes, stated.about), max(2.0, small * stated.minutes))
            for a, b in pairs
        ):
            yield stated


def differs(rule: ReviewRule, name: str, stated: StatedDuration, pair: Pair) -> ReviewFinding:
    """The finding that this length, called `name`, is another between these two."""
    begin, end = pair
    message = f"the stated {name} is {in_words(stated.minutes)}; from {begin.clock} to {end.clock} are {in_words(end.minutes_after(begin))}"
    return rule.found(message, "Correct the figure or the times, and say what it counts from", stated.quote, begin.quote, end.quote)
