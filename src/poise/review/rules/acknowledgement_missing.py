"""Nothing says when somebody began to work on it.

## What it finds
A timeline that has a detection and no first act of a person after it: acknowledged, investigated, joined, restarted.

## Why it hurts
The time between the alert and the first pair of hands is lost without being seen.

## Bad
```markdown
## Timeline, 10 November 2023 (UTC)
- 14:02 An alert fired: errors above 5 %.
- 14:30 Service was restored.
```

## Good
```markdown
## Timeline, 10 November 2023 (UTC)
- 14:02 An alert fired: errors above 5 %.
- 14:05 The on-call engineer acknowledged it.
- 14:30 Service was restored.
```

## How sure
Medium.

## See also
`detection-missing`
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the detection."""
    seen = facts.times.get("detected")
    if seen is not None and "acknowledged" not in facts.times and facts.events:
        message = f"no event after the detection at {seen.clock} says when somebody began to work on it"
        yield RULE.found(message, "Add who took it in hand, and when", seen.quote)


RULE = ReviewRule("acknowledgement-missing", "info", check, __doc__)
