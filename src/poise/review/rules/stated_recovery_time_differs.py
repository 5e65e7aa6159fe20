"""The stated time to recover is not that of the timeline.

## What it finds
A time to recover (TTR, "time to recover", "time to resolve") that the document states, and that fits no pair of
a start or a detection, and a relief or a restoration, in it. Tolerance: 5 minutes or 10 %, 20 % where it says about.

## Why it hurts
Figures like this are collected over many incidents, where nobody can see any more that one is wrong.

## Bad
```markdown
Start: 2023-11-10 14:00 UTC
Time to recover: 3 hours

## Timeline (UTC)
- 14:02 An alert fired: errors above 5 %.
- 14:30 Service was restored.
```

## Good
```markdown
Start: 2023-11-10 14:00 UTC
Time to recover: 30 minutes

## Timeline (UTC)
- 14:02 An alert fired: errors above 5 %.
- 14:30 Service was restored.
```

## How sure
High. Both ways of counting are accepted: from the start and from the detection.

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
    start = [m for m in (facts.declared.start, facts.times.get("impact_started")) if m is not None]
    start += [e.time for e in events if seen is not None and seen.minutes_after(e.time) > 0]
    ends = [m for m in (facts.times.get("resolved"), facts.times.get("mitigated"), facts.declared.end) if m is not None]
    ends += [e.time for e in events if e.kind in ("mitigation", "resolution")]
    start += [seen] if seen is not None else []
    pairs = [(a, b) for a in start for b in ends if 0 <= b.minutes_after(a) <= LONGEST]
    for stated in refuted(facts.declared.durations, "to_resolve", pairs):
        # Written down from the timeline, whatever it counts from and to.
        if any(abs(b.time.minutes_after(a.time) - stated.minutes) <= 1 for a in events for b in events):
            continue
        yield differs(RULE, "time to recover", stated, pairs[0])


RULE = ReviewRule("stated-recovery-time-differs", "error", check, __doc__)
