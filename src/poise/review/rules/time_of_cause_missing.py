"""Nothing says when the cause was found.

## What it finds
A timeline with a restoration in which no event says that the cause was identified, discovered or found.

## Why it hurts
The time until the right diagnosis is the largest part of most incidents; without it nobody sees whether it was.

## Bad
```markdown
## Timeline, 10 November 2023 (UTC)
- 14:02 An alert fired: errors above 5 %.
- 14:20 The configuration was rolled back.
- 14:30 Service was restored.
```

## Good
```markdown
## Timeline, 10 November 2023 (UTC)
- 14:02 An alert fired: errors above 5 %.
- 14:15 The cause was identified: a wrong weight in the load balancer.
- 14:20 The configuration was rolled back.
- 14:30 Service was restored.
```

## How sure
Medium: it is told by the words.

## See also
`wrong-hypotheses-cost`
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the timeline's heading."""
    if facts.events and "cause_found" not in facts.times:
        remedy = "Add when the right cause was named, and what showed it"
        yield RULE.found("no event says when the cause was found", remedy, facts.heading("timeline"))


RULE = ReviewRule("time-of-cause-missing", "warning", check, __doc__)
