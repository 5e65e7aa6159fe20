"""The declared end is later than the restoration in the timeline.

## What it finds
An end in the head or summary that lies more than ten minutes after the last event that says restored, recovered or back to normal.

## Why it hurts
One of the two is wrong, or the document means two ends (of the harm, of the work) and does not say so.

## Bad
```markdown
Start: 2023-11-10 14:00 UTC
End: 2023-11-10 19:00 UTC

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
Medium: some count the watching afterwards as part of the incident.

## See also
`restoration-after-declared-end`
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.durations import in_words
from poise.review.facts import Facts
from poise.review.rule import ReviewRule
from poise.review.times import LONGEST, last_restoration


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one: the last restoration against the declared end."""
    end = facts.declared.end
    restored = last_restoration(facts)
    if end is None or restored is None or end.dated != restored.time.dated:
        return
    late = end.minutes_after(restored.until or restored.time)
    if 10 < late <= LONGEST and end.quote.line != restored.line and facts.ordered[-1] is restored:
        message = f"restored at {restored.time.clock}, but the declared end is {end.clock}, {in_words(late)} later"
        yield RULE.found(message, "Say what lasted until then, or correct the end", restored.time.quote, end.quote)


RULE = ReviewRule("end-after-restoration", "warning", check, __doc__)
