"""The harm begins at the very minute of its detection.

## What it finds
A declared start that is exactly the time of the first detection.

## Why it hurts
Nearly everything takes a while to be noticed. The start was most likely copied from the alert, and the time to detect is then 0 by
construction.

## Bad
```markdown
Start: 2023-11-10 14:02 UTC

## Timeline (UTC)
- 14:02 An alert fired: errors above 5 %.
- 14:30 Service was restored.
```

## Good
```markdown
Start: 2023-11-10 13:58 UTC

## Timeline (UTC)
- 14:02 An alert fired: errors above 5 %.
- 14:30 Service was restored.
```

## How sure
Low: a failure that takes everything down may be noticed within its first minute.

## See also
`detection-before-start` · [The VOID](https://www.thevoid.community/)
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the declared start."""
    start, seen = facts.declared.start, facts.times.get("detected")
    if start is not None and seen is not None and start.quote.line != seen.quote.line and seen.minutes_after(start) == 0:
        message = f"the start, {start.clock}, is exactly the detection"
        yield RULE.found(message, "Look up in the telemetry when the first request failed", start.quote, seen.quote)


RULE = ReviewRule("start-equals-detection", "info", check, __doc__)
