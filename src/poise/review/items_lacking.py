"""One finding for all action items that lack the same thing: a line for each of ten items helps nobody."""

from collections.abc import Iterator, Sequence

from poise.model.postmortem import Item, Quote, ReviewFinding
from poise.review.rule import ReviewRule

SHOWN = 10


def lacking(rule: ReviewRule, items: Sequence[Item], those: Sequence[Item], word: str, remedy: str) -> Iterator[ReviewFinding]:
    """At most one, with the first ten of `those`; `word` is what they lack."""
    if those:
        count = f"all {len(items)}" if len(those) == len(items) else f"{len(those)} of {len(items)}"
        message = f"{count} action item{'' if len(items) == 1 else 's'} without {word}"
        yield rule.found(message, remedy, *(Quote(item.line, item.text) for item in those[:SHOWN]))
