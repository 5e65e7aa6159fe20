"""The impact has no figure.

## What it finds
No percentage, count, amount of money or length of time in the sections about impact and summary.

## Why it hurts
Without a figure nobody can tell a large incident from a small one, nor how much a repair is worth.

## Bad
```markdown
## Impact
Users saw errors in the shop.
```

## Good
```markdown
## Impact
30 % of the users saw errors in the shop; 1,200 orders failed.
```

## How sure
High. Silent for documents that have neither section.

## See also
`contradictory-impact` · [Google SRE: postmortem culture](https://sre.google/sre-book/postmortem-culture/)
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.facts import Facts
from poise.review.impact import FIGURE
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the heading."""
    said = facts.said_in("impact", "summary")
    if said and not any(FIGURE.search(sentence) for sentence, _ in said):
        remedy = "Say how many requests, users or orders, for how long, and of how many"
        yield RULE.found("the impact has no figure", remedy, facts.heading("impact", "summary"))


RULE = ReviewRule("impact-not-quantified", "warning", check, __doc__)
