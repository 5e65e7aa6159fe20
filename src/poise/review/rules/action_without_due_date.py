"""Action items without a due date.

## What it finds
Items of the sections about what is to be done that name no date, quarter, sprint or "within …", in their words or in a column of their
table.

## Why it hurts
What may be done at any time is done after the next incident.

## Bad
```markdown
## Action items
- Alert when one server gets twice its share
```

## Good
```markdown
## Action items
- Alert when one server gets twice its share, due 2023-12-01
```

## How sure
High.

## See also
`vague-action` · [PagerDuty: postmortems](https://postmortems.pagerduty.com/)
"""

from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.review.facts import Facts
from poise.review.items_lacking import lacking
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, with all the items."""
    yield from lacking(
        RULE, facts.items, [item for item in facts.items if item.due is None], "a due date", "Give each a date, or a sprint or a quarter"
    )


RULE = ReviewRule("action-without-due-date", "warning", check, __doc__)
