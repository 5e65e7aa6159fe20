"""One root cause, and no contributing factor.

## What it finds
"The root cause was …" in a document without a section on contributing factors, and without a sentence that names a second factor.

## Why it hurts
What failed is one thing; that it was not prevented, not seen and not repaired sooner are others, and most of what can be learnt is there.

## Bad
```markdown
## Root cause
The root cause was a wrong weight in the load balancer.
```

## Good
```markdown
## Root cause
The root cause was a wrong weight in the load balancer.

## Contributing factors
- No check compares the shares of the servers after a change.
```

## How sure
Medium.

## See also
`trigger-missing` · [The VOID](https://www.thevoid.community/) · [Howie: the post-incident guide](https://www.jeli.io/howie/welcome)
"""

import re
from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.model.regexp import regexp
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the sentence."""
    if facts.document.has("contributing") or SECOND.search(facts.prose):
        return
    single = next((quote for role, s, quote in facts.sentences if role != "actions" and ROOT.search(s)), None)
    if single is None and len(facts.said_in("cause")) and ROOT.search(facts.heading("cause").text):
        single = facts.said_in("cause")[0][1]
    if single is not None:
        remedy = "Add what let it happen, what hid it and what made it last: the factors that contributed"
        yield RULE.found("a single root cause, and no contributing factor", remedy, single)


ROOT = regexp(r"\broot cause\b", re.IGNORECASE)
SECOND = regexp(
    r"\b(?:contribut\w+|(?:another|second|other|additional|secondary) (?:factor|cause|reason|problem)|factors?\b"
    r"|root causes\b|causes\b|compound\w+|exacerbat\w+|made (?:it |things |matters )?worse|aggravat\w+|combination of)",
    re.IGNORECASE,
)


RULE = ReviewRule("single-root-cause", "warning", check, __doc__)
