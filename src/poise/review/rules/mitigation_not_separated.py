"""Relief and full restoration are one time, or relief is missing.

## What it finds
A restoration in the timeline without an event before it at which the harm became less, or one entry that tells both.

## Why it hurts
How long users suffered and how long the work took are two lengths, with two ways to shorten them.

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
- 14:20 The fix was applied, and errors began to drop.
- 14:30 Service was restored.
```

## How sure
Medium.

## See also
`restoration-after-declared-end`
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the restoration."""
    ended = facts.times.get("resolved")
    if ended is not None and "mitigated" not in facts.times and len(facts.ordered) > 1:
        message = f"only the end at {ended.clock} is told, not when the harm became less"
        yield RULE.found(message, "Tell the fix and the full restoration as two events", ended.quote)


RULE = ReviewRule("mitigation-not-separated", "info", check, __doc__)
