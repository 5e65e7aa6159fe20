"""The declared end is earlier than the declared start.

## What it finds
Start and end in the head of the document, both with their dates, in the wrong order.

## Why it hurts
No duration can be counted, and a reader cannot tell which of the two is wrong.

## Bad
```markdown
Start: 2023-11-10 14:00 UTC
End: 2023-11-09 18:30 UTC
```

## Good
```markdown
Start: 2023-11-09 14:00 UTC
End: 2023-11-09 18:30 UTC
```

## How sure
High. An end without a date of its own may be on the next day.

## See also
`events-out-of-order`
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.dates import dates
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one."""
    start, end = facts.declared.start, facts.declared.end
    if start is not None and end is not None and start.dated and end.dated and end.minutes_after(start) < 0 and dates(end.quote.text):
        message = f"the declared end {end.wall:%Y-%m-%d %H:%M} is before the declared start {start.wall:%Y-%m-%d %H:%M}"
        yield RULE.found(message, "Correct the date or the time that is wrong", end.quote, start.quote)


RULE = ReviewRule("end-before-start", "error", check, __doc__)
