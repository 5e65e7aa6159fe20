"""One zone goes by two names.

## What it finds
GMT and UTC, or other names of the same offset, in the times of one document.

## Why it hurts
It is the same clock, but a reader has to make sure of it at every time.

## Bad
```markdown
## Timeline, 10 November 2023
- 13:45 UTC An alert fired.
- 18:30 GMT Service was restored.
```

## Good
```markdown
## Timeline, 10 November 2023
- 13:45 UTC An alert fired.
- 18:30 UTC Service was restored.
```

## How sure
High.

## See also
`conflicting-time-zones`
"""

from collections.abc import Iterable

from poise.model.postmortem import Event, ReviewFinding
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the first second name."""
    first: dict[int, Event] = {}
    for event in facts.events:
        offset, name = event.time.offset_minutes, event.time.zone
        if offset is None or not name or not name.isalpha():
            continue
        before = first.setdefault(offset, event)
        if before.time.zone != name:
            yield RULE.found(
                f"{name} and {before.time.zone} are one zone", f"Write {before.time.zone} everywhere", event.time.quote, before.time.quote
            )
            return


RULE = ReviewRule("two-names-for-a-zone", "info", check, __doc__)
