"""The action items leave a side open.

## What it finds
Three items or more of which none prevents, none detects or none shortens the harm; items that are all training and documents; items none
of which names the component to blame.

## Why it hurts
What cannot be prevented has to be seen, and what is seen has to be ended. Training alone prevents nothing.

## Bad
```markdown
## Root cause
The root cause was a wrong weight in the load balancer.

## Action items
- Train the team on weights.
- Document the weights.
- Hold a workshop on load balancing.
```

## Good
```markdown
## Root cause
The root cause was a wrong weight in the load balancer.

## Action items
- Reject weights above 10 in the load balancer's pipeline.
- Alert when one server gets twice its share.
- Add a command that rolls the load balancer back within a minute.
```

## How sure
Medium: what an item is for is read from its words.

## See also
`vague-action` · [Google SRE: postmortem culture](https://sre.google/sre-book/postmortem-culture/)
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.facts import Facts
from poise.review.layers import named
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the section's heading."""
    if len(facts.items) < 3:
        return
    kinds = {item.kind for item in facts.items}
    open_sides = [words for kind, words in SIDES if kind not in kinds]
    if kinds <= {"process", "document"}:
        open_sides = ["all are training, process and documents"]
    if facts.cause.layer in NAMED and not any(facts.cause.layer in named(item.text) for item in facts.items):
        open_sides.append(f"none is about the {facts.cause.layer}, which is to blame")
    if open_sides:
        message = f"of {len(facts.items)} action items {', '.join(open_sides)}"
        yield RULE.found(message, "Add one for each side that is open, or say why none is needed", facts.heading("actions"))


SIDES = (("prevent", "none prevents it"), ("detect", "none detects it sooner"), ("mitigate", "none shortens the harm"))
NAMED = ("load-balancer", "database", "network")


RULE = ReviewRule("action-mix", "warning", check, __doc__)
