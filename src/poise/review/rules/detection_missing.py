"""Nothing says when it was detected.

## What it finds
A timeline without an event that is a detection: an alert, somebody who noticed or reported, a ticket.

## Why it hurts
Without it nobody can say how long the failure went unseen, which is what better monitoring would shorten.

## Bad
```markdown
## Timeline, 10 November 2023 (UTC)
- 14:10 The server was restarted.
- 14:30 Service was restored.
```

## Good
```markdown
## Timeline, 10 November 2023 (UTC)
- 14:02 An alert fired: errors above 5 %.
- 14:10 The server was restarted.
- 14:30 Service was restored.
```

## How sure
Medium: detections are told from other events by their words.

## See also
`detection-method-missing`
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the timeline's heading."""
    if facts.events and "detected" not in facts.times:
        remedy = "Add when it was first noticed, and by what: an alert, a dashboard, a user"
        yield RULE.found("no event says when the incident was detected", remedy, facts.heading("timeline"))


RULE = ReviewRule("detection-missing", "warning", check, __doc__)
