"""Action items that nobody can tell whether they are done.

## What it finds
Items that begin with improve, enhance, consider, review, investigate, ensure and the like, or say regularly, better or more, and give
neither a figure nor an object whose end can be seen; items that do not begin with a verb; an item that is there twice; a number that is
missing.

## Why it hurts
An item is done when somebody can see that it is. What cannot be seen stays open, or is closed without an effect.

## Bad
```markdown
## Action items
- Regularly review the load balancer configuration.
```

## Good
```markdown
## Action items
- Compare the load balancer configuration with its repository every night, and alert on a difference.
```

## How sure
Medium.

## See also
`action-without-owner` · [Google SRE: postmortem culture](https://sre.google/sre-book/postmortem-culture/)
"""

import re
from collections.abc import Iterable

from poise.model.postmortem import Item, Quote, ReviewFinding
from poise.model.regexp import regexp
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one for vague ones, and one for each that is there twice."""
    vague = [item for item in facts.items if VAGUE.search(item.text) and not MEASURE.search(item.text)]
    if vague:
        words = ", ".join(dict.fromkeys(f'"{found[0].lower()}"' for item in vague if (found := VAGUE.search(item.text))))
        message = f"{len(vague)} of {len(facts.items)} action items cannot be seen to be done ({words})"
        yield RULE.found(
            message, "Say what will be there when it is done: which check, alert, limit, page", *(Quote(i.line, i.text) for i in vague[:10])
        )
    first: dict[str, Item] = {}
    for item in facts.items:
        before = first.setdefault(" ".join(item.text.lower().split()), item)
        if before is not item:
            yield RULE.found(
                "the same action item is there twice", "Leave one out", Quote(item.line, item.text), Quote(before.line, before.text)
            )


VAGUE = regexp(
    r"^\W*(?:we (?:will|should|need to) )?(?:improve|enhance|consider|review|investigate|strengthen|optimi[sz]e"
    r"|ensure|better|increase awareness|raise awareness|explore|look into|think about|be more|try to|encourage"
    r"|continue|evaluate|revisit|regular)\b"
    r"|\b(?:regularly|periodically|more (?:often|careful(?:ly)?|robust|thorough)|as needed|where possible|better)\b",
    re.IGNORECASE,
)
MEASURE = regexp(
    r"\d|\bevery (?:day|night|week|month|quarter|deploy\w*|release|change)\b|\b(?:daily|weekly|monthly|quarterly)\b", re.IGNORECASE
)


RULE = ReviewRule("vague-action", "warning", check, __doc__)
