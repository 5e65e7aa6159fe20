"""Two numbers are given for one harm.

## What it finds
The same things counted as harmed in the same way, with numbers that differ by more than 10 % (25 % where one is called about): users
affected in the head and in the text, failed requests in the description and in a comment. Counts of a part, of another time, per minute,
"at least" and "up to" are not compared.

## Why it hurts
One of the two goes into a report to customers, the other is found here.

## Bad
```markdown
# Outage of 10 November 2023

Users affected: 380,000

## Impact
520,000 users saw at least one error page.
```

## Good
```markdown
# Outage of 10 November 2023

Users affected: 380,000

## Impact
380,000 users saw at least one error page.
```

## How sure
Medium: the same word may count two different sets.

## See also
`contradictory-impact` · `impact-not-quantified`
"""

from collections.abc import Iterable, Iterator

from poise.model.postmortem import ReviewFinding
from poise.review.facts import Facts
from poise.review.figures import Figure, differ, field_figure, figures, shares
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one: the first two that differ."""
    found = list(_figures(facts))[:MOST]
    title = next((line.quote for line in facts.document.lines if line.kind == "heading"), None)
    for place, one in enumerate(found):
        for other in found[place + 1 :]:
            if (one.quote == title or not (one.timed or other.timed)) and differ(one, other) and not _both(found, one, other):
                message = f'"{one.text}" here, "{other.text}" there'
                yield RULE.found(message, "Give the figure that the records bear out, in both places", other.quote, one.quote)
                return


def _figures(facts: Facts) -> Iterator[Figure]:
    # What an entry of one moment counts may be another a moment later; one that lasts counts as the rest of the text does.
    lines = {event.line for event in facts.events if event.listed and event.until is None}
    title = next((line for line in facts.document.lines if line.kind == "heading"), None)
    if title is not None:
        yield from figures(title.text, title.quote)
    for field in facts.document.fields:
        figure = field_figure(field.key, field.value, field.line.quote) if field.line.number not in lines else None
        if figure is not None:
            yield figure
    for role, sentence, quote in facts.sentences:
        if role in ("summary", "impact", "other", "detection", "severity", "status", "timeline") and quote.line not in lines:
            yield from figures(sentence, quote)
            yield from shares(sentence, quote)


def _both(found: list[Figure], one: Figure, other: Figure) -> bool:
    """Whether one sentence gives both: it knows that they differ."""
    return one.quote == other.quote and any(f.quote == one.quote and f not in (one, other) for f in found)


# Whoever counts more has told the harm in a table of its own.
MOST = 60

RULE = ReviewRule("conflicting-figures", "error", check, __doc__)
