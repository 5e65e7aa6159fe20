"""Service was restored after the incident is said to have ended.

## What it finds
A listed event that says that service was restored, recovered or back to normal, later than the end that the head or summary declares.

## Why it hurts
Users suffered longer than the document says, and every figure that is made of its duration is too low.

## Bad
```markdown
Start: 2023-11-10 14:00 UTC
End: 2023-11-10 18:00 UTC

## Timeline (UTC)
- 14:01 An alert fired.
- 18:30 Service was fully restored.
```

## Good
```markdown
Start: 2023-11-10 14:00 UTC
End: 2023-11-10 18:30 UTC

## Timeline (UTC)
- 14:01 An alert fired.
- 18:30 Service was fully restored.
```

## How sure
High. An incident that is closed or announced as over after its end says nothing of users. Five minutes are forgiven.

## See also
`end-after-restoration` · `duration-mismatch`
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.durations import in_words
from poise.review.facts import Facts
from poise.review.rule import ReviewRule
from poise.review.times import LONGEST, approximate, last_restoration


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one: the last restoration against the declared end."""
    end = facts.declared.end or facts.resolved_in_head
    restored = last_restoration(facts)
    if end is None or restored is None or (not restored.listed and any(e.listed for e in facts.events)) or end.dated != restored.time.dated:
        return
    late = restored.time.minutes_after(end)
    if (15 if approximate(end) else 5) < late <= LONGEST:
        message = f"restored at {restored.time.clock}, {in_words(late)} after the declared end at {end.clock}"
        yield RULE.found(
            message, f"Correct the end to {restored.time.clock}, or say what was restored then", restored.time.quote, end.quote
        )


RULE = ReviewRule("restoration-after-declared-end", "error", check, __doc__)
