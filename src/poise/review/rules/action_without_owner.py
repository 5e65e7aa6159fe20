"""Action items without an owner.

## What it finds
Items of the sections about what is to be done that name no person, team or @name, in their words or in a column of their table.

## Why it hurts
What is everybody's is done by nobody.

## Bad
```markdown
## Action items
- Alert when one server gets twice its share
```

## Good
```markdown
## Action items
- Alert when one server gets twice its share (owner: web team)
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
        RULE, facts.items, [item for item in facts.items if item.owner is None], "an owner", "Name a person or a team for each"
    )


RULE = ReviewRule("action-without-owner", "warning", check, __doc__)
