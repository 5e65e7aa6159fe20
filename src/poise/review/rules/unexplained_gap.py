"""A long gap in the timeline while the harm lasts.

## What it finds
Two events next to each other, between detection and restoration, more than an hour and more than a quarter of the incident apart. The end
of a range counts as an event.

## Why it hurts
Something was done or waited for in that time, and it is most likely where the incident could have been shorter.

## Bad
```markdown
## Timeline, 10 November 2023 (UTC)
- 14:00 An alert fired.
- 15:00 The database team was called in.
- 16:30 The database was ruled out.
- 17:00 Service was restored.
```

## Good
```markdown
## Timeline, 10 November 2023 (UTC)
- 14:00 An alert fired.
- 15:00 The database team was called in.
- 15:40 Its logs showed no slow query.
- 16:30 The database was ruled out.
- 17:00 Service was restored.
```

## How sure
High that nothing is told; whether something should be, the writers know.

## See also
`wrong-hypotheses-cost` · [PagerDuty: postmortems](https://postmortems.pagerduty.com/)
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.durations import in_words
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """One for each gap."""
    begin = facts.times.get("impact_started") or facts.times.get("detected")
    end = facts.times.get("resolved") or facts.times.get("mitigated")
    if begin is None or end is None or begin.dated != end.dated:
        return
    whole = end.minutes_after(begin)
    events = [e for e in facts.ordered if e.time.minutes_after(begin) >= 0 and end.minutes_after(e.time) >= 0]
    reached = None
    for event in events:
        if reached is not None and reached[0].minutes_after(begin) >= 0:
            gap = event.time.minutes_after(reached[0])
            if gap > max(60, 0.25 * whole):
                message = f"nothing is told from {reached[0].clock} to {event.time.clock}: {in_words(gap)} of {in_words(whole)}"
                yield RULE.found(message, "Say what was tried, waited for or decided in that time", event.time.quote, reached[1].time.quote)
        ends = event.until or event.time
        if reached is None or ends.minutes_after(reached[0]) > 0:
            reached = (ends, event)


RULE = ReviewRule("unexplained-gap", "warning", check, __doc__)
