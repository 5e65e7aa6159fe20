"""Users noticed before the monitoring did.

## What it finds
A first detection that is a report of users, customers or the support desk.

## Why it hurts
The monitoring does not see what users see, and they wait longer than they need to.

## Bad
```markdown
## Timeline, 10 November 2023 (UTC)
- 13:55 Customers reported errors in the shop.
- 14:02 An alert fired: errors above 5 %.
- 14:30 Service was restored.
```

## Good
```markdown
## Timeline, 10 November 2023 (UTC)
- 13:55 An alert fired: errors above 5 %.
- 14:02 Customers reported errors in the shop.
- 14:30 Service was restored.
```

## How sure
Medium.

## See also
`detection-method-missing`
"""

import re
from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.model.regexp import regexp
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the report."""
    first = next((e for e in facts.ordered if e.kind == "detection"), None)
    if first is not None and USERS.search(first.text) and not MACHINES.search(first.text):
        message = f"users noticed first, at {first.time.clock}"
        yield RULE.found(message, "Add an action that makes the monitoring see it before they do", first.time.quote)


USERS = regexp(
    r"\b(?:customers?|users?|clients?|support|visitors?|merchants?|tweets?|twitter|tickets?|complain\w*|students?"
    r"|readers?)\b",
    re.IGNORECASE,
)
MACHINES = regexp(
    r"\b(?:alert\w*|alarm\w*|monitor\w*|dashboard\w*|probes?|paged?\b|pager\w*|nagios|prometheus|datadog"
    r"|health checks?)\b",
    re.IGNORECASE,
)


RULE = ReviewRule("customers-detected-first", "info", check, __doc__)
