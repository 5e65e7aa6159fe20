"""A section that readers look for is missing.

## What it finds
Documents with two sections or more, of which none is a summary, an impact, a timeline, a cause, a resolution or a list of actions.

## Why it hurts
Who reads many postmortems looks for these; what is not there was most likely not looked into.

## Bad
```markdown
# Outage of 10 November 2023

## Timeline (UTC)
- 14:02 An alert fired.
- 14:30 Service was restored.

## Cause
A wrong weight in the load balancer.
```

## Good
```markdown
# Outage of 10 November 2023

## Summary
For 28 minutes 30 % of the requests failed.

## Impact
1,200 orders.

## Timeline (UTC)
- 14:02 An alert fired.
- 14:30 Service was restored.

## Cause
A wrong weight in the load balancer.

## Resolution
The weight was corrected.

## Action items
- Reject weights above 10.
```

## How sure
Medium: sections are told by the words of their headings.

## See also
`sections-worth-adding` · [Google SRE: postmortem culture](https://sre.google/sre-book/postmortem-culture/)
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one."""
    roles = {s.role for s in facts.document.sections[1:]}
    if len(facts.document.sections) < 3:
        return
    # A list of events is a timeline under any heading, as items are actions.
    there = roles | ({"timeline"} if sum(e.listed for e in facts.events) >= 3 else set()) | ({"actions"} if facts.items else set())
    missing = [words for role, words in WANTED if role not in there]
    if missing:
        yield RULE.found(f"no section on {', '.join(missing)}", "Add it, even if it says that nothing is known", facts.top)


WANTED = (
    ("summary", "the whole in short"),
    ("impact", "impact"),
    ("timeline", "the timeline"),
    ("cause", "the cause"),
    ("resolution", "resolution"),
    ("actions", "action items"),
)


RULE = ReviewRule("sections-missing", "warning", check, __doc__)
