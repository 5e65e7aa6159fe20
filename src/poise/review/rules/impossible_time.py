"""A time that no clock shows.

## What it finds
`13:06 PM`, `24:30`, `10:00 M`, `12:00: 50`, and `15.25` in a list whose other times have colons.

## Why it hurts
The reader takes it for what they think was meant, and two readers take it for two times.

## Bad
```markdown
## Timeline, 10 November 2023 (UTC)
- 13:06 PM An alert fired.
- 13:20 Service was restored.
```

## Good
```markdown
## Timeline, 10 November 2023 (UTC)
- 13:06 An alert fired.
- 13:20 Service was restored.
```

## How sure
High.

## See also
`events-out-of-order`
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """One for each such time."""
    colons = any(e.listed and ":" in e.time.quote.text[:40] for e in facts.events)
    for unread in facts.unread:
        if unread.written.replace(".", "").isdigit() and not colons:
            continue  # this document writes its times with points
        yield RULE.found(f"no time of day: {unread.reason}", "Write the time as 13:06, on the 24-hour clock", unread.quote)


RULE = ReviewRule("impossible-time", "error", check, __doc__)
