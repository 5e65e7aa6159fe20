"""Action items without a ticket.

## What it finds
Items of the sections about what is to be done that name no number of a ticket (#123, ABC-123) and no address, in their words or in a
column of their table.

## Why it hurts
What is only in a postmortem is not in any plan of work.

## Bad
```markdown
## Action items
- Alert when one server gets twice its share
```

## Good
```markdown
## Action items
- Alert when one server gets twice its share (OPS-214)
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
        RULE, facts.items, [item for item in facts.items if item.ticket is None], "a ticket", "Link the ticket in which each is tracked"
    )


RULE = ReviewRule("action-without-ticket", "info", check, __doc__)
