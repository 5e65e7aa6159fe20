"""The stated time to detect is not that of the timeline.

## What it finds
A time to detect (TTD, "time to detect") that the document states, and that fits no pair of
a start and a detection in it. Tolerance: 5 minutes or 10 %, 20 % where it says about.

## Why it hurts
Figures like this are collected over many incidents, where nobody can see any more that one is wrong.

## Bad
```markdown
Start: 2023-11-10 14:00 UTC
Time to detect: 25 minutes

## Timeline (UTC)
- 14:02 An alert fired: errors above 5 %.
- 14:30 Service was restored.
```

## Good
```markdown
Start: 2023-11-10 14:00 UTC
Time to detect: 2 minutes

## Timeline (UTC)
- 14:02 An alert fired: errors above 5 %.
- 14:30 Service was restored.
```

## How sure
High. Silent where no start or no detection is told.

## See also
`duration-mismatch` · [The VOID](https://www.thevoid.community/)
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.facts import Facts
from poise.review.rule import ReviewRule
from poise.review.stated import differs, refuted
from poise.review.times import LONGEST, MANY


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """One for each stated figure that nothing bears out."""
    seen = facts.times.get("detected")
    events = [e for e in facts.ordered if e.time.precision == "minute"][:MANY]
    before = [e.time for e in events if seen is not None and seen.minutes_after(e.time) > 0]
    start = [m for m in (facts.declared.start, facts.times.get("impact_started")) if m is not None] or before
    ends = [m for m in (seen, *(e.time for e in events if e.kind == "detection")) if m is not None]
    pairs = [(a, b) for a in start for b in ends if 0 <= b.minutes_after(a) <= LONGEST]
    for stated in refuted(facts.declared.durations, "to_detect", pairs, SMALL):
        # Written down from the timeline, whatever it counts from.
        if any(b.minutes_after(a) == stated.minutes for a in before for b in ends):
            continue
        yield differs(RULE, "time to detect", stated, pairs[0])


# Of a figure of a few minutes a few minutes are much.
SMALL = 0.4


RULE = ReviewRule("stated-detection-time-differs", "error", check, __doc__)
