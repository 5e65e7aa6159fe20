"""Sections that good postmortems have besides.

## What it finds
Documents with a timeline and a cause that have no word on detection, on what went well, what went wrong, where luck helped, what
surprised, and in their head none on severity, authors or status.

## Why it hurts
What went well is what to keep; luck is what to replace; a surprise is where the picture of the system was wrong.

## Bad
```markdown
## Timeline, 10 November 2023 (UTC)
- 14:02 An alert fired.
- 14:30 Service was restored.

## Cause
A wrong weight in the load balancer.
```

## Good
```markdown
Severity: 2
Authors: web team
Status: final

## Timeline, 10 November 2023 (UTC)
- 14:02 An alert fired.
- 14:30 Service was restored.

## Cause
A wrong weight in the load balancer.

## Detection
By the alert on errors.

## What went well
The alert.

## What went wrong
The graphs of the load balancer are on no page.

## Where we got lucky
It was night.

## What surprised us
Every server was up.
```

## How sure
High; whether they are worth the time, the writers know.

## See also
`sections-missing` · [Howie: the post-incident guide](https://www.jeli.io/howie/welcome)
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one."""
    roles = {s.role for s in facts.document.sections[1:]}
    if not {"timeline", "cause"} <= roles:
        return
    keys = {field.key for field in facts.document.fields}
    there = roles | {role for role, words in HEADS.items() if any(word in key for key in keys for word in words)}
    missing = [words for role, words in WORTH if role not in there]
    if missing:
        yield RULE.found(f"nothing on {', '.join(missing)}", "Add what is known of these", facts.top)


HEADS = {"severity": ("severity", "priority"), "authors": ("author", "owner", "written by", "prepared by"), "status": ("status",)}
WORTH = (
    ("detection", "detection"),
    ("went-well", "what went well"),
    ("went-wrong", "what went wrong"),
    ("lucky", "luck"),
    ("surprised", "surprises"),
    ("severity", "severity"),
    ("authors", "authors"),
    ("status", "the document's status"),
)


RULE = ReviewRule("sections-worth-adding", "info", check, __doc__)
