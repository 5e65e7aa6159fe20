"""It was detected before the incident is said to have started.

## What it finds
A detection in the timeline, or in the head, that is earlier than the start that the document declares in its head or summary.

## Why it hurts
Nothing can be seen before it is there. The start is then the time at which somebody began to work, users suffered longer than the
document says, and every duration that counts from the start is too short.

## Bad
```markdown
Start: 2023-11-10 14:00 UTC

## Timeline (UTC)
- 13:45 The dashboard showed one server with all requests.
- 14:00 The on-call engineer began to investigate.
```

## Good
```markdown
Start: 2023-11-10 13:40 UTC

## Timeline (UTC)
- 13:45 The dashboard showed one server with all requests.
- 14:00 The on-call engineer began to investigate.
```

## How sure
High. Silent where the start is called approximate and lies within ten minutes of the detection, and where one of the two has no date.

## See also
`start-equals-detection` · `event-before-start`
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.durations import in_words
from poise.review.facts import Facts
from poise.review.rule import ReviewRule
from poise.review.times import LONGEST, approximate


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one: the first detection against the declared start."""
    start, seen = facts.declared.start, facts.times.get("detected")
    if start is None or seen is None or start.dated != seen.dated:
        return
    early = start.minutes_after(seen)
    if early <= (10 if approximate(start) else 0) or early > LONGEST:
        return
    message = f"detected at {seen.clock}, {in_words(early)} before the declared start at {start.clock}"
    remedy = f"Say when the harm began, by telemetry: at {seen.clock} or before; what began at {start.clock} is perhaps the work on it"
    yield RULE.found(message, remedy, seen.quote, start.quote)


RULE = ReviewRule("detection-before-start", "error", check, __doc__)
