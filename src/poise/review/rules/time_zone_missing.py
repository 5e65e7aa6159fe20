"""Times without a time zone.

## What it finds
Events with times, none of which has a zone or an offset, and no sentence, heading or column that gives one for all.

## Why it hurts
Readers elsewhere, and those who hold the document against logs in UTC, are hours off without noticing.

## Bad
```markdown
## Timeline, 10 November 2023
- 13:45 An alert fired.
- 18:30 Service was restored.
```

## Good
```markdown
## Timeline, 10 November 2023 (all times in UTC)
- 13:45 An alert fired.
- 18:30 Service was restored.
```

## How sure
High.

## See also
`conflicting-time-zones` · [PagerDuty: postmortems](https://postmortems.pagerduty.com/)
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the first time."""
    if facts.events and facts.said.document is None and all(e.time.offset_minutes is None for e in facts.events):
        yield RULE.found(
            "no time has a time zone", 'Write "all times in UTC" above the timeline, and keep to it', facts.events[0].time.quote
        )


RULE = ReviewRule("time-zone-missing", "warning", check, __doc__)
