"""Nothing says which service or which users were hit.

## What it finds
Sections about impact and summary without a noun for a service, a feature or a group of users.

## Why it hurts
The reader cannot tell whether it was theirs.

## Bad
```markdown
## Impact
Many errors and timeouts for 45 minutes.
```

## Good
```markdown
## Impact
Many errors and timeouts in the checkout for 45 minutes.
```

## How sure
Low: the list of nouns is short.

## See also
`impact-not-quantified`
"""

import re
from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.model.regexp import regexp
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the heading."""
    said = facts.said_in("impact", "summary")
    if said and not any(NOUNS.search(sentence) for sentence, _ in said):
        remedy = "Name the service or feature, and the group of users, and what it meant for the objective"
        yield RULE.found("the impact names neither a service nor a group of users", remedy, facts.heading("impact", "summary"))


NOUNS = regexp(
    r"\b(?:users?|customers?|clients?|visitors?|people|students?|merchants?|tenants?|services?|sites?|websites?|web"
    r"|apps?|applications?|apis?|"
    r"checkouts?|payments?|orders?|logins?|search|email|frontend|backend|shop|stores?|platform|systems?|servers?"
    r"|database|dashboard|clusters?|"
    r"requests?|regions?|pages?|builds?|deployments?|jobs?|queues?|network|slo|sla|error budget)\b",
    re.IGNORECASE,
)


RULE = ReviewRule("impact-scope-missing", "info", check, __doc__)
