"""Something happened before the declared start, and nothing says why it is told.

## What it finds
Events in the timeline before the start that the document declares, which are neither a detection nor a change (deployment, configuration,
maintenance) that may have caused the incident.

## Why it hurts
Either the incident started earlier than declared, or the reader has to guess what the event has to do with it.

## Bad
```markdown
Start: 2023-11-10 14:00 UTC

## Timeline (UTC)
- 13:30 Requests were slower than usual.
- 14:05 An alert fired.
```

## Good
```markdown
Start: 2023-11-10 14:00 UTC

## Timeline (UTC)
- 13:30 A new configuration was deployed.
- 14:05 An alert fired.
```

## How sure
Medium: whether an event is a cause is read from its words.

## See also
`detection-before-start` · [PagerDuty: postmortems](https://postmortems.pagerduty.com/)
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.facts import Facts
from poise.review.rule import ReviewRule
from poise.review.times import LONGEST


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the first such event."""
    start = facts.declared.start
    if start is None:
        return
    seen = facts.times.get("detected")
    early = [
        e
        for e in facts.ordered
        if e.listed
        and 0 < start.minutes_after(e.time) <= LONGEST
        and e.time.dated == start.dated
        and not e.changes
        and e.kind != "detection"
        and (seen is None or e.time.minutes_after(seen) < 0)
    ]
    if early:
        event = early[0]
        message = f"{event.time.clock} is before the declared start at {start.clock}, and the event is no change that could have caused it"
        yield RULE.found(message, "Say what it has to do with the incident, or move the start to it", event.time.quote, start.quote)


RULE = ReviewRule("event-before-start", "warning", check, __doc__)
